package flow

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
)

// A flow that dies at any moment is gone on with by another one.
func TestResumeAfterDeathAtAnyMoment(t *testing.T) {
	w := newWorld(t)
	w.shop()
	w.fill(2000)
	w.options.ChunkBytes = 8 << 10
	writers := w.write(3, 2000)
	random := rand.New(rand.NewPCG(4, 4))
	copied, bytes := 0, int64(0)
	for range 12 {
		r := w.start()
		n, more := writers.done.Load()+int64(random.IntN(60)), int64(random.IntN(60<<10))
		r.until("some progress", func() bool {
			return r.Progress().Copied && writers.done.Load() > n || r.bytes() > bytes+more
		})
		bytes = r.bytes()
		if r.Progress().Copied {
			copied++
		}
		if err := r.stop(); !errors.Is(err, errTestOver) {
			t.Fatal(err)
		}
	}
	if copied == 0 || copied == 12 {
		t.Errorf("%d of 12 flows died after the copy: the test shows one half only", copied)
	}
	r := w.start()
	r.copied()
	writers.stop()
	r.drain()
	w.equal()
}

// A flow that begins, or goes on, defines nothing on a target that is there already:
// it may serve clients, and a replica that is to make the schema again while a branch
// is prepared there waits for ever.
func TestStateIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	w.shop()
	w.fill(10)
	for n, want := range []bool{true, false} {
		if n == 0 {
			testkit.Exec(t, w.db["g2"], "DROP DATABASE IF EXISTS _shardway")
		}
		before := w.definitions("g2")
		r := w.start()
		r.copied()
		if err := r.stop(); !errors.Is(err, errTestOver) {
			t.Fatal(err)
		}
		if made := w.definitions("g2") > before; made != want {
			t.Errorf("flow %d makes its state: %v", n+1, made)
		}
	}
}

// definitions counts the statements in a target's binary log that make something in
// Shardway's schema.
func (w *world) definitions(group string) (n int) {
	w.t.Helper()
	var file string
	var rest [4]sql.RawBytes
	rows, err := w.db[group].QueryContext(w.t.Context(), "SHOW BINARY LOG STATUS")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() || rows.Scan(&file, &rest[0], &rest[1], &rest[2], &rest[3]) != nil {
		w.t.Fatal("no binary log")
	}
	_ = rows.Close()
	err = queryRows(w.t.Context(), w.db[group], func(rows *sql.Rows) error {
		var log, kind, info string
		var from, server, to int64
		err := rows.Scan(&log, &from, &kind, &server, &to, &info)
		if strings.HasPrefix(info, "CREATE") && strings.Contains(info, "_shardway") {
			n++
		}
		return err
	}, "SHOW BINLOG EVENTS IN '"+file+"'")
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// bytes is how much is copied.
func (r *running) bytes() int64 {
	total := int64(0)
	for _, t := range r.Progress().Tables {
		total += t.Bytes
	}
	return total
}

// Of two flows of one job the older one ends, and nothing it writes counts.
func TestAnotherFlowTakesOver(t *testing.T) {
	w := newWorld(t)
	w.shop()
	w.fill(2000)
	writers := w.write(2, 2000)
	first := w.start()
	first.copied()
	second := w.start()
	var stopped *StopError
	if err := <-first.ended; !errors.As(err, &stopped) {
		t.Errorf("the older flow: %v", err)
	}
	first.ended <- nil
	writers.stop()
	second.drain()
	w.equal()
}

// replicate makes server a replica of another.
func replicate(t *testing.T, replica, primary *testkit.MySQL) {
	t.Helper()
	testkit.Exec(t, replica.DB(t, ""), fmt.Sprintf("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_PORT = %d, SOURCE_USER = '%s', SOURCE_PASSWORD = '%s', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1",
		primary.Host, primary.Port, primary.User, primary.Password), "START REPLICA")
}

// promote ends a replica's replication when it has applied what it received.
func promote(t *testing.T, replica *testkit.MySQL) {
	t.Helper()
	db := replica.DB(t, "")
	testkit.Exec(t, db, "STOP REPLICA IO_THREAD")
	var received string
	if err := db.QueryRowContext(t.Context(), "SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status").Scan(&received); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 60)", received); err != nil {
		t.Fatal(err)
	}
	testkit.Exec(t, db, "STOP REPLICA", "RESET REPLICA ALL")
	rollBackPrepared(t, db)
}

// rollBackPrepared decides branches of which the dead primary alone knew the
// outcome, as resolvers do: a flow waits for that.
func rollBackPrepared(t *testing.T, db *sql.DB) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "XA RECOVER")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var branches []string
	for rows.Next() {
		var format, global, branch int
		var xid string
		if err := rows.Scan(&format, &global, &branch, &xid); err != nil {
			t.Fatal(err)
		}
		branches = append(branches, xid)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, xid := range branches {
		testkit.Exec(t, db, fmt.Sprintf("XA ROLLBACK '%s'", xid))
	}
}

