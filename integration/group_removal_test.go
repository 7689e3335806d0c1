package integration

import (
	"strings"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/topology"
)

// A keyspace moves to another group; the one that it was on is removed while clients
// write, and one of its servers becomes a replica of the other.
func TestAGroupIsRemoved(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 2, Replicas: 1})
	c.Servers["g1-2"].Supervise(t)
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	session(t, c, ks).must(t, "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)")

	_, err := c.Admin.RemoveGroup(t.Context(), "g1", false)
	refusedAs(t, err, topology.CodeInUse, "holds shards of "+ks)
	beginMove(t, c, ks, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2"}})
	inStep(t, c, ks)
	_, err = c.Admin.RemoveGroup(t.Context(), "g1", true)
	refusedAs(t, err, topology.CodeInUse, "holds shards of "+ks)
	ask(t, c, ks, "switch")
	_, err = c.Admin.RemoveGroup(t.Context(), "g1", false)
	refusedAs(t, err, topology.CodeInUse, "takes part in a move of shards of "+ks)
	ask(t, c, ks, "complete")
	ended(t, c, ks)

	w := gather(t, c, ks, 8)
	w.more(t)
	var change admin.Change
	until(t, "the controller has looked for prepared transactions", func() bool {
		change, err = c.Admin.RemoveGroup(t.Context(), "g1", false)
		refused, ok := topology.AsRefused(err)
		return !ok || refused.Code != topology.CodeUnavailable
	})
	if err != nil || len(change.Warnings) > 0 {
		t.Fatalf("%v, warnings %q", err, change.Warnings)
	}
	snap := c.Topology(t)
	if snap.Groups["g1"] != nil || !snap.Accounts["g1"].IsZero() {
		t.Errorf("the group is still there: %+v", snap.Groups["g1"])
	}
	for _, id := range []string{"g1-1", "g1-2"} {
		if role := snap.Instances[id].Role; role != topology.RoleSpare {
			t.Errorf("%s is a %s", id, role)
		}
		conn := connection(t, c.Servers[id].DB(t, ""))
		if n := number(t, conn, "SELECT @@GLOBAL.offline_mode + @@GLOBAL.super_read_only"); n != 2 {
			t.Errorf("%s is not closed", id)
		}
		if n := number(t, conn, "SELECT COUNT(*) FROM performance_schema.replication_connection_configuration WHERE host <> ''"); n != 0 {
			t.Errorf("%s still replicates", id)
		}
		if n := number(t, conn, "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '"+ks+"'"); n != 0 {
			t.Errorf("%s still has the schema that has moved away", id)
		}
	}
	w.more(t)

	if _, err := c.Admin.JoinInstance(t.Context(), "g1-2", admin.Join{Group: "g2"}, false); err != nil {
		t.Fatal(err)
	}
	until(t, "it acknowledges the writes of the other group", func() bool {
		snap := c.Topology(t)
		return snap.Instances["g1-2"].Job == nil && len(snap.Groups["g2"].Ackers) == 2
	})
	if err := c.AwaitHealthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.more(t)
	w.settle(t)
	for _, f := range w.failed {
		t.Errorf("a client was told %v", f.err)
	}
	if _, err := c.Admin.RemoveInstance(t.Context(), "g1-1", false); err != nil {
		t.Fatal(err)
	}
}

// refusedAs wants a refusal of a kind that says something.
func refusedAs(t *testing.T, err error, code topology.Code, says string) {
	t.Helper()
	if refused, ok := topology.AsRefused(err); !ok || refused.Code != code || !strings.Contains(refused.Message, says) {
		t.Fatalf("not refused as %s with %q: %v", code, says, err)
	}
}
