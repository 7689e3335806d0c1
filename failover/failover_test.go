package failover_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// writer inserts one number after the other on whatever is published as the
// group's primary, and knows which were acknowledged.
type writer struct {
	mu           sync.Mutex
	acknowledged []int
	last         atomic.Int64
	done         chan struct{}
	stop         context.CancelFunc
}

// write starts a writer on the group's primary.
func (c *cluster) write(t *testing.T) *writer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &writer{done: make(chan struct{}), stop: cancel}
	t.Cleanup(func() { cancel(); <-w.done })
	pools := make(map[string]*sql.DB)
	for id := range c.servers {
		pools[id] = c.asProxy(t, id)
	}
	go func() {
		defer close(w.done)
		for n := 1; ctx.Err() == nil; n++ {
			g := c.source.Current().Groups["g1"]
			one, end := context.WithTimeout(ctx, 2*time.Second)
			_, err := pools[g.Primary].ExecContext(one, "INSERT INTO shop.t VALUES (?)", n)
			end()
			if err == nil {
				w.mu.Lock()
				w.acknowledged = append(w.acknowledged, n)
				w.mu.Unlock()
				w.last.Store(int64(n))
			} else {
				<-time.After(10 * time.Millisecond)
			}
		}
	}()
	return w
}

// more waits until writes are acknowledged again.
func (w *writer) more(t *testing.T) {
	t.Helper()
	was := w.last.Load()
	within(t, "writes are acknowledged", func() bool { return w.last.Load() > was+5 })
}

// check stops the writer and looks for each acknowledged number.
func (c *cluster) check(t *testing.T, w *writer) {
	t.Helper()
	w.stop()
	<-w.done
	c.present(t, w)
}

// present looks for each number that was acknowledged so far on the primary.
func (c *cluster) present(t *testing.T, w *writer) {
	t.Helper()
	w.mu.Lock()
	acknowledged := slices.Clone(w.acknowledged)
	w.mu.Unlock()
	db := c.servers[c.source.Current().Groups["g1"].Primary].DB(t, "shop")
	has := map[int]bool{}
	rows, err := db.Query("SELECT a FROM t")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		has[n] = true
	}
	lost := 0
	for _, n := range acknowledged {
		if !has[n] {
			lost++
		}
	}
	if lost > 0 || len(acknowledged) == 0 {
		t.Errorf("%d of %d acknowledged writes are lost", lost, len(acknowledged))
	}
}

// shop makes the table that is written to.
func (c *cluster) shop(t *testing.T, controller *failover.Controller) {
	t.Helper()
	within(t, "the group is healthy", healthy(controller))
	testkit.Exec(t, c.asProxy(t, c.source.Current().Groups["g1"].Primary), "CREATE DATABASE shop", "CREATE TABLE shop.t (a INT PRIMARY KEY)")
}

// start starts a server that was killed.
func (c *cluster) start(t *testing.T, id string) {
	t.Helper()
	s, err := mysqld.Start(t.Context(), c.servers[id].Options)
	if err != nil {
		t.Fatal(err)
	}
	c.t.Cleanup(s.Kill)
	c.servers[id].Process = s
}

func (c *cluster) primary() string { return c.source.Current().Groups["g1"].Primary }

// binlog is the file of its binary log that a server writes to.
func (c *cluster) binlog(t *testing.T, id string) (file string) {
	t.Helper()
	must(t, c.servers[id].DB(t, "").QueryRow("SELECT local->>'$.binary_log_file' FROM performance_schema.log_status").Scan(&file))
	return file
}

func (c *cluster) operations(t *testing.T) []topology.Operation {
	t.Helper()
	list, err := c.store.Operations(t.Context(), "g1")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		text := fmt.Sprintf("%s from %s to %s, %s (%s):", o.Kind, o.From, o.To, o.Outcome, o.Reason)
		for _, s := range o.Steps {
			text += fmt.Sprintf(" %s +%d ms", s.Name, s.At.Sub(o.Began()).Milliseconds())
		}
		t.Log(text)
	}
	return list
}

// A primary that is killed is replaced, no acknowledged write is lost, and when
// it is back it follows the new one.
func TestAKilledPrimaryIsReplaced(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	w := c.write(t)
	w.more(t)
	files := map[string]string{"b": c.binlog(t, "b"), "c": c.binlog(t, "c")}
	c.servers["a"].Process.Kill()
	within(t, "another primary", func() bool { return c.primary() != "a" })
	if to := c.primary(); c.binlog(t, to) == files[to] {
		t.Errorf("%s still writes to %s, which replicas wait for it to read", to, files[to])
	}
	w.more(t)
	within(t, "the timeline has the first write", func() bool {
		list := c.operations(t)
		return len(list) == 1 && list[0].Steps[len(list[0].Steps)-1].Name == "first write"
	})
	c.start(t, "a")
	within(t, "the old primary is a replica or shut out", func() bool {
		s := stateOf(controller, "a")
		return s == failover.StateServing || s == failover.StateDiverged
	})
	w.more(t)
	c.check(t, w)
	if list := c.operations(t); len(list) != 1 || list[0].Outcome != topology.OutcomeDone {
		t.Errorf("%+v", list)
	}
}