// Servers die while a flow runs: the source's primary and a target's, each
// before the copy is done and after. What a target's replica lacks of its dead
// primary is done again, since positions replicate with the rows.
func TestPrimariesFailOver(t *testing.T) {
	servers := map[string]*testkit.MySQL{}
	for _, name := range []string{"g1", "g1r", "g2", "g2r", "g2s"} {
		servers[name] = testkit.OwnServer(t, testkit.Options{})
		testkit.Exec(t, servers[name].DB(t, ""), "RESET BINARY LOGS AND GTIDS")
	}
	w := newWorld(t, servers["g1"], servers["g2"])
	replicate(t, servers["g1r"], servers["g1"])
	replicate(t, servers["g2r"], servers["g2"])
	replicate(t, servers["g2s"], servers["g2r"])
	w.reader["g1"] = servers["g1r"]
	w.shop()
	w.fill(2000)
	w.options.ChunkBytes = 8 << 10
	w.options.CopyBytesPerSecond = 300 << 10
	writers := w.write(2, 2000)
	r := w.start()
	r.until("a part of the copy", func() bool { return r.bytes() > 50<<10 })

	w.killed("g2", servers["g2r"])
	bytes := r.bytes()
	r.until("more of the copy", func() bool { return r.bytes() > bytes+20<<10 })
	writers.stop()
	w.killed("g1", servers["g1r"])
	writers = w.write(2, 2000)
	r.copied()
	n := writers.done.Load()
	r.until("changes", func() bool { return writers.done.Load() > n+100 })
	w.killed("g2", servers["g2s"])
	r.until("more changes", func() bool { return writers.done.Load() > n+300 })
	writers.stop()
	r.drain()
	w.equal()
}

// killed kills a group's primary; another server takes its place.
func (w *world) killed(group string, next *testkit.MySQL) {
	w.t.Helper()
	w.mu.Lock()
	w.primary[group].Process.Kill()
	w.mu.Unlock()
	promote(w.t, next)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.primary[group], w.reader[group] = next, next
	w.db[group] = next.DB(w.t, w.schema)
}

// A server that lags behind what one of the targets has is waited for before a
// chunk is read: what it would show is older than what that target has applied,
// and will not apply again.
func TestRule36AReaderThatLags(t *testing.T) {
	primary, replica := testkit.OwnServer(t, testkit.Options{}), testkit.OwnServer(t, testkit.Options{})
	for _, s := range []*testkit.MySQL{primary, replica} {
		testkit.Exec(t, s.DB(t, ""), "RESET BINARY LOGS AND GTIDS")
	}
	w := newWorld(t, primary)
	replicate(t, replica, primary)
	w.shop()
	w.fill(2000)
	w.options.ChunkBytes = 4 << 10
	w.options.CopyBytesPerSecond = 200 << 10
	r := w.start()
	r.until("a part of the copy", func() bool { return r.bytes() > 20<<10 })
	executed := executedOn(t, w.db["g1"])
	if _, err := replica.DB(t, "").ExecContext(t.Context(), "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 60)", executed.String()); err != nil {
		t.Fatal(err)
	}
	r.drain()
	testkit.Exec(t, replica.DB(t, ""), "STOP REPLICA SQL_THREAD")
	lock, err := w.db["g3"].Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLES _shardway.reshard_position WRITE"); err != nil {
		t.Fatal(err)
	}
	testkit.Exec(t, w.db["g1"], "UPDATE words SET body = NULL")
	r.until("the change on one target", func() bool {
		return len(content(t, w.db["g2"], w.schema, "words", "body IS NULL")) > 500
	})
	if r.Progress().Copied {
		t.Fatal("the copy is done already")
	}
	if err := r.stop(); !errors.Is(err, errTestOver) {
		t.Fatal(err)
	}
	_ = lock.Raw(func(any) error { return driver.ErrBadConn })
	_ = lock.Close()
	w.mu.Lock()
	w.reader["g1"] = replica
	w.mu.Unlock()
	w.options.CopyBytesPerSecond = 0
	r = w.start()
	r.until("a chunk that waits", func() bool { return r.waitsOn(replica) })
	testkit.Exec(t, replica.DB(t, ""), "START REPLICA SQL_THREAD")
	r.copied()
	r.drain()
	w.equal()
}

