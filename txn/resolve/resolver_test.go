package resolve_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/groups"
	"github.com/shardway/shardway/txn"
	"github.com/shardway/shardway/txn/resolve"
)

func options(t *testing.T, g *groups.Groups) resolve.Options {
	return resolve.Options{
		Store: g, Source: g.Source, StillLeads: func(context.Context) error { return nil },
		Interval: 50 * time.Millisecond, After: 300 * time.Millisecond, ForgetAfter: time.Hour,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// run starts a resolver and returns what ends it; it ends with the test.
func run(t *testing.T, o resolve.Options) (*resolve.Resolver, func()) {
	t.Helper()
	r, err := resolve.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	stop := func() { cancel(); <-done }
	t.Cleanup(stop)
	return r, stop
}

// within waits until ok holds; the bound is generous, for a loaded machine.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatal("in vain: ", what)
		case <-tick.C:
		}
	}
}

func number(err error) uint16 {
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// one reads a single value; "" if there is no row.
func one(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var value string
	if err := db.QueryRow(query).Scan(&value); err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

// prepared reports whether a branch is prepared on a server.
func prepared(t *testing.T, db *sql.DB, gtrid string) bool {
	t.Helper()
	rows, err := db.Query("XA RECOVER")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var format, g, b int
		var data string
		if err := rows.Scan(&format, &g, &b, &data); err != nil {
			t.Fatal(err)
		}
		if data[:g] == gtrid {
			return true
		}
	}
	return false
}

// next returns what a resolver says about a branch, and why.
func next(r *resolve.Resolver, gtrid string) string {
	for _, b := range r.Report().Branches {
		if b.Gtrid == gtrid {
			return b.Next + ": " + b.Why
		}
	}
	return ""
}

// dead names a transaction whose home session in g1 has ended.
func dead(t *testing.T, g *groups.Groups) txn.ID {
	t.Helper()
	s := g.Session(t, "g1")
	defer func() { _ = s.Close() }()
	s.Exec("DO 0")
	return g.Name("g1", s)
}

func set(row, value int) string {
	return fmt.Sprintf("UPDATE shop.t SET b = %d WHERE a = %d", value, row)
}

// Safety rule 5: what a dead session has left is decided by its row.
func TestSafetyRule5ABranchIsDecidedByItsRow(t *testing.T) {
	g := groups.New(t, 2)
	home, other := g.DB(t, "g1"), g.DB(t, "g2")
	r, _ := run(t, options(t, g))
	value := func(row int) string { return one(t, other, fmt.Sprintf("SELECT b FROM shop.t WHERE a = %d", row)) }
	t.Run("no row", func(t *testing.T) {
		id := dead(t, g)
		g.Prepare(t, "g2", id, set(1, 1), "g1", "g2")
		within(t, "it is rolled back", func() bool { return !prepared(t, other, id.String()) })
		if got := value(1); got != "0" {
			t.Errorf("the branch was committed: %s", got)
		}
		if got := one(t, home, id.SelectOutcome()); got != "abort" {
			t.Errorf("the row says %q, want abort: the home session could commit", got)
		}
	})
	t.Run("commit row", func(t *testing.T) {
		id := dead(t, g)
		testkit.Exec(t, home, id.InsertDecision(txn.Commit, []string{"g1", "g2"}))
		g.Prepare(t, "g2", id, set(2, 2), "g1", "g2")
		within(t, "it is committed", func() bool { return !prepared(t, other, id.String()) })
		if got := value(2); got != "2" {
			t.Errorf("the branch was rolled back: %s", got)
		}
	})
	t.Run("abort row", func(t *testing.T) {
		id := dead(t, g)
		testkit.Exec(t, home, id.InsertDecision(txn.Abort, nil))
		g.Prepare(t, "g2", id, set(3, 3), "g1", "g2")
		within(t, "it is rolled back", func() bool { return !prepared(t, other, id.String()) })
		if got := value(3); got != "0" {
			t.Errorf("the branch was committed: %s", got)
		}
	})
	t.Run("the home session is committing", func(t *testing.T) {
		s := g.Session(t, "g1")
		id := g.Name("g1", s)
		g.Prepare(t, "g2", id, set(4, 4), "g1", "g2")
		s.Exec("BEGIN", id.InsertDecision(txn.Commit, []string{"g1", "g2"}))
		within(t, "it is left alone", func() bool { return strings.Contains(next(r, id.String()), "still committing") })
		s.Exec("COMMIT")
		within(t, "it is committed", func() bool { return !prepared(t, other, id.String()) })
		if got := value(4); got != "4" {
			t.Errorf("the branch was rolled back: %s", got)
		}
	})
	t.Run("the home session is late", func(t *testing.T) {
		s := g.Session(t, "g1")
		id := g.Name("g1", s)
		s.Exec("BEGIN", "INSERT INTO shop.t VALUES (50, 0)")
		g.Prepare(t, "g2", id, set(1, 5), "g1", "g2")
		within(t, "it is rolled back", func() bool { return !prepared(t, other, id.String()) })
		_, err := s.ExecContext(t.Context(), id.InsertDecision(txn.Commit, []string{"g1", "g2"}))
		if number(err) != 1062 {
			t.Errorf("the home session's row: %v, want 1062", err)
		}
		if got := value(1); got != "0" {
			t.Errorf("the branch was committed: %s", got)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		var ids []txn.ID
		for i := range 12 {
			testkit.Exec(t, other, fmt.Sprintf("INSERT INTO shop.t VALUES (%d, 0)", 1000+i))
		}
		for i := range 12 {
			id := dead(t, g)
			if i%2 == 0 {
				testkit.Exec(t, home, id.InsertDecision(txn.Commit, []string{"g1", "g2"}))
			}
			g.Prepare(t, "g2", id, set(1000+i, 1), "g1", "g2")
			ids = append(ids, id)
		}
		within(t, "none is prepared", func() bool {
			for _, id := range ids {
				if prepared(t, other, id.String()) {
					return false
				}
			}
			return true
		})
		if got := one(t, other, "SELECT GROUP_CONCAT(a ORDER BY a) FROM shop.t WHERE a >= 1000 AND b = 1"); got != "1000,1002,1004,1006,1008,1010" {
			t.Errorf("committed: %s", got)
		}
	})
}

// What is not ours, or whose home is not known, is reported and never guessed.
func TestSafetyRule5WhatCannotBeDecidedIsReported(t *testing.T) {
	g := groups.New(t, 2)
	other := g.DB(t, "g2")
	r, _ := run(t, options(t, g))
	foreign := g.Session(t, "g2")
	foreign.Exec("XA START 'somebody','s'", set(1, 1), "XA END 'somebody','s'", "XA PREPARE 'somebody','s'")
	lost := txn.New("g9", "db9", 7)
	g.Prepare(t, "g2", lost, set(2, 1), "g9", "g2")
	within(t, "the foreign branch is reported", func() bool { return strings.Contains(next(r, "somebody"), "none of Shardway's") })
	within(t, "the lost branch is reported", func() bool { return strings.Contains(next(r, lost.String()), "not in the topology") })
	if notes := r.Notes("g2"); len(notes) != 2 {
		t.Errorf("notes: %q", notes)
	}
	// A dead one beside them is decided all the same.
	id := dead(t, g)
	g.Prepare(t, "g2", id, set(3, 1), "g1", "g2")
	within(t, "the other is rolled back", func() bool { return !prepared(t, other, id.String()) })
	if !prepared(t, other, "somebody") || !prepared(t, other, lost.String()) {
		t.Error("a branch was decided by nobody's row")
	}
}

// A home that is down decides nothing; when it is back its branches are decided.
func TestSafetyRule5TheHomeIsDown(t *testing.T) {
	g := groups.New(t, 2)
	home, other := g.DB(t, "g1"), g.DB(t, "g2")
	r, _ := run(t, options(t, g))
	id := dead(t, g)
	testkit.Exec(t, home, id.InsertDecision(txn.Commit, []string{"g1", "g2"}))
	server := g.Servers["g1-1"]
	server.Process.Kill()
	g.Prepare(t, "g2", id, set(1, 1), "g1", "g2")
	within(t, "it waits for its home", func() bool { return strings.Contains(next(r, id.String()), "cannot be asked") })
	if !prepared(t, other, id.String()) {
		t.Fatal("it was decided without its home")
	}
	again, err := mysqld.Start(t.Context(), server.Options)
	if err != nil {
		t.Fatal(err)
	}
	server.Process = again
	t.Cleanup(again.Kill)
	back := time.Now()
	within(t, "it is committed", func() bool { return !prepared(t, other, id.String()) })
	if got := one(t, other, "SELECT b FROM shop.t WHERE a = 1"); got != "1" {
		t.Errorf("the branch was rolled back: %s", got)
	}
	if took := time.Since(back); took > 5*time.Second {
		t.Errorf("it stayed prepared for %s after its home was back", took)
	}
}

// Safety rule 29: without leadership, and on a server that is closed, nothing
// is done; the session is taken from whoever had it.
func TestSafetyRule29NobodyElseDecides(t *testing.T) {
	g := groups.New(t, 2)
	other := g.DB(t, "g2")
	id := dead(t, g)
	g.Prepare(t, "g2", id, set(1, 1), "g1", "g2")
	former := options(t, g)
	asked := make(chan struct{}, 100)
	former.StillLeads = func(context.Context) error {
		select {
		case asked <- struct{}{}:
		default:
		}
		return errors.New("another one leads")
	}
	formerly, stop := run(t, former)
	within(t, "it asks whether it leads", func() bool { return len(asked) >= 3 })
	within(t, "it says why", func() bool { return strings.Contains(next(formerly, id.String()), "another one leads") })
	if got := one(t, g.DB(t, "g1"), id.SelectOutcome()); got != "" || !prepared(t, other, id.String()) {
		t.Fatalf("somebody who does not lead has decided: %q", got)
	}
	// The new leader's sessions end the former's, which is still there.
	testkit.Exec(t, other, "SET GLOBAL super_read_only = ON")
	r, _ := run(t, options(t, g))
	within(t, "the closed server is reported", func() bool {
		return strings.Contains(strings.Join(r.Report().Problems, " "), "is closed")
	})
	stop()
	if !prepared(t, other, id.String()) {
		t.Fatal("a branch on a closed server was decided")
	}
	testkit.Exec(t, other, "SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF")
	within(t, "it is decided", func() bool { return !prepared(t, other, id.String()) })
}
