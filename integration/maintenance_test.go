package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// TestMaintenanceOverShards: a statement about tables runs on every group, and
// what only one of them says is told with its name.
func TestMaintenanceOverShards(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	conn := connection(t, c.DB(t, ks))
	must(t, conn, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	must(t, conn, "CREATE TABLE u (id INT PRIMARY KEY) COMMENT='shardway:reference'")
	must(t, conn, "INSERT INTO t VALUES "+numbers(1, 100, "(%d, %[1]d)"))
	if got := lines(t, conn, "ANALYZE TABLE t, u"); len(got) != 2 || !strings.Contains(got[0], ks+".t true} {analyze true} {status true} {OK") {
		t.Errorf("ANALYZE: %v", got)
	}
	if got := lines(t, conn, "ANALYZE TABLE t UPDATE HISTOGRAM ON n"); len(got) != 1 {
		t.Errorf("a histogram: %v", got)
	}
	for group := range 4 {
		server := c.Servers[fmt.Sprintf("g%d-1", group+1)]
		var n int
		if err := server.DB(t, "").QueryRow("SELECT COUNT(*) FROM information_schema.COLUMN_STATISTICS WHERE SCHEMA_NAME = ?", ks).Scan(&n); err != nil || n != 1 {
			t.Errorf("group g%d has %d histograms (%v)", group+1, n, err)
		}
	}
	if _, err := c.Servers["g3-1"].DB(t, ks).Exec("DROP TABLE t"); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(lines(t, conn, "CHECK TABLE t, u"), "\n")
	if !strings.Contains(got, "g3: Table '"+ks+".t' doesn't exist") || strings.Contains(got, ks+".t true} {check true} {status true} {OK") || !strings.Contains(got, ks+".u true} {check true} {status true} {OK") {
		t.Errorf("CHECK of a table that one group has lost:\n%s", got)
	}
}

// TestLockTablesSaysWhatToDo: table locks over several groups are refused, and
// UNLOCK TABLES has nothing to end, unless another keyspace's tables are locked.
func TestLockTablesSaysWhatToDo(t *testing.T) {
	c := cluster.Get(t, wide())
	s := session(t, c, c.Keyspace(t, cluster.Keyspace{Shards: 2}))
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	if e := s.refusal(t, mysql.ErNotSupportedYet, "LOCK TABLES t WRITE"); !strings.Contains(e.Message, "FOR UPDATE") {
		t.Error(e)
	}
	s.must(t, "UNLOCK TABLES")
	one := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	s.must(t, "CREATE TABLE "+one+".t (id INT PRIMARY KEY)")
	wide := s.value(t, "SELECT DATABASE()")
	s.must(t, "USE "+one)
	s.must(t, "LOCK TABLES t WRITE")
	s.must(t, "USE "+wide)
	s.refusal(t, mysql.ErNotSupportedYet, "UNLOCK TABLES")
	s.must(t, "USE "+one)
	s.must(t, "UNLOCK TABLES")
}

// TestKillOfAnotherProxysClient: the id of another proxy's client is refused with
// what to do, and never taken for one of this proxy's.
func TestKillOfAnotherProxysClient(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	s := session(t, c, ks)
	other := anotherProxy(t, c, c.Store.Endpoints()[0], testkit.Dir(t))
	there := other.server.connect(t, mysql.Variant{})
	there.must(t, "USE "+ks)
	id := there.value(t, "SELECT CONNECTION_ID()")
	if e := s.refusal(t, mysql.ErNotSupportedYet, "KILL "+id); !strings.Contains(e.Message, "no client of this proxy") {
		t.Error(e)
	}
	there.must(t, "SELECT 1")
}

// TestExplainOfARowWithAName: EXPLAIN reads what only the proxy's own reading of
// INSERT … AS new knows.
func TestExplainOfARowWithAName(t *testing.T) {
	c := cluster.Get(t, wide())
	s := session(t, c, c.Keyspace(t, cluster.Keyspace{Shards: 2}))
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	r := s.must(t, "EXPLAIN FORMAT='shardway' INSERT INTO t VALUES (1, 1), (2, 2) AS new ON DUPLICATE KEY UPDATE n = new.n")
	var text string
	for _, row := range r.rows {
		text += row[0] + "\n"
	}
	if !strings.Contains(text, "AS `new` ON DUPLICATE KEY UPDATE `n`=`new`.`n`") {
		t.Errorf("EXPLAIN:\n%s", text)
	}
}
