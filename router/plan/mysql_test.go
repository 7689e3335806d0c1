package plan

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestGoldenTexts runs every text of the golden files' plans on a real MySQL:
// what a shard is sent must be valid, and must have the columns, by name and
// type, of the statement itself, but for the hidden ones at the end.
func TestGoldenTexts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := testkit.Server(t, testkit.Options{Name: "golden"})
	db := s.DB(t, "")
	db.SetMaxOpenConns(1)
	compared := 0
	for _, path := range files {
		w := newWorld()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			out := w.command(t, d)
			switch d.Cmd {
			case "keyspace":
				w.materialize(t, db, w.current)
			case "plan":
				if w.current != "" && w.snapshot.Keyspaces[w.current] != nil {
					compared += w.compareTexts(t, db, d.Input)
				}
			}
			return out
		})
	}
	if t.Logf("%d texts compared", compared); compared < 130 {
		t.Errorf("only %d texts were compared", compared)
	}
}

// materialize makes a keyspace as a schema of its name.
func (w *world) materialize(t *testing.T, db *sql.DB, name string) {
	t.Helper()
	testkit.Exec(t, db, "DROP DATABASE IF EXISTS "+name, "CREATE DATABASE "+name, "USE "+name)
	testkit.Exec(t, db, w.ddl[name]...)
}

// compareTexts returns the number of texts that were run.
func (w *world) compareTexts(t *testing.T, db *sql.DB, text string) int {
	t.Helper()
	params := testParams(strings.Split(strings.Repeat("1 ", 9), " "))
	p, args, err := w.buildArgs(text, params)
	if err != nil {
		return 0
	}
	var texts []string
	hidden := 0
	switch op := p.Op.(type) {
	case *Route:
		if op.One != nil {
			texts = append(texts, filled(t, op.One, args))
		}
		if op.Scatter != nil && op.Scatter.Text != nil {
			texts = append(texts, filled(t, op.Scatter.Text, args))
			if op.Scatter.Merge != nil {
				hidden = op.Scatter.Merge.Hidden
			}
		}
		if op.Otherwise != nil {
			w.tryWrite(t, db, text, op.Otherwise, args)
		}
	case *Insert:
		if slices.ContainsFunc(op.Compute, func(o Op) bool { return o != nil }) {
			return w.tryWrite(t, db, text, op, args)
		}
		texts = append(texts, wholeInsert(t, op, args))
	default:
		return w.tryWrite(t, db, text, op, args)
	}
	if len(texts) == 0 {
		return 0
	}
	columns, err := w.tryOut(t, db, text, strings.Count(text, "?"))
	if err != nil {
		var my *driver.MySQLError
		if !errors.As(err, &my) || my.Number == 1064 {
			t.Errorf("%s: %v", text, err)
		}
		t.Logf("not compared, for MySQL refuses it: %s: %v", text, err)
		return 0
	}
	for i, sent := range texts {
		shown, err := w.tryOut(t, db, sent, 0)
		if err != nil {
			t.Errorf("%s\n  is sent as %s\n  %v", text, sent, err)
			continue
		}
		if i == len(texts)-1 {
			shown = shown[:max(0, len(shown)-hidden)]
		}
		if got, want := strings.Join(shown, "|"), strings.Join(columns, "|"); got != want {
			t.Errorf("%s\n  is sent as %s\n  columns %s\n  instead of %s", text, sent, got, want)
		}
	}
	return len(texts)
}

// tryWrite runs what a write of several steps sends, with NULL for the values
// that it reads first, and returns the number of texts that were run.
func (w *world) tryWrite(t *testing.T, db *sql.DB, text string, op Op, args *ShapeArgs) int {
	t.Helper()
	var texts []string
	reads := func(read Op) {
		r, ok := read.(*Route)
		if !ok {
			return
		}
		texts = append(texts, filled(t, r.One, args))
		if r.Scatter != nil {
			texts = append(texts, filled(t, r.Scatter.Text, args))
		}
	}
	null := func(dst []byte, _ int) []byte { return append(dst, "NULL"...) }
	switch op := op.(type) {
	case *Chosen:
		reads(op.Read)
		for i := range op.Changes {
			c := &op.Changes[i]
			head, err := c.Head.AppendRow(nil, args, null, testFill)
			if err != nil {
				t.Fatal(err)
			}
			key := "(NULL" + strings.Repeat(", NULL", len(c.Key)-1) + ")"
			texts = append(texts, string(head)+key+filled(t, c.Tail, args))
		}
	case *Fed:
		reads(op.Read)
	case *Insert:
		for _, read := range op.Compute {
			reads(read)
		}
	}
	for _, sent := range texts {
		var my *driver.MySQLError
		if _, err := w.tryOut(t, db, sent, 0); errors.As(err, &my) && my.Number != 1048 { // NULL where it may not be
			t.Errorf("%s\n  sends %s\n  %v", text, sent, err)
		}
	}
	return len(texts)
}

// tryOut runs a statement, undoes it and returns its columns' names and types.
func (w *world) tryOut(t *testing.T, db *sql.DB, text string, params int) ([]string, error) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec("USE " + w.current); err != nil {
		t.Fatal(err)
	}
	var bound []any
	for range params {
		bound = append(bound, 1)
	}
	rows, err := tx.Query(text, bound...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		continue
	}
	columns := make([]string, len(types))
	for i, c := range types {
		columns[i] = c.Name() + " " + c.DatabaseTypeName()
	}
	return columns, rows.Err()
}

// wholeInsert is the text that a group would get that holds all rows.
func wholeInsert(t *testing.T, i *Insert, args *ShapeArgs) string {
	t.Helper()
	text := filled(t, i.Head, args)
	for row := range i.RowCount(args) {
		if row > 0 {
			text += ", "
		}
		var values []string
		for column := range i.Width {
			v, index := i.At(row, column)
			value, err := v.AppendSQL(nil, args, index, testFill)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, string(value))
		}
		if i.AutoAdded {
			values = append(values, fmt.Sprint(100+row))
		}
		text += "(" + strings.Join(values, ", ") + ")"
	}
	return text + filled(t, i.Tail, args)
}
