package integration

import (
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// TestDDLNamesTheShardThatFails: a definition that one shard refuses is
// reported shard by shard, and can be finished.
func TestDDLNamesTheShardThatFails(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s := session(t, c, ks)
	placed, err := c.Admin.Shards(t.Context(), ks)
	if err != nil {
		t.Fatal(err)
	}
	third := placed[2].Group
	direct := c.Servers[third+"-1"].DB(t, ks)
	if _, err := direct.Exec("CREATE TABLE t (other INT)"); err != nil {
		t.Fatal(err)
	}
	e := s.refusal(t, mysql.ErTableExists, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	for _, part := range []string{"done on " + placed[0].Group + ", " + placed[1].Group, "failed on " + third, "not tried on 1 more"} {
		if !strings.Contains(e.Message, part) {
			t.Errorf("the error does not say %q: %s", part, e.Message)
		}
	}
	if _, err := direct.Exec("DROP TABLE t"); err != nil {
		t.Fatal(err)
	}
	s.must(t, "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	s.must(t, "INSERT INTO t VALUES "+numbers(1, 30, "(%d, 1)"))
	if n := s.value(t, "SELECT COUNT(*) FROM t"); n != "30" {
		t.Errorf("%s rows", n)
	}
	// An ALTER that fails on one shard because of its rows.
	s.must(t, "UPDATE t SET n = NULL WHERE id = 1")
	e = s.refusal(t, 1138, "ALTER TABLE t MODIFY n INT NOT NULL")
	if !strings.Contains(e.Message, "g") {
		t.Errorf("the error names no group: %s", e.Message)
	}
	s.must(t, "UPDATE t SET n = 1 WHERE id = 1")
	s.must(t, "ALTER TABLE t MODIFY n INT NOT NULL")
	for _, shard := range placed {
		var nullable string
		if err := c.Servers[shard.Group+"-1"].DB(t, "").QueryRow("SELECT IS_NULLABLE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_NAME = 'n'", ks).Scan(&nullable); err != nil || nullable != "NO" {
			t.Errorf("%s: nullable %s, %v", shard.Group, nullable, err)
		}
	}
}

// TestASchemaChangedBehindTheProxyIsNoticed: a column added on the servers is
// known to the proxy after a statement that needed it has failed.
func TestASchemaChangedBehindTheProxyIsNoticed(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 2})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10)) COMMENT='shardway:shard_key=id'")
	s.must(t, "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z'), (4, 'w')")
	s.must(t, "SELECT * FROM t ORDER BY a, id")
	placed, err := c.Admin.Shards(t.Context(), ks)
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range placed {
		if _, err := c.Servers[shard.Group+"-1"].DB(t, ks).Exec("ALTER TABLE t ADD COLUMN b DECIMAL(5,2) DEFAULT 7, DROP COLUMN a"); err != nil {
			t.Fatal(err)
		}
	}
	s.refusal(t, mysql.ErBadField, "SELECT a FROM t WHERE id = 1")
	until(t, "the proxy knows the new column", func() bool {
		a, err := s.query("SELECT b, COUNT(*), SUM(b) FROM t GROUP BY b ORDER BY b")
		if err != nil {
			t.Fatal(err)
		}
		return a.err == nil && len(a.results[0].rows) == 1 && a.results[0].rows[0][2] == "28.00"
	})
	if r := s.must(t, "SELECT * FROM t ORDER BY b DESC, id"); len(r.rows) != 4 || r.columns[1].Name != "b" {
		t.Errorf("%v", r)
	}
}
