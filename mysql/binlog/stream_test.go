package binlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
)

var errEnd = errors.New("end of the test's part of the log")

// executed is where a server's log is now.
func executed(t *testing.T, db *sql.DB) mysql.GTIDSet {
	t.Helper()
	var text string
	if err := db.QueryRowContext(t.Context(), "SELECT @@GLOBAL.gtid_executed").Scan(&text); err != nil {
		t.Fatal(err)
	}
	set, err := mysql.ParseGTIDSet(text)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func options(s *testkit.MySQL) Options {
	return Options{Addr: s.Addr(), User: s.User, Password: s.Password}
}

// story runs a stream until it has delivered all of end, and tells what came,
// a line for each change and each end of a transaction.
func story(t *testing.T, stream *Stream, schema string, end mysql.GTIDSet) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var lines []string
	err := stream.Run(ctx, func(tx *Transaction) error {
		for _, s := range tx.Statements {
			lines = append(lines, "statement "+strings.ReplaceAll(s.Text, schema+".", ""))
		}
		err := tx.Changes(func(c Change) error {
			lines = append(lines, fmt.Sprintf("%s %d %v %v", c.Table.Name, c.Kind, c.Before, c.After))
			return nil
		})
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("commit %d", len(tx.GTIDs)))
		if tx.Unseen {
			lines = append(lines, "unseen")
		}
		seen := stream.Position()
		for _, id := range tx.GTIDs {
			seen = seen.Add(id)
		}
		if seen.Contains(end) {
			return errEnd
		}
		return nil
	})
	if !errors.Is(err, errEnd) {
		t.Fatalf("stream: %v after %q", err, lines)
	}
	return lines
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// own starts a server of the test's own: the log of a shared one tells of other
// tests too.
func own(t *testing.T) (*testkit.MySQL, *sql.DB, string) {
	t.Helper()
	s := testkit.Server(t, testkit.Options{Name: "binlog"})
	schema := s.Schema(t)
	return s, s.DB(t, schema), schema
}

func TestTransactionsSavepointsAndDDL(t *testing.T) {
	s, db, schema := own(t)
	start := executed(t, db)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY, b INT)", "INSERT INTO t VALUES (1,1),(2,2)")
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, q := range []string{
		"BEGIN", "UPDATE t SET b = 5 WHERE a = 1", "SAVEPOINT s", "DELETE FROM t", "ROLLBACK TO s", "DELETE FROM t WHERE a = 2", "COMMIT",
		"BEGIN", "DELETE FROM t", "ROLLBACK", "CREATE TABLE u SELECT a FROM t",
	} {
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Fatal(q, err)
		}
	}
	got := story(t, NewStream(options(s), start), schema, executed(t, db))
	got[len(got)-3] = strings.SplitN(got[len(got)-3], "u", 2)[0]
	expect(t, got,
		"statement CREATE TABLE t (a INT PRIMARY KEY, b INT)", "commit 1",
		"t 1 [] [1 1]", "t 1 [] [2 2]", "commit 1",
		"t 2 [1 1] [1 5]", "t 3 [2 2] []", "commit 1",
		"statement CREATE TABLE `", "u 1 [] [1]", "commit 1")
}

