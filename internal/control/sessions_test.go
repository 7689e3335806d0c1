package control_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// login opens a session of an account's.
func login(t *testing.T, server *testkit.MySQL, schema, user string) *sql.Conn {
	t.Helper()
	conn, err := server.As(user, "x").DB(t, schema).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Sessions are ended: those that wait for the next statement at once, so that
// their locks are free, and those that write once they have written.
func TestAWriteComesToItsEnd(t *testing.T) {
	server := testkit.Server(t, testkit.Options{})
	schema, user := server.Schema(t), testkit.Name()
	db := server.DB(t, schema)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY, b INT)", "INSERT INTO t VALUES (1, 0)", "CREATE USER "+user+" IDENTIFIED BY 'x'", "GRANT ALL ON *.* TO "+user)
	t.Cleanup(func() { _, _ = server.DB(t, "").Exec("DROP USER " + user) })
	session := func() *sql.Conn { return login(t, server, schema, user) }
	idle, writer := session(), session()
	for _, statement := range []string{"BEGIN", "UPDATE t SET b = 7"} {
		if _, err := idle.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	written := make(chan error, 1)
	go func() { // it waits for the lock of the one that is idle
		_, err := writer.ExecContext(t.Context(), "UPDATE t SET b = b + 1 + SLEEP(0.2)")
		written <- err
	}()
	admin, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for writes := 0; writes == 0; {
		if err := admin.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM performance_schema.data_lock_waits").Scan(&writes); err != nil {
			t.Fatal(err)
		}
	}
	if err := control.EndSessions(t.Context(), admin, user, control.Patience{Write: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil {
		t.Errorf("a write was cut off: %v", err)
	}
	for _, conn := range []*sql.Conn{idle, writer} {
		if err := conn.PingContext(t.Context()); err == nil {
			t.Error("a session goes on")
		}
	}
	var b int
	if err := db.QueryRow("SELECT b FROM t").Scan(&b); err != nil || b != 1 {
		t.Errorf("the row has %d: %v", b, err)
	}
}

// A COMMIT that is under way comes to its end, whatever becomes of other writes.
func TestACommitComesToItsEnd(t *testing.T) {
	server := testkit.Server(t, testkit.Options{})
	schema, user := server.Schema(t), testkit.Name()
	db := server.DB(t, schema)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY)", "CREATE USER "+user+" IDENTIFIED BY 'x'", "GRANT ALL ON *.* TO "+user)
	t.Cleanup(func() { _, _ = server.DB(t, "").Exec("DROP USER " + user) })
	admin, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	run := func(conn *sql.Conn, statement string) error {
		_, err := conn.ExecContext(t.Context(), statement)
		return err
	}
	committer, writer := login(t, server, schema, user), login(t, server, schema, user)
	for _, statement := range []string{"BEGIN", "INSERT INTO t VALUES (1)"} {
		if err := run(committer, statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(admin, "FLUSH TABLES WITH READ LOCK"); err != nil {
		t.Fatal(err)
	}
	committed, written := make(chan error, 1), make(chan error, 1)
	go func() { committed <- run(committer, "COMMIT") }()
	go func() { written <- run(writer, "INSERT INTO t VALUES (2)") }()
	for under := 0; under < 2; {
		if err := admin.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.processlist WHERE user = ? AND state LIKE 'Waiting for%lock'", user).Scan(&under); err != nil {
			t.Fatal(err)
		}
	}
	other, err := server.DB(t, schema).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	ended := make(chan error, 1)
	go func() { ended <- control.EndSessions(t.Context(), other, user, control.Patience{Commit: time.Minute}) }()
	if err := <-written; err == nil {
		t.Error("a write that waits was not cut off")
	}
	if err := run(admin, "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	if err := <-committed; err != nil {
		t.Errorf("a commit was cut off: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
