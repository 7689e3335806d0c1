package control_test

import (
	"context"
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
		if err := admin.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM performance_schema.processlist WHERE user = ? AND state LIKE 'Waiting for%lock'", user).Scan(&under); err != nil {
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

// Sessions are listed whatever others are executing: information_schema.processlist
// fails as a whole while somebody's statement has an emoji or bytes that are no text.
func TestSessionsAreListedWhateverRuns(t *testing.T) {
	server := testkit.Server(t, testkit.Options{})
	user := testkit.Name()
	testkit.Exec(t, server.DB(t, ""), "CREATE USER "+user+" IDENTIFIED BY 'x'")
	t.Cleanup(func() { _, _ = server.DB(t, "").Exec("DROP USER " + user) })
	admin, err := server.DB(t, "").Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for _, text := range []string{"'\U0001F600'", "_binary'\xb3\xa0\xda'"} {
		busy := login(t, server, "", user)
		ended := make(chan error, 1)
		go func() {
			_, err := busy.ExecContext(context.WithoutCancel(t.Context()), "DO SLEEP(60) OR "+text+" = ''")
			ended <- err
		}()
		for end := time.Now().Add(10 * time.Second); ; {
			list, err := control.SessionsOf(t.Context(), admin, user)
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if len(list) == 1 && list[0].Writes {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%q: %+v", text, list)
			}
		}
		if err := control.EndSessions(t.Context(), admin, user, control.Patience{}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if err := <-ended; err == nil {
			t.Errorf("%q: its session was not ended", text)
		}
	}
}
