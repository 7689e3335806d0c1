package router

import (
	"fmt"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/txn"
)

// half leaves a transaction that has added 1 on both groups in the state
// between its decision and its last branch's commit, and returns what ends it.
func (w *world) half(t *testing.T, keys [2]int) (finish func()) {
	t.Helper()
	id, groups := txn.New("g1", "i1", 1), []string{"g1", "g2"}
	branch, err := w.servers[1].DB(t, w.two).Conn(t.Context())
	must(t, err)
	defer branch.Close()
	add := "UPDATE t SET v = v + 1 WHERE k = "
	run(t, branch, id.Start(), fmt.Sprint(add, keys[1]), id.InsertBranch(groups), id.End(), id.Prepare())
	home, err := w.servers[0].DB(t, w.two).Conn(t.Context())
	must(t, err)
	defer home.Close()
	run(t, home, "BEGIN", fmt.Sprint(add, keys[0]), id.InsertDecision(txn.Commit, groups), "COMMIT")
	return func() { testkitExec(t, w, 1, id.CommitPrepared()) }
}

const sum = "SELECT SUM(v) FROM t"

// A statement at level snapshot sees all of a transaction or nothing.
func TestLevelSnapshot(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	keys := w.spread(t, c)
	run(t, c, "UPDATE t SET v = 0")
	finish := w.half(t, keys)
	want(t, c, sum, "1") // which no moment ever had
	run(t, c, "SET shardway.read = 'snapshot'")
	begun := time.Now()
	fails(t, c, 1205, sum)
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v to give up", took)
	}
	fails(t, c, 1205, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
	want(t, c, fmt.Sprintf("SELECT v FROM t WHERE k = %d", keys[0]), "1") // one group has one moment
	done := make(chan string, 1)
	go func() {
		var v string
		if err := c.QueryRowContext(t.Context(), sum).Scan(&v); err != nil {
			v = err.Error()
		}
		done <- v
	}()
	<-time.After(200 * time.Millisecond)
	finish()
	if got := <-done; got != "2" {
		t.Errorf("the sum is %s, want 2", got)
	}
	// What was forgotten on one group and not yet on another is no half.
	testkitExec(t, w, 1, "DELETE FROM _shardway.branch")
	want(t, c, sum, "2")
	run(t, c, "SET shardway.read = 'session'")
	want(t, c, "SELECT /*+ SHARDWAY(snapshot) */ SUM(v) FROM t", "2")
	run(t, c, "SET SESSION transaction_isolation = 'READ-COMMITTED'", "SET shardway.read = 'snapshot'")
	want(t, c, sum, "2")
	testkitExec(t, w, 0, "DELETE FROM _shardway.decision")
	w.noneLent(t)
}

// WITH CONSISTENT SNAPSHOT means the moment of START TRANSACTION, on all groups.
func TestConsistentSnapshot(t *testing.T) {
	w := newWorld(t)
	other := w.conn(t, "root", w.two)
	keys := w.spread(t, other)
	for _, begin := range []string{"START TRANSACTION WITH CONSISTENT SNAPSHOT", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"} {
		run(t, other, "UPDATE t SET v = 0")
		c := w.conn(t, "root", w.two, func(cfg *driver.Config) { cfg.InterpolateParams = true })
		run(t, c, begin)
		run(t, other, "UPDATE t SET v = 1")
		want(t, c, sum, "0")
		want(t, c, fmt.Sprintf("SELECT v FROM t WHERE k = %d", keys[1]), "0")
		run(t, c, "COMMIT")
		want(t, c, sum, "6")
		_ = c.Close()
	}
	one := w.conn(t, "root", w.one)
	writer := w.conn(t, "root", w.one)
	run(t, one, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
	run(t, writer, "INSERT INTO t (v) VALUES ('a')")
	want(t, one, "SELECT COUNT(*) FROM t", "0")
	run(t, one, "COMMIT")
	w.noneLent(t)
}
