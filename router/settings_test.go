package router

import "testing"

func TestSetIsAllOrNothing(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.one)
	fails(t, c, 1193, "SET @a = 1, sql_mode = 'ANSI_QUOTES', nosuch = 1")
	want(t, c, "SELECT @a", "NULL")
	want(t, c, `SELECT "text"`, "text")
	want(t, c, "SELECT 1", "1") // a refused SET leaves nothing behind on the connection
	run(t, c, "SET @a = 1, @b = @a + 1")
	want(t, c, "SELECT @b", "2")
	run(t, c, "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")
	fails(t, c, 1054, `SELECT "text"`)
	run(t, c, "SET sql_mode = DEFAULT")
	want(t, c, `SELECT "text"`, "text")
}

func TestSetTakesFactsOfTheSession(t *testing.T) {
	w := newWorld(t)
	other, c := w.conn(t, "root", w.one), w.conn(t, "root", w.one)
	run(t, other, "INSERT INTO t (v) VALUES ('a'), ('b')")
	run(t, c, "INSERT INTO t (v) VALUES ('c')", "SET @id = LAST_INSERT_ID()")
	want(t, c, "SELECT @id", "3")
	run(t, c, "SET @n = (SELECT COUNT(*) FROM t)")
	want(t, c, "SELECT @n", "3")
	run(t, c, "SET @X = 'it''s \\\\ ü'")
	want(t, c, "SELECT @x", `it's \ ü`)
}

func TestSetNeedsGrantsForWhatItReads(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "reader", w.one)
	fails(t, c, 1044, "SET @x = (SELECT v FROM "+w.two+".t WHERE k = 1)")
	fails(t, c, 1044, "SET sql_mode = (SELECT v FROM "+w.two+".t WHERE k = 1)")
}

func TestSetOverSeveralShardsIsRefused(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	run(t, c, "INSERT INTO t VALUES (1,'a'), (2,'b'), (3,'c'), (4,'d'), (5,'e')")
	fails(t, c, 1235, "SET @n = (SELECT COUNT(*) FROM t)")
}

func TestClocksGoOn(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	run(t, c, "SET timestamp = 1000000000", "INSERT INTO t VALUES (1, NOW()), (2, NOW()), (3, NOW()), (4, NOW())")
	want(t, c, "SELECT COUNT(*) FROM t WHERE v LIKE '2001-09-%'", "4")
	run(t, c, "SET timestamp = DEFAULT")
	want(t, c, "SELECT NOW() > '2020-01-01'", "1")
	// A write that fails on one group leaves no connection with a fixed clock.
	fails(t, c, 1062, "INSERT INTO t VALUES (5, NOW()), (6, NOW()), (7, NOW()), (8, NOW()), (4, NOW())")
	for range 4 {
		want(t, c, "SELECT @@timestamp = @@timestamp AND SYSDATE() <= NOW() + INTERVAL 2 SECOND FROM t WHERE k = 1", "1")
		want(t, c, "SELECT @@timestamp = @@timestamp AND SYSDATE() <= NOW() + INTERVAL 2 SECOND FROM t WHERE k = 2", "1")
	}
	want(t, c, "SELECT COUNT(*) FROM t", "4")
	w.noneLent(t)
}

func TestAutocommitSwitchedOnCommits(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.one)
	run(t, c, "SET autocommit = OFF", "INSERT INTO t (v) VALUES ('a')")
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 0 {
		t.Error("committed before")
	}
	run(t, c, "SET autocommit = 1")
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 1 {
		t.Error("not committed")
	}
	run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('b')", "SET autocommit = 1", "ROLLBACK")
	want(t, c, "SELECT COUNT(*) FROM t", "1") // it was on already
	run(t, c, "SET autocommit = 0", "INSERT INTO t (v) VALUES ('c')", "ALTER TABLE t ADD COLUMN w INT")
	want(t, c, "SELECT COUNT(*) FROM t", "2")
	run(t, c, "ROLLBACK")
	w.noneLent(t)
}
