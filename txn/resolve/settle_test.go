package resolve_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/groups"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// Deciding by hand goes by the row; a row that says otherwise is not overruled.
func TestSafetyRule5DecidingByHand(t *testing.T) {
	g := groups.New(t, 3)
	home, other := g.DB(t, "g1"), g.DB(t, "g2")
	o := options(t, g)
	o.After = time.Hour // nothing is decided by itself
	r, _ := run(t, o)
	refused := func(t *testing.T, id txn.ID, forced txn.Outcome, code topology.Code) {
		t.Helper()
		_, err := r.Settle(t.Context(), id.String(), forced, false)
		refusal, ok := topology.AsRefused(err)
		if !ok || refusal.Code != code {
			t.Errorf("forced %q: %v, want %s", forced, err, code)
		}
		if !prepared(t, other, id.String()) {
			t.Error("it was decided all the same")
		}
	}
	settle := func(t *testing.T, id txn.ID, forced txn.Outcome, dryRun bool) string {
		t.Helper()
		done, err := r.Settle(t.Context(), id.String(), forced, dryRun)
		if err != nil {
			t.Fatal(err)
		}
		if prepared(t, other, id.String()) != dryRun {
			t.Errorf("dry run %v, prepared %v", dryRun, !dryRun)
		}
		return strings.Join(append(done.Steps, done.Warnings...), "; ")
	}
	value := func() string { return one(t, other, "SELECT b FROM shop.t WHERE a = 1") }
	t.Run("commit row, in two groups", func(t *testing.T) {
		id := dead(t, g)
		testkit.Exec(t, home, id.InsertDecision(txn.Commit, []string{"g1", "g2", "g3"}))
		g.Prepare(t, "g2", id, set(1, 7), "g1", "g2", "g3")
		g.Prepare(t, "g3", id, set(1, 7), "g1", "g2", "g3")
		refused(t, id, txn.Abort, topology.CodeInUse)
		if text := settle(t, id, "", true); !strings.Contains(text, "commit the branch in group g2") || !strings.Contains(text, "commit the branch in group g3") {
			t.Error(text)
		}
		settle(t, id, txn.Commit, false)
		if prepared(t, g.DB(t, "g3"), id.String()) || value() != "7" {
			t.Errorf("g3 is still prepared, or g2 has %s", value())
		}
	})
	t.Run("no row", func(t *testing.T) {
		id := dead(t, g)
		g.Prepare(t, "g2", id, set(1, 8), "g1", "g2")
		if text := settle(t, id, "", true); !strings.Contains(text, "insert the decision abort in group g1") || one(t, home, id.SelectOutcome()) != "" {
			t.Error(text)
		}
		settle(t, id, "", false)
		if one(t, home, id.SelectOutcome()) != "abort" || value() != "7" {
			t.Errorf("g2 has %s", value())
		}
	})
	t.Run("no row, forced to commit", func(t *testing.T) {
		id := dead(t, g)
		g.Prepare(t, "g2", id, set(1, 9), "g1", "g2")
		if text := settle(t, id, txn.Commit, false); !strings.Contains(text, "never committed") {
			t.Error(text)
		}
		if one(t, home, id.SelectOutcome()) != "commit" || value() != "9" {
			t.Errorf("g2 has %s", value())
		}
	})
	t.Run("the home session is committing", func(t *testing.T) {
		s := g.Session(t, "g1")
		id := g.Name("g1", s)
		g.Prepare(t, "g2", id, set(1, 10), "g1", "g2")
		s.Exec("BEGIN", id.InsertDecision(txn.Commit, []string{"g1", "g2"}))
		refused(t, id, "", topology.CodeInUse)
		refused(t, id, txn.Abort, topology.CodeInUse)
		s.Exec("COMMIT")
		settle(t, id, "", false)
	})
	t.Run("nobody knows it", func(t *testing.T) {
		_, err := r.Settle(t.Context(), "shardway-x", "", false)
		if refusal, ok := topology.AsRefused(err); !ok || refusal.Code != topology.CodeNotFound {
			t.Error(err)
		}
	})
	t.Run("the home is down", func(t *testing.T) {
		id := dead(t, g)
		g.Prepare(t, "g2", id, set(1, 11), "g1", "g2")
		g.Servers["g1-1"].Process.Kill()
		refused(t, id, "", topology.CodeUnavailable)
		if text := settle(t, id, txn.Commit, false); !strings.Contains(text, "half done") || value() != "11" {
			t.Errorf("%s; g2 has %s", text, value())
		}
		var refusal *topology.Refused
		if _, err := r.Settle(t.Context(), id.String(), "", false); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "g1 could not be looked at") {
			t.Error(err)
		}
	})
}
