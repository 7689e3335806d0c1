package router

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/topology"
)

// spread fills keyspace two's table and returns a key of each group.
func (w *world) spread(t *testing.T, c *sql.Conn) (keys [2]int) {
	t.Helper()
	run(t, c, "DELETE FROM t", "INSERT INTO t VALUES (1,'a'), (2,'a'), (3,'a'), (4,'a'), (5,'a'), (6,'a')")
	for server := range w.servers {
		keys[server] = w.count(t, server, "SELECT MIN(k) FROM "+w.two+".t")
	}
	return keys
}

// states is what a key's row is on its server, whoever may see it.
func (w *world) states(t *testing.T, keys [2]int) string {
	t.Helper()
	var list []string
	for server, k := range keys {
		var v string
		must(t, w.servers[server].DB(t, w.two).QueryRow("SELECT v FROM t WHERE k = ?", k).Scan(&v))
		list = append(list, v)
	}
	return strings.Join(list, ",")
}

// prepared counts the branches that are prepared on all servers.
func (w *world) prepared(t *testing.T) int {
	t.Helper()
	n := 0
	for i := range w.servers {
		db := w.servers[i].DB(t, "")
		rows, err := db.Query("XA RECOVER")
		must(t, err)
		for rows.Next() {
			n++
		}
		must(t, rows.Close())
		must(t, db.Close())
	}
	return n
}

// status reads a counter of a server's.
func (w *world) status(t *testing.T, server int, name string) (n int) {
	t.Helper()
	must(t, w.servers[server].DB(t, "").QueryRow("SHOW GLOBAL STATUS LIKE '"+name+"'").Scan(&name, &n))
	return n
}

func (w *world) counts(t *testing.T, name string) int {
	t.Helper()
	return w.status(t, 0, name) + w.status(t, 1, name)
}

func set(v string, k int) string { return fmt.Sprintf("UPDATE t SET v = '%s' WHERE k = %d", v, k) }

// Safety rules 2 and 4: OK means that every branch has committed.
func TestATransactionCommitsOnAllGroups(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	for _, home := range []int{0, 1} {
		mark := fmt.Sprint("home", home)
		run(t, c, "BEGIN", set(mark, keys[home]), set(mark, keys[1-home]))
		if got := w.states(t, keys); strings.Contains(got, mark) {
			t.Errorf("before the commit: %s", got)
		}
		run(t, c, "COMMIT")
		if got := w.states(t, keys); got != mark+","+mark {
			t.Errorf("after the commit: %s", got)
		}
		run(t, c, "BEGIN", set("never", keys[home]), set("never", keys[1-home]), "ROLLBACK")
		if got := w.states(t, keys); got != mark+","+mark {
			t.Errorf("after a rollback: %s", got)
		}
	}
	if n := w.prepared(t); n != 0 {
		t.Errorf("%d branches are left prepared", n)
	}
	w.noneLent(t)
}

// Safety rules 4, 5 and 10: whatever connection is lost at whatever step, the
// client is told what became of the whole, and nothing is done in part.
func TestACommitOverGroupsThatLosesAConnection(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		server int
		f      fault
		done   bool
	}{
		{0, fault{marker: "_shardway.decision", answer: beforeSend}, false},
		{0, fault{marker: "_shardway.decision", answer: 0}, false},
		{1, fault{marker: "_shardway.branch", answer: beforeSend}, false},
		{1, fault{marker: "XA PREPARE", answer: 0}, false},
		{0, fault{marker: "\x03COMMIT", answer: beforeSend}, false},
		{0, fault{marker: "\x03COMMIT", answer: 0}, true},
		{0, fault{marker: "\x03COMMIT", answer: 5}, true},
		{1, fault{marker: "XA COMMIT", answer: beforeSend}, true},
		{1, fault{marker: "XA COMMIT", answer: 0}, true},
	} {
		t.Run(fmt.Sprintf("%q %d", c.f.marker, c.f.answer), func(t *testing.T) {
			s := w.conn(t, "root", w.two)
			keys := w.spread(t, s)
			run(t, s, "BEGIN", set("b", keys[0]), set("b", keys[1]))
			err := w.cuts(t, s, c.server, c.f, "COMMIT")
			want := "a,a"
			if c.done {
				want = "b,b"
			}
			if got := w.states(t, keys); got != want || (err == nil) != c.done {
				t.Errorf("the rows are %s, the client was told %v", got, err)
			}
			if n := w.prepared(t); n != 0 {
				t.Errorf("%d branches are left prepared", n)
			}
			run(t, s, set("c", keys[0]), set("c", keys[1])) // the session goes on
			w.noneLent(t)
		})
	}
}

