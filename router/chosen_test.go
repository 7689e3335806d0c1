package router

import (
	"fmt"
	"testing"

	driver "github.com/go-sql-driver/mysql"
)

// filled is a world whose keyspace two has rows with the keys 1 to n.
func filled(t *testing.T, n int) *world {
	t.Helper()
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	for k := range n {
		run(t, c, fmt.Sprintf("INSERT INTO t VALUES (%d, 'v%d')", k+1, k+1))
	}
	return w
}

// counts checks what a statement says that it has changed.
func counts(t *testing.T, w *world, rows int64, sql string, change ...func(*driver.Config)) {
	t.Helper()
	res, err := w.conn(t, "root", w.two, change...).ExecContext(t.Context(), sql)
	must(t, err)
	if n, err := res.RowsAffected(); err != nil || n != rows {
		t.Errorf("%s: %d rows, %v, want %d", sql, n, err, rows)
	}
}

func TestChosenRowsAreCountedAsTheClientAsks(t *testing.T) {
	w := filled(t, 20)
	counts(t, w, 3, "UPDATE t SET v = 'same' ORDER BY k LIMIT 3")
	counts(t, w, 1, "UPDATE t SET v = 'same' ORDER BY k LIMIT 4")
	counts(t, w, 4, "UPDATE t SET v = 'same' ORDER BY k LIMIT 4", func(c *driver.Config) { c.ClientFoundRows = true })
	counts(t, w, 20, "UPDATE t SET k = k + 100")
	counts(t, w, 20, "UPDATE t SET k = k + 1 ORDER BY k DESC", func(c *driver.Config) { c.ClientFoundRows = true })
	counts(t, w, 2, "DELETE FROM t ORDER BY k LIMIT 2")
	want(t, w.conn(t, "root", w.two), "SELECT CONCAT(COUNT(*), '/', MIN(k), '/', MAX(k)) FROM t", "18/104/121")
}

// TestChosenRowsInATransaction: a statement of several steps that fails is undone
// alone, and what the transaction did before stays.
func TestChosenRowsInATransaction(t *testing.T) {
	w := filled(t, 20)
	c := w.conn(t, "root", w.two)
	run(t, c, "BEGIN")
	run(t, c, "UPDATE t SET v = 'kept' ORDER BY k LIMIT 5")
	run(t, c, "INSERT INTO t VALUES (1000, 'x')")
	fails(t, c, 1062, "UPDATE t SET k = k + 980")
	fails(t, c, 1062, "INSERT INTO t SELECT k + 995, v FROM t WHERE k < 20")
	want(t, c, "SELECT CONCAT(COUNT(*), '/', SUM(v = 'kept'), '/', MAX(k)) FROM t", "21/5/1000")
	run(t, c, "COMMIT")
	want(t, c, "SELECT CONCAT(COUNT(*), '/', SUM(v = 'kept'), '/', MAX(k)) FROM t", "21/5/1000")
	run(t, c, "START TRANSACTION READ ONLY")
	fails(t, c, 1792, "UPDATE t SET v = 'x' WHERE k < 0 ORDER BY k LIMIT 3")
	fails(t, c, 1792, "INSERT INTO t SELECT k + 5000, v FROM t WHERE k < 0")
	run(t, c, "COMMIT", "SET sql_select_limit = 2", "UPDATE t SET v = 'kept' ORDER BY k LIMIT 6")
	run(t, c, "SET sql_select_limit = DEFAULT")
	want(t, c, "SELECT CONCAT(COUNT(*), '/', SUM(v = 'kept'), '/', MAX(k)) FROM t", "21/6/1000")
	run(t, c, "UPDATE t SET v = 'last' WHERE k = 6")
	run(t, c, "BEGIN")
	run(t, c, "UPDATE t SET k = k + 1000")
	run(t, c, "INSERT INTO t SELECT k + 5000, v FROM t ORDER BY k LIMIT 10")
	run(t, c, "ROLLBACK")
	want(t, c, "SELECT CONCAT(COUNT(*), '/', SUM(v = 'kept'), '/', MAX(k)) FROM t", "21/5/1000")
}
