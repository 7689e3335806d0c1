package router

import (
	"errors"
	"testing"

	driver "github.com/go-sql-driver/mysql"
)

func TestPinnedConnectionsTakePartInTransactions(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.one)
	run(t, c, "CREATE TEMPORARY TABLE x (a INT)", "BEGIN", "INSERT INTO t (v) VALUES ('a')", "ROLLBACK")
	want(t, c, "SELECT COUNT(*) FROM t", "0")
	run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('a')", "COMMIT")
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 1 {
		t.Error("COMMIT on a pinned connection did not commit")
	}
	run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('b')", "CREATE TEMPORARY TABLE y (a INT)", "COMMIT")
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 2 {
		t.Error("a transaction in which the connection was pinned did not commit")
	}
	run(t, c, "INSERT INTO x VALUES (1)")
	want(t, c, "SELECT COUNT(*) FROM x", "1")
	must(t, c.Close())
	w.noneLent(t)
}

func TestProceduresThatOpenTransactions(t *testing.T) {
	w := newWorld(t)
	testkitExec(t, w, 0, "CREATE PROCEDURE "+w.one+".p() BEGIN START TRANSACTION; INSERT INTO t (v) VALUES ('a'); END",
		"CREATE PROCEDURE "+w.one+".q() BEGIN START TRANSACTION; INSERT INTO t (v) VALUES ('b'); SIGNAL SQLSTATE '45000'; END")
	c := w.conn(t, "root", w.one)
	run(t, c, "CALL p()")
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 0 {
		t.Error("committed too early")
	}
	run(t, c, "COMMIT")
	fails(t, c, 1644, "CALL q()")
	run(t, c, "COMMIT")
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 2 {
		t.Errorf("%d rows are committed, want 2", n)
	}
	fails(t, c, 1644, "CALL q()")
	run(t, c, "ROLLBACK")
	want(t, c, "SELECT COUNT(*) FROM t", "2")
}

func TestImplicitCommits(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.one)
	run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('a')", "CREATE PROCEDURE p() SELECT 1", "INSERT INTO t (v) VALUES ('b')", "ROLLBACK")
	want(t, c, "SELECT COUNT(*) FROM t", "2") // the second ran with autocommit
	w.noneLent(t)
}

func TestSavepointsReachEveryGroup(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	run(t, c, "BEGIN", "SAVEPOINT a", "INSERT INTO t VALUES (1, 'a')", "SAVEPOINT b", "UPDATE t SET v = 'b' WHERE k = 1", "ROLLBACK TO B")
	want(t, c, "SELECT v FROM t WHERE k = 1", "a")
	fails(t, c, 1305, "ROLLBACK TO c")
	run(t, c, "ROLLBACK TO a", "COMMIT")
	want(t, c, "SELECT COUNT(*) FROM t", "0")
	w.noneLent(t)
}

func TestAScatterInATransactionLeavesItWhole(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	run(t, c, "INSERT INTO t VALUES (0, REPEAT('x', 300))")
	insertMany(t, w, c, 4000)
	run(t, c, "BEGIN", "UPDATE t SET v = 'mine' WHERE k = 1")
	want(t, c, "SELECT k FROM t ORDER BY k LIMIT 1", "0") // the rest of the rows is cut off
	run(t, c, "COMMIT")
	want(t, c, "SELECT v FROM t WHERE k = 1", "mine")
	w.noneLent(t)
}

func TestADeadlockEndsTheTransaction(t *testing.T) {
	w := newWorld(t)
	a, b := w.conn(t, "root", w.one), w.conn(t, "root", w.one)
	run(t, a, "INSERT INTO t (v) VALUES ('a'), ('b')", "BEGIN", "UPDATE t SET v = 'x' WHERE id = 1")
	run(t, b, "BEGIN", "INSERT INTO t (v) VALUES ('big'), ('big'), ('big')", "UPDATE t SET v = 'y' WHERE id = 2")
	done := make(chan error, 1)
	go func() {
		_, err := a.ExecContext(t.Context(), "UPDATE t SET v = 'x' WHERE id = 2")
		done <- err
	}()
	_, err := b.ExecContext(t.Context(), "UPDATE t SET v = 'y' WHERE id = 1")
	other := <-done
	victim, survivor := a, b
	if err != nil {
		victim, survivor, other = b, a, err
	}
	var my *driver.MySQLError
	if !errors.As(other, &my) || my.Number != 1213 {
		t.Fatal(other)
	}
	run(t, survivor, "COMMIT")
	run(t, victim, "INSERT INTO t (v) VALUES ('after')", "ROLLBACK") // autocommit is back, as on MySQL
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t WHERE v = 'after'"); n != 1 {
		t.Error("a statement after the deadlock was not committed")
	}
	w.noneLent(t)
}