// A primary that hangs is replaced. When it goes on it acknowledges nothing any
// more, is closed, and is used only if it has nothing that the others lack.
func TestAHungPrimaryIsReplaced(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	w := c.write(t)
	w.more(t)
	old := c.asProxy(t, "a")
	must(t, old.Ping())
	c.servers["a"].Process.Pause()
	defer c.servers["a"].Process.Resume()
	within(t, "another primary", func() bool { return c.primary() != "a" })
	w.more(t)
	c.servers["a"].Process.Resume()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := old.ExecContext(ctx, "INSERT INTO shop.t VALUES (-1)"); err == nil {
		t.Error("the deposed primary has acknowledged a write")
	}
	within(t, "the old primary is a replica or shut out", func() bool {
		s := stateOf(controller, "a")
		return s == failover.StateServing || s == failover.StateDiverged
	})
	c.check(t, w)
	c.operations(t)
}

// cut keeps replicas from reaching the group's primary, which everybody else
// reaches: their logins fail there.
func (c *cluster) cut(t *testing.T, replicas ...string) {
	t.Helper()
	primary := c.servers[c.primary()].DB(t, "")
	primary.SetMaxOpenConns(1)
	testkit.Exec(t, primary, "SET SESSION sql_log_bin = OFF")
	for _, id := range replicas {
		testkit.Exec(t, primary, fmt.Sprintf("ALTER USER %s@'%%' IDENTIFIED BY 'nobody knows'", failover.ReplicationUser(id)))
	}
	rows, err := primary.Query("SELECT id FROM performance_schema.processlist WHERE command LIKE 'Binlog Dump%'")
	must(t, err)
	var threads []int64
	for rows.Next() {
		var id int64
		must(t, rows.Scan(&id))
		threads = append(threads, id)
	}
	must(t, rows.Close())
	for _, id := range threads {
		testkit.Exec(t, primary, fmt.Sprintf("KILL %d", id))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A primary that all its replicas have lost acknowledges nothing: it is replaced
// though it answers everybody else.
func TestAPrimaryCutFromItsReplicasIsReplaced(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	w := c.write(t)
	w.more(t)
	c.cut(t, "b", "c")
	within(t, "another primary", func() bool { return c.primary() != "a" })
	w.more(t)
	within(t, "the old primary is a replica or shut out", func() bool {
		s := stateOf(controller, "a")
		return s == failover.StateServing || s == failover.StateDiverged
	})
	c.check(t, w)
	if list := c.operations(t); len(list) != 1 || list[0].Outcome != topology.OutcomeDone {
		t.Errorf("%+v", list)
	}
}

// Switchovers to and fro lose nothing and leave a healthy group.
func TestSwitchovers(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	w := c.write(t)
	for _, to := range []string{"b", "a", "c"} {
		within(t, "healthy", healthy(controller))
		w.more(t)
		planned, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover, To: to, DryRun: true})
		must(t, err)
		if len(planned.Steps) != 3 || c.primary() == to {
			t.Errorf("a dry run: %+v, and the primary is %s", planned, c.primary())
		}
		file := c.binlog(t, to)
		done, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover, To: to})
		must(t, err)
		if c.primary() != to {
			t.Fatalf("%s is the primary, after %+v", c.primary(), done)
		}
		if c.binlog(t, to) == file {
			t.Errorf("%s still writes to %s, which replicas wait for it to read", to, file)
		}
	}
	if _, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover, To: "c"}); err == nil {
		t.Error("a switchover to the primary itself was done")
	}
	w.more(t)
	within(t, "all three serve: nobody has what others lack", healthy(controller))
	c.check(t, w)
	c.operations(t)
}

// silent are proxies that know everything and do not say what is open.
type silent struct{}

func (silent) Known(context.Context, int64) error { return nil }

func (silent) Open(context.Context, ...string) (int, error) { return 0, errors.New("no answer") }

// What may be open on a primary gets the whole grace.
func TestProxiesThatDoNotSayWhatIsOpen(t *testing.T) {
	c := newCluster(t)
	c.proxies = silent{}
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	done, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover})
	must(t, err)
	at := map[string]time.Time{}
	for _, s := range done.Operation.Steps {
		at[s.Name] = s.At
	}
	if grace := at["grace over"].Sub(at["announced"]); grace < failover.DefaultPolicy(0).Grace {
		t.Errorf("closed after %s", grace)
	}
}