// Safety rule 5: a decision that somebody else has made holds.
func TestADecisionOfAnotherHolds(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	run(t, c, "BEGIN", set("b", keys[0]), set("b", keys[1]))
	// As if a resolver had found a branch and taken its home session for dead.
	testkitExec(t, w, 0, "CREATE TRIGGER _shardway.aborted BEFORE INSERT ON _shardway.decision FOR EACH ROW SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1062")
	defer testkitExec(t, w, 0, "DROP TRIGGER _shardway.aborted")
	fails(t, c, 1213, "COMMIT")
	if got := w.states(t, keys); got != "a,a" {
		t.Errorf("the rows are %s", got)
	}
	if n := w.prepared(t); n != 0 {
		t.Errorf("%d branches are left prepared", n)
	}
	w.noneLent(t)
}

// Safety rule 3: what only reads is not prepared, and one writer alone commits alone.
func TestOneWriterIsNotPrepared(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	read := func(k int, tail string) string { return fmt.Sprintf("SELECT v FROM t WHERE k = %d%s", k, tail) }
	before := w.counts(t, "Com_xa_prepare")
	for _, tail := range []string{"", " FOR UPDATE"} {
		for writer := range keys {
			for _, first := range []bool{true, false} {
				run(t, c, "BEGIN")
				if first {
					run(t, c, set("b", keys[writer]), read(keys[1-writer], tail))
				} else {
					run(t, c, read(keys[1-writer], tail), set("b", keys[writer]))
				}
				run(t, c, "COMMIT")
			}
		}
	}
	run(t, c, "BEGIN", read(keys[0], ""), read(keys[1], ""), "COMMIT")
	run(t, c, "START TRANSACTION READ ONLY", read(keys[0], ""), read(keys[1], ""), "COMMIT")
	if n := w.counts(t, "Com_xa_prepare") - before; n != 0 {
		t.Errorf("%d branches were prepared", n)
	}
	if got := w.states(t, keys); got != "b,b" {
		t.Errorf("the rows are %s", got)
	}
	if n := w.count(t, 0, "SELECT COUNT(*) FROM information_schema.innodb_trx") + w.count(t, 1, "SELECT COUNT(*) FROM information_schema.innodb_trx"); n != 0 {
		t.Errorf("%d transactions are left open", n)
	}
	w.noneLent(t)
}

// Safety rule 2: a READ ONLY transaction has nothing to decide and takes no
// branch; every further group of any other does from its first read on.
func TestBranchesBeginWithTheFirstRead(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	read := func(k int) string { return fmt.Sprintf("SELECT v FROM t WHERE k = %d", k) }
	before := w.counts(t, "Com_xa_start")
	run(t, c, "START TRANSACTION READ ONLY", read(keys[0]), read(keys[1]), "COMMIT")
	run(t, c, "SET TRANSACTION READ ONLY", "BEGIN", read(keys[0]), read(keys[1]), "COMMIT")
	run(t, c, "SET SESSION transaction_read_only = 1", "BEGIN", read(keys[0]), read(keys[1]))
	fails(t, c, 1792, set("x", keys[0]))
	fails(t, c, 1792, set("x", keys[1]))
	run(t, c, "COMMIT", "SET SESSION transaction_read_only = 0")
	if n := w.counts(t, "Com_xa_start") - before; n != 0 {
		t.Errorf("%d branches of read-only transactions", n)
	}
	run(t, c, "BEGIN", read(keys[0]), read(keys[1]), set("b", keys[1]), set("b", keys[0]), "COMMIT")
	if n := w.counts(t, "Com_xa_start") - before; n != 1 {
		t.Errorf("%d branches, want 1", n)
	}
	if got := w.states(t, keys); got != "b,b" {
		t.Errorf("the rows are %s", got)
	}
	w.noneLent(t)
}