func TestBranchesAreHeldUntilDecided(t *testing.T) {
	s, db, schema := own(t)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY)")
	start := executed(t, db)
	branch := func(id string, value int, end ...string) {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		for _, q := range append([]string{"XA START " + id, fmt.Sprintf("INSERT INTO t VALUES (%d)", value), "XA END " + id}, end...) {
			if _, err := conn.ExecContext(t.Context(), q); err != nil {
				t.Fatal(q, err)
			}
		}
	}
	branch("'a','1'", 1, "XA PREPARE 'a','1'")
	branch("'b','',7", 2, "XA PREPARE 'b','',7")
	testkit.Exec(t, db, "INSERT INTO t VALUES (9)")
	branch("'c'", 3, "XA COMMIT 'c' ONE PHASE")
	// A stream that stops here goes on without a loss: its position has holes.
	stream := NewStream(options(s), start)
	middle := executed(t, db)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	count := 0
	err := stream.Run(ctx, func(*Transaction) error {
		if count++; count == 2 {
			return errEnd
		}
		return nil
	})
	if !errors.Is(err, errEnd) {
		t.Fatal(err)
	}
	if stream.Position().Contains(middle) {
		t.Error("the position passes prepared branches")
	}
	testkit.Exec(t, db, "XA COMMIT 'a','1'", "XA ROLLBACK 'b','',7")
	rest := []string{"t 1 [] [1]", "commit 2", "commit 2"}
	expect(t, story(t, NewStream(options(s), stream.Position()), schema, executed(t, db)), append([]string{"t 1 [] [3]", "commit 1"}, rest...)...)
	expect(t, story(t, NewStream(options(s), start), schema, executed(t, db)),
		append([]string{"t 1 [] [9]", "commit 1", "t 1 [] [3]", "commit 1"}, rest...)...)
	expect(t, story(t, NewStream(options(s), middle), schema, executed(t, db)), "commit 1", "unseen", "commit 1")
}

func TestHugeTransactionGoesToAFile(t *testing.T) {
	s, db, _ := own(t)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY AUTO_INCREMENT, b VARCHAR(3000))")
	start := executed(t, db)
	testkit.Exec(t, db, "SET SESSION cte_max_recursion_depth = 100000",
		"INSERT INTO t (b) WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < 900) SELECT REPEAT('x', 3000) FROM n")
	o := options(s)
	o.MemoryMax = 64 << 10
	stream := NewStream(o, start)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := stream.Run(ctx, func(tx *Transaction) error {
		if used := stream.assembler.budget.used; used > o.MemoryMax {
			t.Errorf("%d bytes in memory", used)
		}
		if tx.buffer.file == nil {
			t.Error("nothing in a file")
		}
		for range 2 {
			next := int64(1)
			if err := tx.Changes(func(c Change) error {
				if c.After[0] != next || len(c.After[1].([]byte)) != 3000 {
					t.Errorf("row %v in place of %d", c.After[0], next)
				}
				next++
				return nil
			}); err != nil {
				return err
			}
			if next != 901 {
				t.Errorf("%d rows", next-1)
			}
		}
		return errEnd
	})
	if !errors.Is(err, errEnd) {
		t.Fatal(err)
	}
	if stream.assembler.budget.used != 0 {
		t.Errorf("%d bytes are never given back", stream.assembler.budget.used)
	}
}

func TestWhatCannotBeReadStops(t *testing.T) {
	for name, setting := range map[string]string{
		"minimal image": "binlog_row_image = MINIMAL", "noblob image": "binlog_row_image = NOBLOB",
		"partial json": "binlog_row_value_options = PARTIAL_JSON",
	} {
		t.Run(name, func(t *testing.T) {
			s, db, _ := own(t)
			testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY, j JSON, b BLOB)", `INSERT INTO t VALUES (1, '{"a":[1,2,3],"b":"a long text, so that a part is less"}', 'x')`)
			start := executed(t, db)
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			for _, q := range []string{"SET SESSION " + setting, "UPDATE t SET j = JSON_SET(j, '$.a[0]', 7)", "SET SESSION " + strings.Split(setting, " ")[0] + " = DEFAULT"} {
				if _, err := conn.ExecContext(t.Context(), q); err != nil {
					t.Fatal(q, err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err = NewStream(options(s), start).Run(ctx, func(tx *Transaction) error {
				return tx.Changes(func(c Change) error { return fmt.Errorf("delivered %v", c) })
			})
			var unreadable *UnreadableError
			if !errors.As(err, &unreadable) || unreadable.GTID == "" {
				t.Errorf("stream: %v", err)
			}
		})
	}
}
