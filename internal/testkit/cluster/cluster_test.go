package cluster_test

import (
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestAClusterServes(t *testing.T) {
	c := cluster.Get(t, cluster.Shape{Groups: 2, Replicas: 1, Spares: 1})
	if again := cluster.Get(t, cluster.Shape{Groups: 2, Replicas: 1, Spares: 1}); again != c {
		t.Error("one shape gave two clusters")
	}
	if len(c.Servers) != 5 {
		t.Errorf("%d servers, want 5", len(c.Servers))
	}
	for _, shards := range []int{1, 2, 4} {
		name := c.Keyspace(t, cluster.Keyspace{Shards: shards})
		db := c.DB(t, name)
		testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(20)) COMMENT 'shardway:shard_key=a'",
			"INSERT INTO t VALUES (1,'α'), (2,'б'), (3,'ج'), (4,'字'), (5,'🍜'), (6,'é'), (7,'ß'), (8,'ı')")
		var n int
		if err := db.QueryRow("SELECT COUNT(*) FROM t").Scan(&n); err != nil || n != 8 {
			t.Errorf("%d shards: %d rows, %v", shards, n, err)
		}
		if k := c.Topology(t).Keyspaces[name]; len(k.Shards) != shards {
			t.Errorf("%d shards, want %d", len(k.Shards), shards)
		}
	}
}