// Safety rule 7: a lock wait timeout leaves the transaction open with the
// statement undone on every group; a deadlock takes it back on every group.
func TestLockErrorsLeaveOneState(t *testing.T) {
	w := newWorld(t)
	c, other := w.conn(t, "root", w.two), w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	for _, victim := range []int{0, 1} {
		run(t, c, set("a", keys[0]), set("a", keys[1]))
		run(t, other, "BEGIN", set("other", keys[victim]))
		run(t, c, "SET SESSION innodb_lock_wait_timeout = 1", "BEGIN", "INSERT INTO t VALUES (100, 'mine'), (101, 'mine'), (102, 'mine'), (103, 'mine')")
		fails(t, c, 1205, "UPDATE t SET v = CONCAT(v, '!')")
		want(t, c, "SELECT COUNT(*) FROM t WHERE v LIKE '%!'", "0")
		want(t, c, "SELECT COUNT(*) FROM t WHERE v = 'mine'", "4")
		run(t, other, "ROLLBACK")
		run(t, c, "UPDATE t SET v = CONCAT(v, '!') WHERE v = 'mine'", "COMMIT")
		want(t, c, "SELECT COUNT(*) FROM t WHERE v = 'mine!'", "4")
		run(t, c, "DELETE FROM t WHERE k >= 100")
	}
	w.noneLent(t)
}

func TestADeadlockOnOneGroupEndsTheTransactionOnAll(t *testing.T) {
	w := newWorld(t)
	for _, home := range []int{0, 1} {
		c, other := w.conn(t, "root", w.two), w.conn(t, "root", w.two)
		keys := w.spread(t, c)
		var second int // another key of the group in which they meet
		must(t, w.servers[1].DB(t, w.two).QueryRow("SELECT MAX(k) FROM t").Scan(&second))
		run(t, c, "BEGIN", set("mine", keys[home]), set("mine", keys[1-home]))
		run(t, other, "BEGIN", set("other", second))
		for n := range 5 { // more to undo, so that the other one is no victim
			run(t, other, set(fmt.Sprint("other", n), second))
		}
		done := make(chan error, 1)
		go func() {
			_, err := other.ExecContext(t.Context(), set("other", keys[1]))
			done <- err
		}()
		w.waits(t, 1)
		_, err := c.ExecContext(t.Context(), set("mine", second))
		first := <-done
		told := err
		if told == nil {
			told = first
		}
		var my *driver.MySQLError
		if !errors.As(told, &my) || my.Number != 1213 || string(my.SQLState[:]) != "40001" {
			t.Fatalf("the victim is told %v", told)
		}
		run(t, c, "COMMIT")
		run(t, other, "ROLLBACK")
		if got := w.states(t, keys); err != nil && got != "a,a" {
			t.Errorf("home %d: the victim's rows are %s", home, got)
		}
		_ = c.Close()
		_ = other.Close()
		w.noneLent(t)
	}
}

// waits waits until somebody waits for a lock on a server.
func (w *world) waits(t *testing.T, server int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); w.count(t, server, "SELECT COUNT(*) FROM performance_schema.data_lock_waits") == 0; {
		if time.Now().After(end) {
			t.Fatal("nobody waits for a lock")
		}
		<-time.After(5 * time.Millisecond)
	}
}

