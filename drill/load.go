package drill

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/bank"
	"github.com/shardway/shardway/shardkey"
)

// The bank beside the lanes: its transfers write on several groups.
const (
	bankAccounts = 32
	bankWriters  = 2
	bankReaders  = 1
	bankPause    = 20 * time.Millisecond
)

// idleMax is how many connections to a proxy are kept for those who come and go.
const idleMax = 32

// statementTimeout bounds one statement of a client, beyond everything that the
// proxy holds.
const statementTimeout = 90 * time.Second

// load is clients at work in a keyspace of their own.
type load struct {
	keyspace string
	// proxies read at the level of the proxy, primaries at level primary.
	proxies, primaries []*sql.DB

	group  string
	shards []admin.ShardInfo
	// spare is a lane of the group that nobody writes.
	spare int

	lanes []*lane
	// registrars, logs and seen are of this round; former are the logs of the
	// rounds before it.
	round      int
	registrars []*registrar
	logs       []*bank.Log
	seen       [][]bank.Seen
	former     []*bank.Log
	// total counts what the lanes have been acknowledged.
	total atomic.Int64

	cancel context.CancelFunc
	stop   chan struct{}
	wait   sync.WaitGroup
	begun  time.Time
	ended  time.Time
}

// openLoad makes tables in a keyspace, and as many lanes as there are writers,
// every second one of transactions, all with their rows in a group.
func openLoad(ctx context.Context, site Site, keyspace, group string, shards []admin.ShardInfo, writers int) (*load, error) {
	l := &load{keyspace: keyspace, group: group, shards: shards, stop: make(chan struct{})}
	for _, p := range site.Proxies {
		for _, to := range []*[]*sql.DB{&l.proxies, &l.primaries} {
			db, err := openProxy(site, p, keyspace, to == &l.primaries)
			if err != nil {
				l.close()
				return nil, err
			}
			*to = append(*to, db)
		}
	}
	if err := l.fill(ctx, writers); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func openProxy(site Site, p Proxy, keyspace string, primary bool) (*sql.DB, error) {
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.DBName = "tcp", p.Addr, site.User, site.Password, keyspace
	cfg.TLSConfig, cfg.InterpolateParams = "preferred", true
	cfg.Timeout, cfg.ReadTimeout, cfg.Logger = 5*time.Second, statementTimeout, &mysql.NopLogger{}
	if primary {
		cfg.Params = map[string]string{"shardway.read": "'primary'"}
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(idleMax)
	return db, nil
}

// fill makes tables and rows.
func (l *load) fill(ctx context.Context, writers int) error {
	db := l.proxies[0]
	if err := bank.Open(ctx, db, bankAccounts); err != nil {
		return err
	}
	statements := tables()
	keys := keysOn(l.group, l.shards, writers+1)
	if len(keys) == 0 {
		return fmt.Errorf("group %s has no shard of keyspace %s", l.group, l.keyspace)
	}
	for n, key := range keys[:writers] {
		lane := &lane{
			id: key, group: l.group, pair: n%2 == 1, proxies: l.proxies, at: n / 2 % len(l.proxies), total: &l.total,
			errors: map[string]int{}, example: map[string]string{},
		}
		l.lanes = append(l.lanes, lane)
		statements = append(statements, fmt.Sprintf("INSERT INTO tally VALUES (%d, 0)", key))
	}
	l.spare = keys[writers]
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return l.openRegisters(ctx)
}

// openRegisters makes the registers of this round, and their clients.
func (l *load) openRegisters(ctx context.Context) error {
	first := len(l.lanes) + 1 + l.round*registers // the spare lane is one
	for n, key := range keysOn(l.group, l.shards, first+registers)[first:] {
		if _, err := l.proxies[0].ExecContext(ctx, fmt.Sprintf("INSERT INTO reg VALUES (%d, 0)", key)); err != nil {
			return fmt.Errorf("open register %d: %w", key, err)
		}
		for client := range clientsOfRegister {
			r := &registrar{register: n, id: key, client: client, proxies: l.primaries, at: client % len(l.primaries), seed: 1}
			l.registrars = append(l.registrars, r)
		}
	}
	return nil
}

// renew makes the load, which has ended, ready to begin again: lanes go on where
// they were, from the proxy that each had at first; registers and clients of the
// bank are others, so that the search for an order of events stays short.
func (l *load) renew(ctx context.Context) error {
	l.round++
	l.former = append(l.former, l.logs...)
	l.registrars, l.logs, l.seen = nil, nil, nil
	l.stop = make(chan struct{})
	for n, lane := range l.lanes {
		lane.at = n / 2 % len(l.proxies)
	}
	return l.openRegisters(ctx)
}

// keysOn returns the first whole numbers whose rows are on a group.
func keysOn(group string, shards []admin.ShardInfo, n int) []int {
	if !slices.ContainsFunc(shards, func(s admin.ShardInfo) bool { return s.Group == group }) {
		return nil
	}
	var keys []int
	for key := 1; len(keys) < n; key++ {
		token := shardkey.Of([]byte(strconv.Itoa(key))) // a number's canonical bytes are its digits
		for _, s := range shards {
			if s.Group == group && s.Range.Contains(token) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// begin puts everybody to work.
func (l *load) begin(ctx context.Context) {
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.begun = time.Now()
	for _, lane := range l.lanes {
		l.wait.Go(func() { lane.work(ctx, l.stop) })
	}
	for _, r := range l.registrars {
		l.wait.Go(func() { r.work(ctx, l.stop) })
	}
	l.logs, l.seen = make([]*bank.Log, bankWriters), make([][]bank.Seen, bankReaders)
	var ids []int
	acknowledged := new(atomic.Int64)
	for n := range l.logs {
		w := bank.Writer{ID: l.round*bankWriters + n + 1, Accounts: bankAccounts, Seed: 1, Pause: bankPause, Acknowledged: acknowledged}
		ids = append(ids, w.ID)
		l.wait.Go(func() { l.logs[n] = w.Work(ctx, l.proxies[n%len(l.proxies)], l.stop) })
	}
	for n := range l.seen {
		r := bank.Reader{ID: n, Writers: ids, Seed: 1, Pause: bankPause}
		l.wait.Go(func() { l.seen[n] = r.Work(ctx, l.primaries[n%len(l.primaries)], l.stop) })
	}
}

// end lets everybody finish, and gives up on those that do not within a bound.
func (l *load) end(bound time.Duration) {
	if l.cancel == nil || isClosed(l.stop) {
		return
	}
	close(l.stop)
	giveUp := time.AfterFunc(bound, l.cancel)
	l.wait.Wait()
	giveUp.Stop()
	l.cancel()
	l.ended = time.Now()
}

// hangUp closes the connections that the load, which has ended, keeps.
func (l *load) hangUp() {
	for _, db := range slices.Concat(l.proxies, l.primaries) {
		db.SetMaxIdleConns(0)
		db.SetMaxIdleConns(idleMax)
	}
}

// told counts what lanes were told; lost is what is known of that. The load has
// ended.
func (l *load) told(lost int) Told {
	t := Told{Lost: lost, Errors: map[string]int{}, Examples: map[string]string{}}
	for _, lane := range l.lanes {
		for _, o := range lane.ops {
			switch o.outcome {
			case Acknowledged:
				t.Acknowledged++
			case Refused:
				t.Refused++
			case Unknown:
				t.Unknown++
			}
		}
		for class, n := range lane.errors {
			t.Errors[class] += n
			t.Examples[class] = lane.example[class]
		}
	}
	return t
}

// close ends the load and its connections.
func (l *load) close() {
	l.end(0)
	for _, db := range append(l.proxies, l.primaries...) {
		_ = db.Close()
	}
}

// acknowledged are the moments of all acknowledgements of lanes, in order.
func (l *load) acknowledged() []time.Time {
	var all []time.Time
	for _, lane := range l.lanes {
		for _, o := range lane.ops {
			if o.outcome == Acknowledged {
				all = append(all, o.end)
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}
