package deadlock_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/groups"
	"github.com/shardway/shardway/txn"
	"github.com/shardway/shardway/txn/deadlock"
)

// watch starts a watcher and ends it with the test.
func watch(t *testing.T, g *groups.Groups) *deadlock.Watcher {
	t.Helper()
	w, err := deadlock.New(deadlock.Options{
		Store: g, Source: g.Source, StillLeads: func(context.Context) error { return nil }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

func number(err error) uint16 {
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
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

const (
	lockOne = "UPDATE shop.t SET b = b + 1 WHERE a = 1"
	lockTwo = "UPDATE shop.t SET b = b + 1 WHERE a = 2"
)

// crossed makes two transactions that have locked row 1 in their home groups,
// g1 and g2, and now wait for each other's row there by their branches. It
// returns the errors of the two waiting statements, in that order, when both
// have ended: the transaction of one that was stopped is rolled back.
func crossed(t *testing.T, g *groups.Groups) (errs [2]error, took time.Duration) {
	t.Helper()
	homes := []*groups.Session{g.Session(t, "g1"), g.Session(t, "g2")}
	branches := []*groups.Session{g.Session(t, "g2"), g.Session(t, "g1")}
	type ended struct {
		who int
		err error
	}
	answers := make(chan ended, 2)
	for i, home := range homes {
		id := g.Name(fmt.Sprintf("g%d", i+1), home)
		home.Exec("BEGIN", lockOne)
		branches[i].Exec(id.Start(), lockTwo+" AND b < 0")
		t.Cleanup(func() {
			ctx := context.Background()
			for _, text := range []string{id.End(), id.Rollback()} {
				_, _ = branches[i].ExecContext(ctx, text)
			}
			_, _ = home.ExecContext(ctx, "ROLLBACK")
		})
	}
	began := time.Now()
	for i := range homes {
		go func() {
			_, err := branches[i].ExecContext(t.Context(), lockOne)
			answers <- ended{i, err}
		}()
	}
	first := <-answers
	took = time.Since(began)
	errs[first.who] = first.err
	// The proxy of the stopped one rolls back; then the other goes on.
	if _, err := homes[first.who].ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	second := <-answers
	errs[second.who] = second.err
	return errs, took
}

// Safety rule 8: a wait that goes round over two groups is ended within a
// second, by one victim; nobody else is stopped.
func TestSafetyRule8CrossedTransfersGetOneVictim(t *testing.T) {
	g := groups.New(t, 2)
	// The watcher has names noted where they are not.
	for _, group := range []string{"g1", "g2"} {
		testkit.Exec(t, g.DB(t, group), "UPDATE performance_schema.setup_instruments SET enabled = 'NO' WHERE name = 'transaction'",
			"UPDATE performance_schema.setup_consumers SET enabled = 'NO' WHERE name = 'events_transactions_current'")
	}
	watch(t, g)
	within(t, "names are noted", func() bool {
		noted := 0
		for _, group := range []string{"g1", "g2"} {
			var enabled string
			err := g.DB(t, group).QueryRow("SELECT enabled FROM performance_schema.setup_instruments WHERE name = 'transaction'").Scan(&enabled)
			if err == nil && enabled == "YES" {
				noted++
			}
		}
		return noted == 2
	})
	for range 3 {
		t.Run("round", func(t *testing.T) {
			errs, took := crossed(t, g)
			stopped := 0
			for _, err := range errs {
				if number(err) == 1317 {
					stopped++
				} else if err != nil {
					t.Errorf("a statement ended with %v", err)
				}
			}
			if stopped != 1 {
				t.Errorf("%d of two were stopped: %v", stopped, errs)
			}
			// A second is promised; the machine may be loaded, and MySQL's own bound is 50.
			if took > 5*time.Second {
				t.Errorf("it took %s until one was stopped", took)
			}
			t.Logf("one was stopped after %s", took)
		})
	}
}

// Waits in two groups that do not go round end by themselves, however long they
// last: nobody is stopped. They are shown meanwhile.
func TestSafetyRule8WaitsThatEndAreLeftAlone(t *testing.T) {
	g := groups.New(t, 2)
	w := watch(t, g)
	holder, branch := g.Session(t, "g1"), g.Session(t, "g2")
	id := g.Name("g1", holder)
	holder.Exec("BEGIN", lockOne)
	branch.Exec(id.Start(), lockOne)
	waiters := []*groups.Session{g.Session(t, "g1"), g.Session(t, "g2")}
	answers := make(chan error, len(waiters))
	for _, s := range waiters {
		go func() {
			_, err := s.ExecContext(t.Context(), lockOne)
			answers <- err
		}()
	}
	// Many looks long.
	looks, seen := 0, ""
	within(t, "the waits are shown", func() bool {
		if waits := w.Waits(); len(waits) == 2 {
			looks++
			seen = waits[0].Blocker + ", " + waits[1].Blocker
		}
		return looks > 60
	})
	if want := fmt.Sprintf("connection %d of group g1", holder.ID); seen != want+", "+want {
		t.Errorf("blockers are %s; both should be %s", seen, want)
	}
	branch.Exec(id.End(), id.Rollback())
	holder.Exec("ROLLBACK")
	for range waiters {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}

// A circle of three over three groups, one of which waits in its home.
func TestSafetyRule8ThreeInARing(t *testing.T) {
	g := groups.New(t, 3)
	watch(t, g)
	var homes, branches []*groups.Session
	var ids []txn.ID
	for i := range 3 {
		home, next := fmt.Sprintf("g%d", i+1), fmt.Sprintf("g%d", (i+1)%3+1)
		homes = append(homes, g.Session(t, home))
		branches = append(branches, g.Session(t, next))
		ids = append(ids, g.Name(home, homes[i]))
		// Each holds a row in the next group and waits for one at home.
		homes[i].Exec("BEGIN", lockTwo)
		branches[i].Exec(ids[i].Start(), lockOne)
	}
	answers := make(chan int, 3)
	stopped := 0
	for i, home := range homes {
		go func() {
			_, err := home.ExecContext(t.Context(), lockOne)
			if number(err) == 1317 {
				stopped++ // read when all have answered
			} else if err != nil {
				t.Error(err)
			}
			answers <- i
		}()
	}
	for range 3 {
		i := <-answers
		branches[i].Exec(ids[i].End(), ids[i].Rollback())
		homes[i].Exec("ROLLBACK")
	}
	if stopped != 1 {
		t.Errorf("%d of three were stopped", stopped)
	}
}
