package router

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
)

func testkitExec(t *testing.T, w *world, server int, statements ...string) {
	t.Helper()
	testkit.Exec(t, w.servers[server].DB(t, ""), statements...)
}

// insertMany fills keyspace two's table with n rows of some length.
func insertMany(t *testing.T, _ *world, c *sql.Conn, n int) {
	t.Helper()
	for from := 1; from <= n; from += 500 {
		rows := make([]string, 0, 500)
		for k := from; k < from+500 && k <= n; k++ {
			rows = append(rows, fmt.Sprintf("(%d, REPEAT('x', 300))", k))
		}
		run(t, c, "INSERT INTO t VALUES "+strings.Join(rows, ", "))
	}
}

// cuts runs a statement on which the wire is cut and returns what the client is told.
func (w *world) cuts(t *testing.T, c *sql.Conn, server int, f fault, statement string) error {
	t.Helper()
	w.wires[server].arm(f)
	_, err := c.ExecContext(t.Context(), statement)
	if !w.wires[server].fired() {
		t.Fatalf("%s: the fault did not happen", statement)
	}
	return err
}

func wantLost(t *testing.T, err error, unknown bool) {
	t.Helper()
	var my *driver.MySQLError
	if !errors.As(err, &my) || my.Number != 2013 {
		t.Fatalf("got %v, want 2013", err)
	}
	if says := strings.Contains(my.Message, "outcome unknown"); says != unknown {
		t.Errorf("%s: outcome unknown is %v, want %v", my.Message, says, unknown)
	}
}

// Safety rule 33: a write that was sent is never sent again, and its outcome is unknown.
func TestAWriteThatLosesItsServer(t *testing.T) {
	for _, keyspace := range []string{"one", "two"} {
		w := newWorld(t)
		name, insert := w.one, "INSERT INTO t (v) VALUES ('marked')"
		if keyspace == "two" {
			name, insert = w.two, "INSERT INTO t VALUES (1, 'marked')"
		}
		for _, answer := range []int{beforeSend, 0, 3} {
			for server := range w.wires {
				w.wires[server].arm(fault{marker: "marked", answer: answer})
			}
			c := w.conn(t, "root", name)
			_, err := c.ExecContext(t.Context(), insert)
			wantLost(t, err, true)
			w.noneLent(t)
			for i, wire := range w.wires {
				wire.arm(fault{marker: "nothing", answer: 0})
				if keyspace == "two" {
					testkitExec(t, w, i, "DELETE FROM "+name+".t")
				}
			}
		}
	}
}

// Safety rules 10 and 33: the outcome of a COMMIT without an answer is unknown.
func TestACommitThatLosesItsServer(t *testing.T) {
	w := newWorld(t)
	for _, answer := range []int{beforeSend, 0, 5} {
		c := w.conn(t, "root", w.one)
		run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('a')")
		wantLost(t, w.cuts(t, c, 0, fault{marker: "COMMIT", answer: answer}, "COMMIT"), true)
		w.noneLent(t)
	}
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 2 {
		t.Errorf("%d rows, want the 2 whose COMMIT arrived", n)
	}
}

func TestATransactionThatLosesAServer(t *testing.T) {
	w := newWorld(t)
	for _, lost := range []string{"SELECT 'marked' FROM t WHERE id = 1", "UPDATE t SET v = 'marked'"} {
		c := w.conn(t, "root", w.one)
		run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('a')")
		wantLost(t, w.cuts(t, c, 0, fault{marker: "marked", answer: 0}, lost), false)
		if _, err := c.ExecContext(t.Context(), "COMMIT"); err == nil {
			t.Error("COMMIT of a lost transaction succeeded")
		}
		w.noneLent(t)
	}
	if n := w.count(t, 0, "SELECT COUNT(*) FROM "+w.one+".t"); n != 0 {
		t.Errorf("%d rows of lost transactions", n)
	}
}

