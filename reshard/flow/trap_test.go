package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// plain is a table of whole numbers on both targets.
func (w *world) plain() {
	w.table(topology.KindSharded, "t", "(id INT PRIMARY KEY, u INT UNIQUE, v VARCHAR(3000))", shardkey.Column{Name: "id", Type: "int"})
}

// session opens one connection to the source.
func (w *world) session() *sql.Conn {
	w.t.Helper()
	conn, err := w.db["g1"].Conn(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (w *world) exec(conn *sql.Conn, statements ...string) {
	w.t.Helper()
	for _, statement := range statements {
		if _, err := conn.ExecContext(w.t.Context(), statement); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Safety rule 37: a branch that was prepared before the flow began carries no
// rows when it commits; no chunk is read before that.
func TestRule37BranchesOlderThanTheFlow(t *testing.T) {
	for _, decision := range []string{"COMMIT", "ROLLBACK"} {
		t.Run(decision, func(t *testing.T) {
			w := newWorld(t)
			w.plain()
			testkit.Exec(t, w.db["g1"], "INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b')")
			xid := "'" + testkit.Name() + "'"
			w.exec(w.session(), "XA START "+xid, "UPDATE t SET v = 'branch' WHERE id = 1", "INSERT INTO t VALUES (3, 3, 'branch')", "XA END "+xid, "XA PREPARE "+xid)
			r := w.start()
			r.until("waiting", func() bool { return r.Progress().Waiting != "" })
			if r.bytes() > 0 || r.Progress().Copied {
				t.Error("a chunk was read before the branch was decided")
			}
			testkit.Exec(t, w.db["g1"], "XA "+decision+" "+xid)
			r.copied()
			r.drain()
			w.equal()
		})
	}
}

// A branch from before a given start is an error when it commits: its rows are
// not known.
func TestRule37AStartWithAnOpenBranch(t *testing.T) {
	w := newWorld(t)
	w.plain()
	xid := "'" + testkit.Name() + "'"
	w.exec(w.session(), "XA START "+xid, "INSERT INTO t VALUES (3, 3, 'branch')", "XA END "+xid, "XA PREPARE "+xid)
	w.spec.Start = executedOn(t, w.db["g1"]).String()
	r := w.start()
	testkit.Exec(t, w.db["g1"], "XA COMMIT "+xid)
	var stopped *StopError
	if err := <-r.ended; !errors.As(err, &stopped) || stopped.Hint == "" {
		t.Error(err)
	}
	r.ended <- nil
}

// The stream gets a change before it is visible to queries: with semi-sync
// and nobody to acknowledge, for as long as one likes. A chunk waits for it.
func TestRule36ChangesThatAreNotVisibleYet(t *testing.T) {
	source := testkit.OwnServer(t, testkit.Options{})
	w := newWorld(t, source)
	w.plain()
	testkit.Exec(t, w.db["g1"], "INSERT INTO t VALUES (1, 1, 'old'), (2, 2, 'old')")
	testkit.Exec(t, w.db["g1"], "SET GLOBAL rpl_semi_sync_source_timeout = 3000", "SET GLOBAL rpl_semi_sync_source_enabled = ON")
	w.options.SourceRunningMax = -1
	done := make(chan error, 1)
	go func() {
		_, err := w.db["g1"].Exec("UPDATE t SET v = 'new'")
		done <- err
	}()
	r := w.start()
	r.copied()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r.drain()
	w.equal()
}

// A row that goes while its chunk is on its way does not come back.
func TestNoPhantomRows(t *testing.T) {
	w := newWorld(t)
	w.plain()
	testkit.Exec(t, w.db["g1"], "INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, 4, 'd')")
	// The targets cannot write, so that the chunk is read and not yet written.
	unlock := w.locked("t")
	r := w.start()
	r.until("a writer that waits", w.loads)
	testkit.Exec(t, w.db["g1"], "DELETE FROM t WHERE id < 3", "UPDATE t SET u = NULL WHERE id = 4", "UPDATE t SET u = 4 WHERE id = 3")
	unlock()
	r.copied()
	r.drain()
	w.equal()
}

// loads reports whether rows are being loaded on a target.
func (w *world) loads() bool {
	var n int
	err := w.db["g2"].QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'LOAD DATA % REPLACE INTO TABLE `"+w.schema+"`%'").Scan(&n)
	return err == nil && n > 0
}

// locked keeps everybody from writing to a table of the targets, until unlock.
func (w *world) locked(table string) (unlock func()) {
	w.t.Helper()
	var locks []*sql.Conn
	unlock = sync.OnceFunc(func() {
		for _, lock := range locks {
			_, _ = lock.ExecContext(context.Background(), "UNLOCK TABLES")
			_ = lock.Close()
		}
	})
	w.t.Cleanup(unlock)
	for _, group := range []string{"g2", "g3"} {
		lock, err := w.db[group].Conn(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		locks = append(locks, lock)
		w.exec(lock, "LOCK TABLES "+table+" WRITE")
	}
	return unlock
}

// What may change a table that is moved ends the flow; what surely does not
// passes.
func TestStatementsInTheLog(t *testing.T) {
	for statement, stops := range map[string]bool{
		"ALTER TABLE t ADD COLUMN x INT": true, "TRUNCATE TABLE `t`": true, "CREATE INDEX i ON t (v(10))": true, "RENAME TABLE other TO old, t TO other": true, "DROP TABLE t": true,
		"SET SESSION binlog_format = STATEMENT; INSERT INTO t VALUES (9, 9, '9')": true,
		"CREATE TABLE t_old (id INT PRIMARY KEY)":                                 false, "DROP TABLE other": false, "ANALYZE TABLE t": false, "OPTIMIZE TABLE other": false,
		"ALTER SCHEMA {} READ ONLY = 1; ALTER SCHEMA {} READ ONLY = 0": false, "CREATE DATABASE {}_x; CREATE TABLE {}_x.more (id INT PRIMARY KEY); DROP DATABASE {}_x": false,
		"CREATE USER {} IDENTIFIED BY 'x'; GRANT SELECT ON t TO {}; DROP USER {}": false,
	} {
		t.Run(statement, func(t *testing.T) {
			w := newWorld(t)
			w.plain()
			testkit.Exec(t, w.db["g1"], "CREATE TABLE other (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1, 1, 'a')")
			r := w.start()
			r.copied()
			conn := w.session()
			for part := range strings.SplitSeq(strings.ReplaceAll(statement, "{}", w.schema), "; ") {
				w.exec(conn, part)
			}
			set := executedOn(t, w.db["g1"])
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := r.Drain(ctx, set.String())
			var stopped *StopError
			if errors.As(err, &stopped) != stops || stops && (stopped.Hint == "" || !strings.Contains(stopped.Reason, ":")) || !stops && err != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

// Rows that are not whole in the log end the flow.
func TestPartialImagesStop(t *testing.T) {
	w := newWorld(t)
	w.plain()
	testkit.Exec(t, w.db["g1"], "INSERT INTO t VALUES (1, 1, 'a')")
	r := w.start()
	r.copied()
	w.exec(w.session(), "SET SESSION binlog_row_image = MINIMAL", "UPDATE t SET v = 'b'", "SET SESSION binlog_row_image = FULL")
	var stopped *StopError
	if err := <-r.ended; !errors.As(err, &stopped) || !strings.Contains(stopped.Reason, "binlog_row_image") || stopped.Hint == "" {
		t.Error(err)
	}
	r.ended <- nil
}

// A transaction that is larger than everything else is executed in pieces.
func TestHugeTransaction(t *testing.T) {
	w := newWorld(t)
	w.plain()
	w.options.QueueBytes = 1 << 20
	r := w.start()
	r.copied()
	w.exec(w.session(), "SET SESSION cte_max_recursion_depth = 100000", "BEGIN",
		"INSERT INTO t WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < 12000) SELECT i, i, REPEAT('x', 1500) FROM n",
		"UPDATE t SET u = -u WHERE id % 3 = 0", "DELETE FROM t WHERE id % 5 = 0", "COMMIT")
	r.drain()
	w.equal()
}

// A hidden table on the source's own group takes rows of a table under another
// name, as when a single table is spread.
func TestIntoAnotherName(t *testing.T) {
	w := newWorld(t)
	w.shop()
	w.fill(200)
	for _, db := range w.db {
		testkit.Exec(t, db, "CREATE TABLE orders_hidden LIKE orders")
	}
	w.spec.Tables = w.spec.Tables[:1]
	w.spec.Tables[0].Into = "orders_hidden"
	w.spec.Targets[0].Group = "g1"
	w.spec.Targets[1].Group = "g2"
	writers := w.write(2, 200)
	r := w.start()
	r.copied()
	n := writers.done.Load()
	r.until("changes", func() bool { return writers.done.Load() > n+200 })
	writers.stop()
	r.drain()
	w.equal()
	if report := r.verify(); !report.Equal() {
		t.Errorf("%+v", report)
	}
	if err := r.stop(); !errors.Is(err, errTestOver) {
		t.Error(err)
	}
	if err := Forget(t.Context(), w.spec, w, true); err != nil {
		t.Error(err)
	}
	if err := Forget(t.Context(), w.spec, w, true); err != nil {
		t.Error(err)
	}
	testkit.Exec(t, w.db["g1"], "SELECT 1 FROM orders LIMIT 1", "CREATE TABLE orders_hidden LIKE orders")
	w.spec.Tables[0].Into = ""
	if err := Forget(t.Context(), w.spec, w, true); err == nil {
		t.Error("the source's own table would have been dropped")
	}
}

// What cannot be moved is refused by name, before anything starts.
func TestCheck(t *testing.T) {
	w := newWorld(t)
	w.shop()
	if err := Check(t.Context(), w.spec, w); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ definition, want string }{
		{"(id INT NOT NULL, x INT NULL UNIQUE)", "primary key"},
		{"(id INT NOT NULL, b BLOB NOT NULL, UNIQUE KEY (b(10)))", "primary key"},
		{"(id INT NOT NULL PRIMARY KEY) ENGINE = MyISAM", "MyISAM"},
		{"(id INT NOT NULL PRIMARY KEY, land CHAR(2), FOREIGN KEY (land) REFERENCES lands (code) ON DELETE CASCADE)", "foreign key"},
		{"(id INT NOT NULL PRIMARY KEY, land CHAR(2), FOREIGN KEY (land) REFERENCES lands (code) ON UPDATE SET NULL)", "foreign key"},
	} {
		testkit.Exec(t, w.db["g1"], "CREATE TABLE bad "+c.definition)
		spec := w.spec
		spec.Tables = []Table{{Name: "bad", Kind: topology.KindSharded, Key: shardkey.Key{{Name: "id", Type: "int"}}}}
		err := Check(t.Context(), spec, w)
		if refused, ok := topology.AsRefused(err); !ok || !strings.Contains(refused.Message, "bad") || !strings.Contains(refused.Message, c.want) || refused.Hint == "" {
			t.Errorf("%s: %v", c.definition, err)
		}
		testkit.Exec(t, w.db["g1"], "DROP TABLE bad")
	}
	testkit.Exec(t, w.db["g1"], "CREATE TRIGGER tr BEFORE INSERT ON counter FOR EACH ROW SET NEW.n = 1", "SET GLOBAL binlog_row_value_options = PARTIAL_JSON")
	defer testkit.Exec(t, w.db["g1"], "SET GLOBAL binlog_row_value_options = ''")
	err := Check(t.Context(), w.spec, w)
	if err == nil || !strings.Contains(err.Error(), "trigger tr") || !strings.Contains(err.Error(), "binlog_row_value_options") {
		t.Error(err)
	}
}

// Copying pauses while a target's replica lags or cannot be asked, and goes on.
func TestThrottle(t *testing.T) {
	w := newWorld(t)
	w.plain()
	testkit.Exec(t, w.db["g1"], "INSERT INTO t VALUES (1, 1, 'a')")
	replica := testkit.OwnServer(t, testkit.Options{})
	testkit.Exec(t, replica.DB(t, ""), "RESET BINARY LOGS AND GTIDS")
	w.replica["g2"] = []*testkit.MySQL{replica}
	w.options.ReplicaLagMax = 300 * time.Millisecond
	replica.Process.Pause()
	r := w.start()
	r.until("a reason", func() bool { return strings.Contains(r.Progress().Throttle, fmt.Sprint(replica.Port)) })
	if r.Progress().Copied {
		t.Error("copied although the replica could not be asked")
	}
	w.mu.Lock()
	w.replica["g2"] = nil
	w.mu.Unlock()
	r.copied()
	w.equal()
}