// Safety rule 8: the detector of deadlocks across groups stops a statement; its
// client is told 1213 and has lost the transaction. A client's own KILL QUERY
// stays what it is.
func TestAStatementThatTheDetectorStops(t *testing.T) {
	w := newWorld(t)
	c, other := w.conn(t, "root", w.two), w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	for _, detected := range []bool{true, false} {
		run(t, other, "BEGIN", set("other", keys[1]))
		run(t, c, "BEGIN", set("mine", keys[0]))
		id := value(t, c, "SELECT CONNECTION_ID()")
		run(t, c, fmt.Sprintf("SELECT v FROM t WHERE k = %d", keys[1]))
		done := make(chan error, 1)
		go func() {
			_, err := c.ExecContext(t.Context(), set("mine", keys[1]))
			done <- err
		}()
		w.waits(t, 1)
		code := uint16(1317)
		if detected {
			code = 1213
			var thread int64
			must(t, w.servers[1].DB(t, "").QueryRow(`SELECT t.processlist_id FROM performance_schema.data_lock_waits w
				JOIN performance_schema.threads t ON t.thread_id = w.requesting_thread_id`).Scan(&thread))
			testkitExec(t, w, 1, fmt.Sprint("KILL QUERY ", thread))
		} else {
			run(t, w.conn(t, "root", w.two), "KILL QUERY "+id)
		}
		var my *driver.MySQLError
		if err := <-done; !errors.As(err, &my) || my.Number != code {
			t.Fatalf("detected is %v: the client is told %v", detected, err)
		}
		run(t, other, "ROLLBACK")
		run(t, c, "COMMIT")
		want := "mine,a"
		if detected {
			want = "a,a"
		}
		if got := w.states(t, keys); got != want {
			t.Errorf("detected is %v: the rows are %s, want %s", detected, got, want)
		}
	}
	w.noneLent(t)
}

// Safety rule 7: savepoints work in branches.
func TestSavepointsOverGroups(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	run(t, c, "BEGIN", set("b", keys[0]), "SAVEPOINT s", set("c", keys[0]), set("c", keys[1]), "ROLLBACK TO s", set("d", keys[1]),
		"SAVEPOINT u", set("e", keys[0]), "RELEASE SAVEPOINT s")
	fails(t, c, 1305, "ROLLBACK TO u")
	run(t, c, "COMMIT")
	if got := w.states(t, keys); got != "e,d" {
		t.Errorf("the rows are %s", got)
	}
	// A statement over several groups fails by itself.
	run(t, c, "BEGIN", set("f", keys[0]))
	fails(t, c, 1062, fmt.Sprintf("INSERT INTO t VALUES (50, 'x'), (51, 'x'), (52, 'x'), (53, 'x'), (%d, 'x')", keys[1]))
	want(t, c, "SELECT COUNT(*) FROM t WHERE v = 'x'", "0")
	run(t, c, "INSERT INTO t VALUES (50, 'x'), (51, 'x'), (52, 'x'), (53, 'x')", "COMMIT AND CHAIN", set("g", keys[0]), set("g", keys[1]), "ROLLBACK")
	want(t, c, "SELECT COUNT(*) FROM t WHERE v = 'x'", "4")
	if got := w.states(t, keys); got != "f,d" {
		t.Errorf("the rows are %s", got)
	}
	w.noneLent(t)
}

func TestManualCommitOverGroups(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	run(t, c, "SET autocommit = 0", set("b", keys[0]), set("b", keys[1]), "UPDATE t SET v = CONCAT(v, '!')", "ROLLBACK")
	if got := w.states(t, keys); got != "a,a" {
		t.Errorf("after a rollback: %s", got)
	}
	run(t, c, "UPDATE t SET v = 'c'", "COMMIT", "UPDATE t SET v = 'd'", "SET autocommit = 1")
	if got := w.states(t, keys); got != "d,d" {
		t.Errorf("switching autocommit on commits: %s", got)
	}
	run(t, c, "SET SESSION transaction_isolation = 'READ-COMMITTED'", "BEGIN", set("e", keys[0]))
	other := w.conn(t, "root", w.two)
	query := fmt.Sprintf("SELECT v FROM t WHERE k = %d", keys[1])
	want(t, c, query, "d")
	run(t, other, set("f", keys[1]))
	want(t, c, query, "f") // a branch has the session's isolation level, too
	run(t, c, "ROLLBACK")
	w.noneLent(t)
}

