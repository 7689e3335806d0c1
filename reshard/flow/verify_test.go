package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
)

// verify compares everything and fails the test on an error.
func (r *running) verify() Report {
	r.w.t.Helper()
	report, err := r.Verify(r.w.t.Context())
	if err != nil {
		r.w.t.Fatal(err)
	}
	return report
}

// Verification says that all is equal while everything changes.
func TestVerifyWhileEverythingChanges(t *testing.T) {
	w := newWorld(t)
	w.shop()
	w.fill(2000)
	writers := w.write(3, 2000)
	r := w.start()
	r.copied()
	for range 3 {
		report := r.verify()
		if !report.Equal() || len(report.Differences) > 0 {
			t.Errorf("%+v", report)
		}
		changing := int64(0)
		for _, table := range report.Tables {
			changing += table.Changing
		}
		// lands and counter have a few rows, which change all the time.
		if changing > 40 {
			t.Errorf("%d rows changed all the time: %+v", changing, report.Tables)
		}
	}
	writers.stop()
	r.drain()
	report := r.verify()
	if !report.Equal() || len(report.Tables) != 4 || report.Tables[0].Rows < 1000 || report.Tables[2].Rows == 0 {
		t.Errorf("%+v", report)
	}
	for _, table := range report.Tables {
		if table.Changing > 0 {
			t.Errorf("%+v", table)
		}
	}
}

// What differs is found and shown, whichever way it differs.
func TestVerifyShowsDifferences(t *testing.T) {
	for name, c := range map[string]struct {
		damage, table, want string
	}{
		"changed":   {"UPDATE orders SET note = 'other' WHERE id = (SELECT MIN(id) FROM (SELECT id FROM orders) o)", "orders", "note=other"},
		"null":      {"UPDATE orders SET f = NULL WHERE id = (SELECT MIN(id) FROM (SELECT id FROM orders) o)", "orders", "f=NULL"},
		"missing":   {"DELETE FROM words ORDER BY part DESC LIMIT 1", "words", "word="},
		"too many":  {"INSERT INTO orders (id, customer) SELECT 1 + MAX(id), 3 + MIN(customer) FROM orders", "orders", "customer="},
		"case":      {"UPDATE words SET word = UPPER(word) ORDER BY part LIMIT 1", "words", "word=W"},
		"reference": {"UPDATE lands SET name = 'x' WHERE code = 'it'", "lands", "name=x"},
		"behind":    {"INSERT INTO words VALUES ('zzzz', 99999, NULL)", "words", "part=99999"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.shop()
			w.fill(50)
			r := w.start()
			r.copied()
			r.drain()
			if report := r.verify(); !report.Equal() {
				t.Fatalf("%+v", report)
			}
			testkit.Exec(t, w.db["g2"], c.damage)
			report := r.verify()
			if report.Equal() || len(report.Differences) == 0 {
				t.Fatalf("nothing found: %+v", report)
			}
			d := report.Differences[0]
			if d.Table != c.table || d.Group != "g2" || d.Key == "" || !strings.Contains(fmt.Sprint(report.Differences), c.want) {
				t.Errorf("%+v", d)
			}
		})
	}
}

// A row on a group that does not own its token is found, even where both sides
// have as many rows.
func TestVerifyFindsMisplacedRows(t *testing.T) {
	w := newWorld(t)
	w.shop()
	w.fill(50)
	r := w.start()
	r.copied()
	r.drain()
	testkit.Exec(t, w.db["g3"], "INSERT INTO orders (id, customer) SELECT id, customer FROM "+w.schema+".orders LIMIT 0")
	var id, customer int64
	if err := w.db["g2"].QueryRowContext(t.Context(), "SELECT id, customer FROM orders LIMIT 1").Scan(&id, &customer); err != nil {
		t.Fatal(err)
	}
	testkit.Exec(t, w.db["g3"], fmt.Sprintf("INSERT INTO orders (id, customer) VALUES (%d, %d)", id, customer), "INSERT INTO counter VALUES (7, 7)")
	report := r.verify()
	if len(report.Differences) != 2 || !report.Differences[0].Misplaced || report.Differences[0].Group != "g3" || report.Differences[1].Table != "counter" || !report.Differences[1].Misplaced {
		t.Errorf("%+v", report)
	}
}