// errDied is what a controller's ways out say once it is dead.
var errDied = errors.New("this controller is dead")

// dying is a controller's ways to etcd, which end after some number of uses: as
// if it was killed there, between any two steps.
type dying struct {
	failover.Store
	left   *atomic.Int64
	killed context.CancelFunc
}

func (d dying) use() error {
	if d.left.Add(-1) < 0 {
		d.killed()
		return errDied
	}
	return nil
}

func (d dying) Update(ctx context.Context, edit func(*topology.Draft) error) (*topology.Snapshot, error) {
	if err := d.use(); err != nil {
		return nil, err
	}
	snap, err := d.Store.Update(ctx, edit)
	if again := d.use(); again != nil { // it has taken effect, and nobody knows
		return nil, again
	}
	return snap, err
}

// leadUntil starts a controller that dies after so many uses of etcd, and
// returns a channel that is closed when it has.
func (c *cluster) leadUntil(t *testing.T, uses int64) <-chan struct{} {
	t.Helper()
	l, err := c.store.Campaign(t.Context(), "dying")
	must(t, err)
	ctx, cancel := context.WithCancel(l.Context())
	t.Cleanup(cancel)
	d := dying{Store: c.store.Under(l), left: new(atomic.Int64), killed: cancel}
	d.left.Store(uses)
	controller, err := failover.New(failover.Options{
		Store: d, Source: c.source, Interval: 50 * time.Millisecond, Policy: c.policy,
		StillLeads: func(ctx context.Context) error {
			if err := d.use(); err != nil {
				return err
			}
			return c.store.StillLeads(ctx, l)
		},
	})
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		controller.Run(ctx)
		l.Resign(context.Background())
	}()
	return done
}

// A controller that dies at any step of a failover is followed by one that
// finishes what it began, and nothing is lost.
func TestAControllerDiesAtEachStepOfAFailover(t *testing.T) {
	c := newCluster(t)
	c.policy = failover.DefaultPolicy(0)
	c.policy.Cooldown = time.Millisecond
	controller, stop := c.lead(t, "first")
	c.shop(t, controller)
	w := c.write(t)
	for uses := int64(0); ; uses++ {
		within(t, "healthy", healthy(controller))
		w.more(t)
		stop()
		old := c.primary()
		died := c.leadUntil(t, uses)
		c.servers[old].Process.Kill()
		finished := false
		within(t, "the controller has died, or finished", func() bool {
			select {
			case <-died:
				return true
			default:
			}
			finished = c.primary() != old
			return finished
		})
		if finished {
			// So many uses are enough for the whole: every step had its turn.
			t.Logf("%d steps", uses)
			return
		}
		c.start(t, old)
		controller, stop = c.lead(t, fmt.Sprintf("after-%d", uses))
		within(t, fmt.Sprintf("the next controller finishes after a death at use %d", uses), func() bool {
			return c.source.Current().Groups["g1"].Operation == nil && stateOf(controller, c.primary()) == failover.StateServing
		})
		c.accept(t, controller, old)
		c.present(t, w)
	}
}

// accept waits until a former primary is back. What it has that nobody
// acknowledged is declared known to the others, as an operator might.
func (c *cluster) accept(t *testing.T, controller *failover.Controller, id string) {
	t.Helper()
	within(t, "the old primary is back", func() bool {
		s := stateOf(controller, id)
		return s == failover.StateServing || s == failover.StateDiverged
	})
	if stateOf(controller, id) != failover.StateDiverged {
		return
	}
	var executed string
	must(t, c.servers[id].DB(t, "").QueryRow("SELECT @@GLOBAL.gtid_executed").Scan(&executed))
	conn, err := c.servers[c.primary()].DB(t, "").Conn(t.Context())
	must(t, err)
	defer conn.Close()
	var extra string
	must(t, conn.QueryRowContext(t.Context(), "SELECT GTID_SUBTRACT(?, @@GLOBAL.gtid_executed)", executed).Scan(&extra))
	t.Logf("%s has %s, which nobody acknowledged", id, extra)
	for part := range strings.SplitSeq(strings.ReplaceAll(extra, "\n", ""), ",") {
		uuid, spans, _ := strings.Cut(part, ":")
		for span := range strings.SplitSeq(spans, ":") {
			first, last, ranged := strings.Cut(span, "-")
			if !ranged {
				last = first
			}
			from, err := strconv.Atoi(first)
			must(t, err)
			to, err := strconv.Atoi(last)
			must(t, err)
			for n := from; n <= to; n++ {
				for _, statement := range []string{fmt.Sprintf("SET GTID_NEXT = '%s:%d'", uuid, n), "BEGIN", "COMMIT", "SET GTID_NEXT = 'AUTOMATIC'"} {
					_, err := conn.ExecContext(t.Context(), statement)
					must(t, err)
				}
			}
		}
	}
}
