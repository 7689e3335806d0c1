package integration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// crowd is clients that write through a proxy and remember what they were told.
type crowd struct {
	db     *sql.DB
	stop   context.CancelFunc
	all    sync.WaitGroup
	writes atomic.Int64

	mu sync.Mutex
	// told are the numbers of acknowledged rows, unknown those whose write got
	// no answer; failed are the errors, gap the longest time between answers.
	told, unknown map[int]bool
	failed        []failure
	last          time.Time
	gap           time.Duration
}

// failure is what a client was told, and how long its transaction had been open
// by then; 0 for a single statement.
type failure struct {
	err  error
	open time.Duration
}

// gather starts clients that each write rows of their own, every second one in
// transactions of three statements that write a row and its negative, half of
// them on another group.
func gather(t *testing.T, c *cluster.Cluster, keyspace string, clients int) *crowd {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := &crowd{db: c.DB(t, keyspace), stop: stop, told: map[int]bool{}, unknown: map[int]bool{}, last: time.Now()}
	w.db.SetMaxIdleConns(clients)
	for n := range clients {
		w.all.Go(func() {
			at := n
			again(ctx, writePause, func() {
				began := time.Now()
				f := failure{err: w.write(at, n%2 == 1)}
				if n%2 == 1 {
					f.open = time.Since(began)
				}
				w.answer(at, f)
				at += clients
			})
		})
	}
	t.Cleanup(func() {
		stop()
		w.all.Wait()
		if n := len(w.failed); t.Failed() && n > 0 {
			t.Logf("%d writes failed, the last one: %v", n, w.failed[n-1].err)
		}
	})
	return w
}

func (w *crowd) write(n int, inTransaction bool) error {
	// Not the crowd's context: a write that is abandoned is an error of the test's.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if !inTransaction {
		_, err := w.db.ExecContext(ctx, "INSERT INTO t VALUES (?, 1)", n)
		return err
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []string{"INSERT INTO t VALUES (?, 0)", "INSERT INTO t VALUES (-?, 0)"} {
		if _, err := tx.ExecContext(ctx, statement, n); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE t SET v = v + 1 WHERE id IN (?, -?)", n, n); err != nil {
		return err
	}
	return tx.Commit()
}

func (w *crowd) answer(n int, f failure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case f.err == nil:
		w.told[n] = true
		w.gap = max(w.gap, time.Since(w.last))
		w.last = time.Now()
		w.writes.Add(1)
	default:
		w.unknown[n] = true
		w.failed = append(w.failed, f)
	}
}

// more waits until the crowd is answered again.
func (w *crowd) more(t *testing.T) {
	t.Helper()
	was := w.writes.Load()
	until(t, "writes are answered", func() bool { return w.writes.Load() > was+20 })
}

// longest returns the longest time without an answer since it was last asked.
func (w *crowd) longest() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	gap := w.gap
	w.gap, w.last = 0, time.Now()
	return gap
}

// settle ends the crowd and compares what it was told with the rows.
func (w *crowd) settle(t *testing.T) {
	t.Helper()
	w.stop()
	w.all.Wait()
	conn := connection(t, w.db)
	must(t, conn, "SET shardway.read = 'primary'") // others wrote: a replica may be behind them
	rows, err := conn.QueryContext(t.Context(), "SELECT id, v FROM t")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	there := map[int]bool{}
	for rows.Next() {
		var id, v int
		if err := rows.Scan(&id, &v); err != nil {
			t.Fatal(err)
		}
		there[id] = true
		if v != 1 {
			t.Errorf("row %d is half a transaction", id)
		}
		if !w.told[max(id, -id)] && !w.unknown[max(id, -id)] {
			t.Errorf("nobody wrote row %d", id)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	lost := 0
	for id := range w.told {
		if !there[id] {
			lost++
		}
	}
	for id := range there {
		if id%2 != 0 && !there[-id] {
			t.Errorf("row %d is there without its other half", id)
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged writes are lost", lost, len(w.told))
	}
}

// onlyTransactionsCut allows for transactions that were open longer than the
// grace of a switchover, on a machine that is busy; nobody else is told anything.
func (w *crowd) onlyTransactionsCut(t *testing.T) {
	t.Helper()
	cut := 0
	for _, f := range w.failed {
		var my *driver.MySQLError
		if errors.As(f.err, &my) && my.Number == mysql.ErLockDeadlock && strings.Contains(my.Message, "nothing of it was committed") && f.open >= failover.DefaultPolicy(0).Grace {
			cut++
			continue
		}
		t.Errorf("open for %s, a client was told %v", f.open, f.err)
	}
	t.Logf("%d of %d writes were transactions that outlived the grace", cut, w.writes.Load())
}

// Switchovers under load give clients no error: neither writers of single
// statements nor those of short transactions, over one group or several.
func TestSwitchoversUnderLoad(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 2, Replicas: 2, Proxies: 2})
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 2})
	session(t, c, ks).must(t, "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL) COMMENT='shardway:shard_key=id'")
	w := gather(t, c, ks, 8)
	for n := range 6 {
		group := fmt.Sprintf("g%d", 1+n%2)
		w.more(t)
		w.longest()
		var change admin.Change
		until(t, "a switchover is done", func() (done bool) { // one that is refused has changed nothing
			var err error
			if change, err = c.Admin.Switchover(t.Context(), group, admin.Switchover{}, false); err != nil {
				t.Log(err)
			}
			return err == nil
		})
		w.more(t)
		t.Logf("%s; longest without an answer %s", change.Steps, w.longest().Round(time.Millisecond))
		if err := c.AwaitHealthy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.settle(t)
	w.onlyTransactionsCut(t)
	until(t, "no branch is left prepared", func() bool {
		report, err := c.Admin.Transactions(t.Context())
		return err == nil && len(report.Branches) == 0
	})
}

// A primary is killed under load: what was acknowledged stays, and clients are
// told nothing but that an outcome is unknown or a transaction is rolled back.
func TestAPrimaryIsKilledUnderLoad(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 2, Replicas: 2})
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 2})
	session(t, c, ks).must(t, "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL) COMMENT='shardway:shard_key=id'")
	w := gather(t, c, ks, 8)
	w.more(t)
	old := c.Topology(t).Groups["g1"].Primary
	w.longest()
	c.Servers[old].Process.Kill()
	until(t, "another primary", func() bool { return c.Topology(t).Groups["g1"].Primary != old })
	w.more(t)
	t.Logf("longest without an answer %s", w.longest().Round(time.Millisecond))
	process, err := mysqld.Start(t.Context(), c.Servers[old].Options)
	if err != nil {
		t.Fatal(err)
	}
	c.Servers[old].Process = process
	w.more(t)
	w.settle(t)
	for _, f := range w.failed {
		var my *driver.MySQLError
		// The proxy ends a connection that it cannot answer on any more.
		if errors.Is(f.err, driver.ErrInvalidConn) {
			continue
		}
		if !errors.As(f.err, &my) || my.Number != 2013 && my.Number != 1213 && my.Number != 1180 {
			t.Errorf("a client was told %v", f.err)
		}
	}
	t.Logf("%d writes acknowledged, %d not", len(w.told), len(w.failed))
}
