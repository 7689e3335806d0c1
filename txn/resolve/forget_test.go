package resolve_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/groups"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
	"github.com/shardway/shardway/txn/resolve"
)

// replicate gives group g2 a replica g2-2 that replicates.
func replicate(t *testing.T, g *groups.Groups) *sql.DB {
	t.Helper()
	s := testkit.OwnServer(t, testkit.Options{})
	primary, replica := g.Servers["g2-1"], s.DB(t, "")
	testkit.Exec(t, replica, fmt.Sprintf(`CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_PORT = %d, SOURCE_USER = '%s', SOURCE_PASSWORD = '%s',
		SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1`, primary.Host, primary.Port, primary.User, primary.Password),
		"SET GLOBAL super_read_only = ON", "START REPLICA")
	within(t, "the replica has the primary's tables", func() bool {
		var n int
		return replica.QueryRow("SELECT COUNT(*) FROM shop.t").Scan(&n) == nil && n == 4
	})
	g.AddReplica(t, "g2", "g2-2", s)
	return replica
}

// committed makes a transaction over g1 and g2 that is done in both.
func committed(t *testing.T, g *groups.Groups) txn.ID {
	t.Helper()
	id := dead(t, g)
	g.Prepare(t, "g2", id, set(1, 1), "g1", "g2")
	testkit.Exec(t, g.DB(t, "g1"), id.InsertDecision(txn.Commit, []string{"g1", "g2"}))
	testkit.Exec(t, g.DB(t, "g2"), id.CommitPrepared())
	return id
}

func held(r *resolve.Resolver) string {
	var text []string
	for _, d := range r.Report().Decisions {
		text = append(text, fmt.Sprintf("%s %d %s", d.Home, d.Count, d.Why))
	}
	return strings.Join(text, "; ")
}

// Safety rule 5: a commit row goes when every instance of every group that it
// names has executed the commit, and the branch rows go with it.
func TestSafetyRule5CommitRowsAreForgotten(t *testing.T) {
	g := groups.New(t, 2)
	home, other := g.DB(t, "g1"), g.DB(t, "g2")
	replica := replicate(t, g)
	o := options(t, g)
	o.ForgetAfter = time.Second
	r, _ := run(t, o)
	gone := func(id txn.ID) func() bool {
		return func() bool {
			return one(t, home, id.SelectOutcome()) == "" && one(t, other, "SELECT gtrid FROM _shardway.branch WHERE gtrid = '"+id.String()+"'") == ""
		}
	}
	t.Run("all have it", func(t *testing.T) {
		within(t, "both rows are forgotten", gone(committed(t, g)))
	})
	t.Run("a replica is late", func(t *testing.T) {
		testkit.Exec(t, replica, "STOP REPLICA SQL_THREAD")
		id := committed(t, g)
		within(t, "it is held, with the reason", func() bool { return strings.Contains(held(r), "g1 1 group g2: g2-2 has not executed yet") })
		if one(t, home, id.SelectOutcome()) != "commit" {
			t.Fatal("the decision is forgotten, and the replica may need it")
		}
		testkit.Exec(t, replica, "START REPLICA SQL_THREAD")
		within(t, "both rows are forgotten", gone(id))
	})
	t.Run("a replica is down", func(t *testing.T) {
		g.Servers["g2-2"].Process.Kill()
		id := committed(t, g)
		within(t, "it is held, with the reason", func() bool { return strings.Contains(held(r), "g1 1 group g2: g2-2") })
		if one(t, home, id.SelectOutcome()) != "commit" {
			t.Fatal("the decision is forgotten, and the replica may need it")
		}
		g.Edit(t, func(d *topology.Draft) error { return d.RemoveInstance("g2-2") })
		within(t, "both rows are forgotten once it is none of the group's", gone(id))
	})
	t.Run("a branch is still prepared", func(t *testing.T) {
		id := dead(t, g)
		// The resolver would commit it at once; so it is one that it cannot read.
		s := g.Session(t, "g2")
		xid := "'" + id.String() + "','g1',9"
		s.Exec("XA START "+xid, set(2, 1), "XA END "+xid, "XA PREPARE "+xid)
		testkit.Exec(t, home, id.InsertDecision(txn.Commit, []string{"g1", "g2"}))
		within(t, "it is held, with the reason", func() bool { return strings.Contains(held(r), "g1 1 it is still prepared in group g2") })
		testkit.Exec(t, other, "XA COMMIT "+xid)
		within(t, "the row is forgotten", gone(id))
	})
	t.Run("more than a batch", func(t *testing.T) {
		var values []string
		for i := range 1200 {
			values = append(values, fmt.Sprintf("('shardway-%s-%d-0123456789abcdef','commit','g1,g2')", txn.HomeHash("g1-1"), i))
		}
		testkit.Exec(t, home, "INSERT INTO _shardway.decision (gtrid, outcome, participants) VALUES "+strings.Join(values, ","))
		within(t, "all are forgotten", func() bool { return one(t, home, "SELECT COUNT(*) FROM _shardway.decision") == "0" })
	})
}

// Safety rule 5: an abort row goes when the home session is known dead.
func TestSafetyRule5AbortRowsAreForgotten(t *testing.T) {
	g := groups.New(t, 2)
	home := g.DB(t, "g1")
	o := options(t, g)
	o.ForgetAfter = 500 * time.Millisecond
	r, _ := run(t, o)
	t.Run("the session lives", func(t *testing.T) {
		s := g.Session(t, "g1")
		id := g.Name("g1", s)
		testkit.Exec(t, home, id.InsertDecision(txn.Abort, nil))
		within(t, "it is held, with the reason", func() bool { return strings.Contains(held(r), "still open") })
		if one(t, home, id.SelectOutcome()) != "abort" {
			t.Fatal("the row is forgotten, and its session could commit")
		}
		testkit.Exec(t, home, fmt.Sprintf("KILL %d", s.ID))
		within(t, "it is forgotten", func() bool { return one(t, home, id.SelectOutcome()) == "" })
	})
	t.Run("the session was on a former primary", func(t *testing.T) {
		former := testkit.OwnServer(t, testkit.Options{})
		g.AddReplica(t, "g1", "g1-2", former)
		id := txn.New("g1", "g1-2", 5)
		testkit.Exec(t, home, id.InsertDecision(txn.Abort, nil))
		within(t, "it is held while that takes writes", func() bool { return strings.Contains(held(r), "g1-2 takes writes") })
		testkit.Exec(t, former.DB(t, ""), "SET GLOBAL super_read_only = ON")
		within(t, "it is forgotten", func() bool { return one(t, home, id.SelectOutcome()) == "" })
	})
	t.Run("nobody knows the session's server", func(t *testing.T) {
		id := txn.New("g1", "gone", 5)
		testkit.Exec(t, home, id.InsertDecision(txn.Abort, nil))
		within(t, "it is held", func() bool { return strings.Contains(held(r), "not in the topology") })
	})
}

// Without leadership nothing is forgotten.
func TestSafetyRule29NobodyElseForgets(t *testing.T) {
	g := groups.New(t, 2)
	id := committed(t, g)
	o := options(t, g)
	o.ForgetAfter = 100 * time.Millisecond
	asked := make(chan struct{}, 10)
	o.StillLeads = func(context.Context) error {
		select {
		case asked <- struct{}{}:
		default:
		}
		return context.Canceled
	}
	run(t, o)
	within(t, "it asks whether it leads", func() bool { return len(asked) >= 5 })
	if one(t, g.DB(t, "g1"), id.SelectOutcome()) != "commit" {
		t.Error("somebody who does not lead has forgotten a decision")
	}
}
