package router

import (
	"errors"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
)

// TestACollectionHasABound: what is too much for one place ends in an error that
// says so, everything is given back, and the session goes on.
func TestACollectionHasABound(t *testing.T) {
	w := newWorld(t)
	w.env.Limits.Gather.Rows, w.env.Limits.Gather.Bytes = 30, 2000
	c := w.conn(t, "root", w.two)
	run(t, c, "INSERT INTO t VALUES (1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (6, '6'), (7, '7'), (8, '8'), (9, '9'), (10, '10')")
	const joined = "SELECT COUNT(*) FROM t a JOIN t b ON a.v = b.v"
	want(t, c, joined, "10")
	run(t, c, "INSERT INTO t VALUES (11, '11'), (12, '12'), (13, '13'), (14, '14'), (15, '15'), (16, '16')")
	fails(t, c, mysql.ErCapacityExceeded, joined)
	run(t, c, "BEGIN")
	fails(t, c, mysql.ErCapacityExceeded, joined)
	want(t, c, "SELECT COUNT(*) FROM t", "16")
	run(t, c, "ROLLBACK", "DELETE FROM t WHERE k > 10", "UPDATE t SET v = REPEAT('x', 300)")
	fails(t, c, mysql.ErCapacityExceeded, joined)
	want(t, c, "SELECT COUNT(*) FROM t a JOIN t b ON a.k = b.k + 1 AND a.k < 4 AND b.k < 4", "2")
	must(t, c.Close())
	w.noneLent(t)
}

// TestACollectionThatLosesAServer: the rows' server or the one that collects is
// replaced where nothing but reading is under way.
func TestACollectionThatLosesAServer(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	run(t, c, "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'f')")
	const joined = "SELECT COUNT(*) FROM t a JOIN t b ON a.v = b.v"
	want(t, c, joined, "6")
	for _, marker := range []string{"START TRANSACTION", "AS `a`", "CREATE TEMPORARY", "INSERT INTO", "SELECT COUNT(1)", "DROP TEMPORARY"} {
		for _, answer := range []int{beforeSend, 0, 3} {
			w.wires[0].arm(fault{marker: marker, answer: answer})
			w.wires[1].arm(fault{marker: marker, answer: answer})
			for range 2 {
				want(t, c, joined, "6")
			}
			if !w.wires[0].fired() && !w.wires[1].fired() {
				t.Errorf("nothing was lost at %s", marker)
			}
		}
	}
	must(t, c.Close())
	w.noneLent(t)
}

// TestACollectionIsKilled: KILL QUERY ends it at any point, and what it held is free.
func TestACollectionIsKilled(t *testing.T) {
	w := newWorld(t)
	c, admin := w.conn(t, "root", w.two), w.conn(t, "root", w.two)
	run(t, c, "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'f')")
	id := value(t, c, "SELECT CONNECTION_ID()")
	for _, sql := range []string{
		"SELECT COUNT(*) FROM t a JOIN t b ON a.v = b.v WHERE SLEEP(a.k * 10) = 0",            // a shard filters
		"SELECT COUNT(*) FROM t a JOIN t b ON a.v = b.v WHERE SLEEP(a.k * 10 + b.k * 10) = 0", // collected rows do
	} {
		done := make(chan error, 1)
		go func() {
			_, err := c.ExecContext(t.Context(), sql)
			done <- err
		}()
		for ended := false; !ended; {
			run(t, admin, "KILL QUERY "+id)
			select {
			case err := <-done:
				var my *driver.MySQLError
				if !errors.As(err, &my) || my.Number != mysql.ErQueryInterrupted {
					t.Errorf("%s: %v", sql, err)
				}
				ended = true
			case <-time.After(50 * time.Millisecond):
			}
		}
		want(t, c, "SELECT COUNT(*) FROM t a JOIN t b ON a.v = b.v", "6")
	}
	must(t, c.Close())
	must(t, admin.Close())
	w.noneLent(t)
}