// One group of a transaction that reads several is lost during a scatter: the
// client must not be let to COMMIT the rest.
func TestAScatterInATransactionLosesAServer(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	run(t, c, "INSERT INTO t VALUES (1,'a'), (2,'b'), (3,'c'), (4,'d')", "BEGIN", "UPDATE t SET v = 'x' WHERE k = 1")
	err := w.cuts(t, c, 1, fault{marker: "COUNT", answer: beforeSend}, "SELECT COUNT(*) FROM t")
	wantLost(t, err, false)
	if _, err := c.ExecContext(t.Context(), "COMMIT"); err == nil {
		t.Error("COMMIT of a lost transaction succeeded")
	}
	want(t, w.conn(t, "root", w.two), "SELECT COUNT(*) FROM t WHERE v = 'x'", "0")
	_ = c.Close()
	w.noneLent(t)
}

// An autocommit read of which nothing was answered is sent again, once the
// client has seen rows it is not.
func TestReadsThatLoseTheirServer(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	insertMany(t, w, c, 1000)
	for _, answer := range []int{beforeSend, 0} {
		must(t, w.cuts(t, c, 1, fault{marker: "COUNT", answer: answer}, "SELECT COUNT(*) FROM t WHERE v <> ''"))
		must(t, w.cuts(t, c, 0, fault{marker: "marked", answer: answer}, "SELECT 'marked' FROM t WHERE k = 1 UNION SELECT 'marked' FROM t WHERE k = 1"))
	}
	w.noneLent(t)
	// In the middle of the rows the answer must end in an error, never early.
	for range 3 {
		w.wires[1].arm(fault{marker: "k + 0", answer: 20_000})
		rows, err := c.QueryContext(t.Context(), "SELECT k + 0, v FROM t")
		n := 0
		if err == nil {
			for rows.Next() {
				n++
			}
			err = rows.Err()
			_ = rows.Close()
		}
		if err == nil && n != 1000 {
			t.Fatalf("%d of 1000 rows without an error", n)
		}
		_ = c.Close()
		w.noneLent(t)
		c = w.conn(t, "root", w.two)
	}
}

// Safety rule 9: all or nothing, whatever is lost before the commit.
func TestAWriteOnSeveralGroupsLosesOne(t *testing.T) {
	w := newWorld(t)
	for _, f := range []fault{{marker: "marked", answer: beforeSend}, {marker: "marked", answer: 0}, {marker: "XA START", answer: 0}} {
		c := w.conn(t, "root", w.two)
		run(t, c, "DELETE FROM t", "INSERT INTO t VALUES (1,'a'), (2,'b'), (3,'c'), (4,'d')")
		wantLost(t, w.cuts(t, c, 1, f, "UPDATE t SET v = 'marked'"), false)
		w.noneLent(t)
		want(t, w.conn(t, "root", w.two), "SELECT COUNT(*) FROM t WHERE v = 'marked'", "0")
	}
}

func TestEveryErrorGivesItsConnectionsBack(t *testing.T) {
	w := newWorld(t)
	for _, keyspace := range []string{w.one, w.two} {
		c := w.conn(t, "root", keyspace)
		for _, sql := range []string{
			"SELECT nosuch FROM t", "SELECT * FROM nosuch", "INSERT INTO t VALUES (1, 2, 3)", "UPDATE t SET nosuch = 1", "SELEC 1",
			"SELECT CONNECTION_ID(), nosuch FROM t WHERE v = ?", "INSERT INTO t VALUES (?, LAST_INSERT_ID(), 3)", "SELECT nosuch(?)",
			"SELECT 1 FROM t ORDER BY nosuch", "SELECT JSON_EXTRACT(?, '$.a') FROM t", "KILL 999", "ALTER TABLE nosuch ADD COLUMN x INT",
		} {
			_, err := c.ExecContext(t.Context(), sql)
			if strings.Contains(sql, "?") {
				_, err = c.ExecContext(t.Context(), sql, "{")
			}
			if err == nil && !strings.Contains(sql, "JSON") {
				t.Errorf("%s: no error", sql)
			}
			run(t, c, "SET @a = 1") // no diagnostics are asked for any more
			w.noneLent(t)
		}
	}
}
