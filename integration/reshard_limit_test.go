package integration

import (
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/topology"
)

// A copy that an operator limits hardly goes on, while changes are followed as
// always; once the limit is lifted it goes on at once.
func TestACopyIsLimited(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	conn := connection(t, c.DB(t, keyspace))
	const rows, limit = 60, 1000
	must(t, conn, "CREATE TABLE wide (id INT PRIMARY KEY, body MEDIUMTEXT) COMMENT='shardway:shard_key=id'")
	must(t, conn, "CREATE TABLE narrow (id INT PRIMARY KEY) COMMENT='shardway:reference'")
	for id := range rows {
		must(t, conn, "INSERT INTO wide VALUES (?, REPEAT('x', 400000))", id)
	}

	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}, CopyLimit: limit})
	until(t, "the first rows are copied", func() bool { return copied(t, c, keyspace, "wide") > 0 })
	must(t, conn, "INSERT INTO narrow VALUES (1)")
	target := c.Servers[c.Topology(t).Groups["g3"].Primary].DB(t, keyspace)
	until(t, "the change is on the other side", func() bool {
		var n int
		return target.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM narrow").Scan(&n) == nil && n == 1
	})
	if n := copied(t, c, keyspace, "wide"); n >= rows {
		t.Errorf("%d rows of 400 kB are copied at %d bytes a second", n, limit)
	}
	if _, err := c.Admin.LimitMove(t.Context(), keyspace, admin.LimitMove{}, false); err != nil {
		t.Fatal(err)
	}
	inStep(t, c, keyspace)
	ask(t, c, keyspace, "cancel")
	ended(t, c, keyspace)
}

// copied is how many rows of a table are copied.
func copied(t *testing.T, c *cluster.Cluster, keyspace, table string) (n int64) {
	t.Helper()
	list, err := c.Admin.Moves(t.Context(), keyspace)
	if err != nil || len(list) == 0 {
		t.Fatalf("the move is not there: %v", err)
	}
	for _, f := range list[0].Flows {
		for _, of := range f.Tables {
			if of.Name == table {
				n += of.Rows
			}
		}
	}
	return n
}