// DDL commits on all groups; a temporary table is refused in a branch.
func TestImplicitCommitsOverGroups(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	testkitExec(t, w, 0, "CREATE PROCEDURE "+w.one+".p() SELECT 1")
	run(t, c, "BEGIN", set("b", keys[0]), set("b", keys[1]), "USE "+w.one)
	fails(t, c, 1235, "CALL p()")
	run(t, c, "CREATE PROCEDURE q() SELECT 1", "ROLLBACK")
	if got := w.states(t, keys); got != "b,b" {
		t.Errorf("the rows are %s", got)
	}
	// What failed may have committed, too: the rest is no part of the transaction.
	run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('first')")
	fails(t, c, 1304, "CREATE PROCEDURE q() SELECT 1")
	run(t, c, "INSERT INTO t (v) VALUES ('second')", "ROLLBACK")
	want(t, c, "SELECT COUNT(*) FROM t", "2")
	run(t, c, "USE "+w.two, "BEGIN", set("c", keys[1]), set("c", keys[0]), "USE "+w.one)
	run(t, c, "CALL p()") // on a branch MySQL lets nothing commit
	fails(t, c, 1235, "CREATE TEMPORARY TABLE x (a INT)")
	run(t, c, "COMMIT")
	if got := w.states(t, keys); got != "c,c" {
		t.Errorf("the rows are %s", got)
	}
	_ = c.Close()
	w.noneLent(t)
}

// Safety rule 8: two writers of a reference table meet on the lowest group, so
// that they do not wait for each other crosswise.
func TestReferenceTablesAreLockedInOneOrder(t *testing.T) {
	w := newWorld(t)
	c, other := w.conn(t, "root", w.two), w.conn(t, "root", w.two)
	for server := range w.servers {
		testkitExec(t, w, server, "CREATE TABLE "+w.two+".r (id INT PRIMARY KEY, v VARCHAR(300))")
	}
	w.declare(t, topology.Table{Name: "r", Kind: topology.KindReference})
	keys := w.spread(t, c)
	run(t, c, "INSERT INTO r VALUES (1, 'a')", "BEGIN", set("b", keys[1]), "UPDATE r SET v = 'b'", "ROLLBACK")
	run(t, c, "BEGIN", set("b", keys[1]), "UPDATE r SET v = 'b'", set("b", keys[0]))
	done := make(chan error, 1)
	go func() {
		_, err := other.ExecContext(t.Context(), "UPDATE r SET v = CONCAT(v, 'c')")
		done <- err
	}()
	w.waits(t, 0)
	if n := w.count(t, 1, "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"); n != 0 {
		t.Error("the second writer waits on the second group, too")
	}
	run(t, c, "INSERT INTO r VALUES (2, 'd')", "COMMIT")
	must(t, <-done)
	for server := range w.servers {
		var v string
		must(t, w.servers[server].DB(t, w.two).QueryRow("SELECT GROUP_CONCAT(v ORDER BY id) FROM r").Scan(&v))
		if v != "bc,d" && v != "bc,dc" {
			t.Errorf("the copy on server %d is %s", server, v)
		}
	}
	w.noneLent(t)
}

// Safety rule 10: what is refused at COMMIT is gone, and COMMIT is not sent again. The
// client gets the error that tells it to begin again, not the fence's own 1290.
func TestACommitThatIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, server := range []int{0, 1} {
		c := w.conn(t, "root", w.two)
		keys := w.spread(t, c)
		run(t, c, "BEGIN", set("b", keys[0]), set("b", keys[1]))
		testkitExec(t, w, server, "SET GLOBAL super_read_only = ON")
		_, err := c.ExecContext(t.Context(), "COMMIT")
		testkitExec(t, w, server, "SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF")
		var my *driver.MySQLError
		if !errors.As(err, &my) || my.Number != 1213 || !strings.Contains(my.Message, "nothing of it was committed") {
			t.Errorf("COMMIT while server %d takes no writes: %v, want 1213 and that nothing was committed", server, err)
		}
		run(t, c, "COMMIT")
		if got := w.states(t, keys); got != "a,a" {
			t.Errorf("the rows are %s", got)
		}
		if n := w.prepared(t); n != 0 {
			t.Errorf("%d branches are left prepared", n)
		}
		_ = c.Close()
		w.noneLent(t)
	}
}
