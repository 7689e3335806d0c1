package router

import (
	"database/sql"
	"testing"
)

func warnings(t *testing.T, c *sql.Conn) (list []string) {
	t.Helper()
	rows, err := c.QueryContext(t.Context(), "SHOW WARNINGS")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var level, code, message string
		must(t, rows.Scan(&level, &code, &message))
		list = append(list, code)
	}
	must(t, rows.Err())
	return list
}

func TestWarnings(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.one)
	wantWarnings := func(c *sql.Conn, n int) {
		t.Helper()
		if got := warnings(t, c); len(got) != n {
			t.Errorf("warnings %v, want %d", got, n)
		}
	}
	run(t, c, "SELECT 1/0, 2/0")
	wantWarnings(c, 2)
	run(t, c, "USE "+w.one)
	wantWarnings(c, 0)
	run(t, c, "BEGIN", "INSERT INTO t (id, v) VALUES (1, 'a')", "INSERT IGNORE INTO t (id, v) VALUES (1, 'b')")
	wantWarnings(c, 1)
	run(t, c, "COMMIT")
	wantWarnings(c, 0)
	fails(t, c, 1054, "SELECT nosuch FROM t")
	wantWarnings(c, 1)
	// More clients than connections may be held: none waits, all are told.
	var clients []*sql.Conn
	for range 12 {
		c := w.conn(t, "root", w.one)
		run(t, c, "SELECT 1/0")
		clients = append(clients, c)
	}
	w.lentAtMost(t, 8)
	for _, c := range clients {
		wantWarnings(c, 1)
	}
	two := w.conn(t, "root", w.two)
	run(t, two, "INSERT INTO t VALUES (1,'1'), (2,'x'), (3,'y'), (4,'4'), (5, 'z')", "SELECT k FROM t WHERE v + 0 > 0 ORDER BY k")
	wantWarnings(two, 3)
	run(t, two, "INSERT IGNORE INTO t VALUES (1,''), (2,''), (3,''), (4,'')")
	wantWarnings(two, 4)
	for _, c := range append(clients, c, two) {
		run(t, c, "SET @a = 1")
	}
	w.noneLent(t)
}

func TestFoundRows(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.one)
	run(t, c, "INSERT INTO t (v) VALUES ('a'), ('b'), ('c')")
	want(t, c, "SELECT SQL_CALC_FOUND_ROWS v FROM t ORDER BY id LIMIT 1", "a")
	want(t, c, "SELECT FOUND_ROWS()", "3")
	want(t, c, "SELECT v FROM t ORDER BY id LIMIT 1", "a")
	want(t, c, "SELECT FOUND_ROWS()", "1")
	want(t, c, "SELECT SQL_CALC_FOUND_ROWS v FROM t WHERE id > ? ORDER BY id LIMIT 1", "b", 1)
	want(t, c, "SELECT FOUND_ROWS()", "2")
}
