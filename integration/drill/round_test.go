package drill

import (
	"database/sql"
	sqldriver "database/sql/driver"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/bank"
)

// The shape of a round.
const (
	writersPerProxy = 8
	readersPerProxy = 1
	// settleMax is how long a branch may stay prepared once the system is whole.
	settleMax = 5 * time.Second
	// serveMax is how long a proxy may take, then, to serve a transfer.
	serveMax = 10 * time.Second
)

// outcome is what a round has shown.
type outcome struct {
	acknowledged, failed, unknown, deadlocks int
	broken                                   []string
	// settled is how long branches that were prepared stayed so when the system
	// was whole; slowest is the longest transfer.
	settled, slowest time.Duration
}

// crew are the writers and readers of a round.
type crew struct {
	stop  chan struct{}
	ended sync.Once
	wait  sync.WaitGroup
	logs  []*bank.Log
	seen  [][]bank.Seen
	// served counts what each proxy has acknowledged.
	served []atomic.Int64
}

// begin puts writers and readers to work; the writers of round n have numbers
// of their own.
func (s *site) begin(t *testing.T, n int, seed uint64) *crew {
	t.Helper()
	proxies := len(s.proxies)
	c := &crew{
		stop: make(chan struct{}), served: make([]atomic.Int64, proxies),
		logs: make([]*bank.Log, proxies*writersPerProxy), seen: make([][]bank.Seen, proxies*readersPerProxy),
	}
	t.Cleanup(c.end) // when the round fails
	var ids []int
	for i := range c.logs {
		w := bank.Writer{ID: n*100 + i, Accounts: accounts, Seed: seed, Acknowledged: &c.served[i%proxies]}
		ids = append(ids, w.ID)
		c.wait.Go(func() { c.logs[i] = w.Work(t.Context(), s.proxies[i%proxies], c.stop) })
	}
	for i := range c.seen {
		r := bank.Reader{ID: i, Writers: ids, Seed: seed}
		c.wait.Go(func() { c.seen[i] = r.Work(t.Context(), s.proxies[i%proxies], c.stop) })
	}
	return c
}

// end lets everybody finish.
func (c *crew) end() {
	c.ended.Do(func() { close(c.stop) })
	c.wait.Wait()
}

// round breaks things while transfers go on, waits until the system is whole
// and serves, and checks the books.
func (s *site) round(t *testing.T, n int, seed uint64) outcome {
	t.Helper()
	var out outcome
	r := rand.New(rand.NewPCG(seed, 0))
	c := s.begin(t, n, seed)
	kinds := disturbances()
	// Each kind in turn, and others at random before and after it.
	for _, at := range []int{r.IntN(len(kinds) - 1), n % len(kinds), r.IntN(len(kinds) - 1)} {
		<-time.After(time.Duration(50+r.IntN(300)) * time.Millisecond)
		kinds[at].do(s, t, r)
		out.broken = append(out.broken, kinds[at].name)
	}
	s.whole(t)
	left, whole := s.look(t), time.Now()
	served := make([]int64, len(c.served))
	for i := range served {
		served[i] = c.served[i].Load()
	}
	s.settled(t, "branches left prepared are decided", settleMax, left)
	out.settled = time.Since(whole)
	var outages []bank.Outage
	if !s.killed.IsZero() {
		outages = append(outages, bank.Outage{From: s.killed, To: time.Now()})
		s.killed = time.Time{}
	}
	for i := range c.served {
		if !within(serveMax-time.Since(whole), func() bool { return c.served[i].Load() > served[i] }) {
			t.Fatalf("proxy %d serves no transfer", i+1)
		}
	}
	c.end()
	s.settled(t, "no branch is prepared when nobody is at work", settleMax, nil)
	s.judge(t, c, &out, outages)
	return out
}

// judge checks the books, and what readers saw.
func (s *site) judge(t *testing.T, c *crew, out *outcome, outages []bank.Outage) {
	t.Helper()
	s.logs = append(s.logs, c.logs...)
	s.check(t)
	var seen []bank.Seen
	for _, some := range c.seen {
		seen = append(seen, some...)
	}
	if err := bank.CheckOrder(c.logs, seen, outages...); err != nil {
		t.Fatal(err)
	}
	for _, log := range c.logs {
		out.acknowledged += log.Count(bank.Acknowledged)
		out.failed += log.Count(bank.Failed)
		out.unknown += log.Count(bank.Unknown)
		out.deadlocks += log.Deadlocks
		out.slowest = max(out.slowest, log.Slowest)
	}
}

// look lists the branches that are prepared now.
func (s *site) look(t *testing.T) map[string]bool {
	t.Helper()
	branches, err := s.prepared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return branches
}

// within reports whether a condition comes true within a bound.
func within(bound time.Duration, ready func() bool) bool {
	timeout := time.After(bound)
	for !ready() {
		select {
		case <-time.After(pollInterval):
		case <-timeout:
			return false
		}
	}
	return true
}

// destroy closes a connection with whatever is open on it.
func destroy(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return sqldriver.ErrBadConn })
	_ = conn.Close()
}
