package router

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// awaitRunning waits until the other client's statement is being executed.
func awaitRunning(t *testing.T, c *sql.Conn, text string) (id string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-time.After(5 * time.Millisecond) {
		rows, err := c.QueryContext(t.Context(), "SHOW PROCESSLIST")
		must(t, err)
		for rows.Next() {
			var user, host, db, command, seconds, state, info sql.NullString
			must(t, rows.Scan(&id, &user, &host, &db, &command, &seconds, &state, &info))
			if strings.Contains(info.String, text) {
				must(t, rows.Close())
				return id
			}
		}
		must(t, rows.Err())
	}
	t.Fatalf("%s never ran", text)
	return ""
}

func start(c *sql.Conn, statement string) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := c.ExecContext(context.Background(), statement)
		done <- err
	}()
	return done
}

func wantCode(t *testing.T, err error, code uint16) {
	t.Helper()
	var my *driver.MySQLError
	if !errors.As(err, &my) || my.Number != code {
		t.Errorf("got %v, want error %d", err, code)
	}
}

// onServer counts statements with a text on a server.
func (w *world) awaitOnServer(t *testing.T, server int, text string, n int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; <-time.After(5 * time.Millisecond) {
		if w.count(t, server, "SELECT COUNT(*) FROM performance_schema.processlist WHERE info LIKE '%"+text+"%' AND info NOT LIKE '%processlist%'") == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: never %d on the server", text, n)
		}
	}
}

func TestKill(t *testing.T) {
	w := newWorld(t)
	admin, c := w.conn(t, "root", w.one), w.conn(t, "root", w.two)
	run(t, c, "INSERT INTO t VALUES (1,'a'), (2,'b'), (3,'c'), (4,'d')")
	for _, sql := range []string{"UPDATE t SET v = SLEEP(100) WHERE k = 1", "SELECT COUNT(*) FROM t WHERE SLEEP(100) = 0", "UPDATE t SET v = SLEEP(100)"} {
		done := start(c, sql)
		id := awaitRunning(t, admin, "SLEEP(100)")
		w.awaitOnServer(t, 0, "SLEEP(100)", 1)
		run(t, admin, "KILL QUERY "+id)
		if err := <-done; err != nil && !strings.Contains(sql, "SELECT") { // an interrupted SLEEP gives 1
			wantCode(t, err, 1317)
		}
		want(t, c, "SELECT v FROM t WHERE k = 1", "a")
	}
	reader := w.conn(t, "reader", w.one)
	fails(t, reader, 1095, "KILL "+value(t, c, "SELECT CONNECTION_ID()"))
	run(t, admin, "KILL "+value(t, c, "SELECT CONNECTION_ID()"))
	if _, err := c.ExecContext(t.Context(), "SELECT 1"); err == nil {
		t.Error("a killed connection lives")
	}
	fails(t, reader, 1317, "KILL "+value(t, reader, "SELECT CONNECTION_ID()"))
	w.noneLent(t)
}

func TestAClientThatGoesStopsItsStatement(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.one)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := c.ExecContext(ctx, "SELECT SLEEP(200) FROM DUAL")
		done <- err
	}()
	w.awaitOnServer(t, 0, "SLEEP(200)", 1)
	cancel()
	<-done
	w.awaitOnServer(t, 0, "SLEEP(200)", 0)
	w.noneLent(t)
}

func TestDrain(t *testing.T) {
	w := newWorld(t)
	idle, inside := w.conn(t, "root", w.one), w.conn(t, "root", w.one)
	run(t, idle, "SELECT 1")
	run(t, inside, "BEGIN", "INSERT INTO t (v) VALUES ('a')")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		w.stop()
	}()
	for end := time.Now().Add(20 * time.Second); w.Sessions() > 1; <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("an idle client is still there")
		}
	}
	run(t, inside, "INSERT INTO t (v) VALUES ('b')", "COMMIT")
	<-stopped
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestDrainDoesNotWaitForEver(t *testing.T) {
	w := newWorld(t)
	w.opts.DrainGrace = 50 * time.Millisecond
	c, inside := w.conn(t, "root", w.one), w.conn(t, "root", w.one)
	run(t, inside, "BEGIN", "INSERT INTO t (v) VALUES ('a')")
	done := start(c, "SELECT SLEEP(300) FROM DUAL")
	w.awaitOnServer(t, 0, "SLEEP(300)", 1)
	w.stop()
	if err := <-done; err == nil {
		t.Error("the statement went on")
	}
	w.awaitOnServer(t, 0, "SLEEP(300)", 0)
	if w.lent() > 0 {
		t.Error("connections are still lent")
	}
}