// A replica that is read and has not executed yet what the targets have, as after a
// change over, is waited for: what it lacks is no difference.
func TestVerifyWaitsForAReaderThatLags(t *testing.T) {
	primary, replica := testkit.OwnServer(t, testkit.Options{}), testkit.OwnServer(t, testkit.Options{})
	for _, s := range []*testkit.MySQL{primary, replica} {
		testkit.Exec(t, s.DB(t, ""), "RESET BINARY LOGS AND GTIDS")
	}
	w := newWorld(t, primary)
	replicate(t, replica, primary)
	w.shop()
	w.fill(200)
	r := w.start()
	r.copied()
	start := r.drain()
	if err := r.stop(); !errors.Is(err, errTestOver) {
		t.Fatal(err)
	}
	if _, err := replica.DB(t, "").ExecContext(t.Context(), "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 60)", start.String()); err != nil {
		t.Fatal(err)
	}
	testkit.Exec(t, replica.DB(t, ""), "STOP REPLICA SQL_THREAD")
	for _, db := range w.db { // what the side that serves now has been given
		testkit.Exec(t, db, "UPDATE words SET body = NULL")
	}
	w.mu.Lock()
	w.reader["g1"] = replica
	w.mu.Unlock()
	w.spec.Job, w.spec.Start = testkit.Name(), executedOn(t, w.db["g1"]).String()
	r = w.start()
	compared := make(chan Report, 1)
	go func() {
		report, err := r.Verify(t.Context())
		if err != nil {
			t.Error(err)
		}
		compared <- report
	}()
	r.until("it waits", func() bool { return r.waitsOn(replica) || len(compared) > 0 })
	testkit.Exec(t, replica.DB(t, ""), "START REPLICA SQL_THREAD")
	if report := <-compared; !report.Equal() || len(report.Tables) != 4 {
		t.Errorf("%+v", report)
	}
}

// waitsOn reports whether a server is asked to execute a position.
func (r *running) waitsOn(s *testkit.MySQL) bool {
	r.w.t.Helper()
	var n int
	const query = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT WAIT_FOR_EXECUTED%'"
	if err := s.DB(r.w.t, "").QueryRowContext(r.w.t.Context(), query).Scan(&n); err != nil {
		r.w.t.Fatal(err)
	}
	return n > 0
}

// A new primary that lacks what the targets have applied, or has no logs of what
// they lack, ends the flow, after a while: it may only be late.
func TestASourceThatLostItsHistory(t *testing.T) {
	for name, c := range map[string]struct {
		lose func(w *world, replica *testkit.MySQL)
		want string
	}{
		"lost tail": {func(w *world, replica *testkit.MySQL) {
			testkit.Exec(w.t, replica.DB(w.t, ""), "STOP REPLICA")
			testkit.Exec(w.t, w.db["g1"], "INSERT INTO t VALUES (7, 7, 'lost')")
		}, "which the targets have applied"},
		"purged": {func(w *world, replica *testkit.MySQL) {}, "no binary logs"},
	} {
		t.Run(name, func(t *testing.T) {
			primary, replica := testkit.OwnServer(t, testkit.Options{}), testkit.OwnServer(t, testkit.Options{})
			for _, s := range []*testkit.MySQL{primary, replica} {
				testkit.Exec(t, s.DB(t, ""), "RESET BINARY LOGS AND GTIDS")
			}
			w := newWorld(t, primary)
			replicate(t, replica, primary)
			w.plain()
			testkit.Exec(t, w.db["g1"], "INSERT INTO t VALUES (1, 1, 'a')")
			w.options.Patience = time.Second
			r := w.start()
			r.copied()
			c.lose(w, replica)
			r.drain()
			if name == "purged" {
				if err := r.stop(); !errors.Is(err, errTestOver) {
					t.Fatal(err)
				}
				testkit.Exec(t, w.db["g1"], "INSERT INTO t VALUES (8, 8, 'missed')", "FLUSH BINARY LOGS")
				purged(t, w.db["g1"])
				r = w.start()
			} else {
				w.killed("g1", replica)
			}
			var stopped *StopError
			err := <-r.ended
			if !errors.As(err, &stopped) || !strings.Contains(stopped.Reason, c.want) || stopped.Hint == "" {
				t.Error(err)
			}
			r.ended <- err
		})
	}
}

// purged purges all binary logs but the last. One that somebody reads stays for now, and
// MySQL only warns.
func purged(t *testing.T, db *sql.DB) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; <-time.After(20 * time.Millisecond) {
		testkit.Exec(t, db, "PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY")
		rows, err := db.QueryContext(t.Context(), "SHOW BINARY LOGS")
		if err != nil {
			t.Fatal(err)
		}
		logs := 0
		for rows.Next() {
			logs++
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if logs == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d binary logs are left", logs)
		}
	}
}
