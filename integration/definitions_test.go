package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// TestDDLNamesTheShardThatFails: a definition that cannot succeed everywhere
// is refused before it begins, if that can be told; one that a shard refuses
// because of its rows is reported shard by shard, keeps others off, and is
// finished by resuming it.
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
	e := s.refusal(t, mysql.ErUnknown, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	if !strings.Contains(e.Message, "table t is not on both "+placed[0].Group+" and "+third) {
		t.Error(e.Message)
	}
	if tables, err := c.Admin.Tables(t.Context(), ks); err != nil || len(tables) != 0 {
		t.Errorf("a declaration is left: %v, %v", tables, err)
	}
	if _, err := direct.Exec("DROP TABLE t"); err != nil {
		t.Fatal(err)
	}
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	s.must(t, "INSERT INTO t VALUES "+numbers(1, 30, "(%d, 1)"))
	var id int
	if err := direct.QueryRow("SELECT MIN(id) FROM t").Scan(&id); err != nil {
		t.Fatal(err)
	}
	s.must(t, fmt.Sprintf("UPDATE t SET n = NULL WHERE id = %d", id))
	e = s.refusal(t, 1138, "ALTER TABLE t MODIFY n INT NOT NULL")
	job := standing(t, c, ks)
	for _, part := range []string{"done on ", "failed on " + third, "shardway job resume " + job.ID} {
		if !strings.Contains(e.Message, part) {
			t.Errorf("the error does not say %q: %s", part, e.Message)
		}
	}
	if failed := job.In(topology.JobFailed); len(failed) != 1 || failed[0] != third || len(job.In(topology.JobDone)) != 3 {
		t.Errorf("%s", job.Where())
	}
	if e := s.refusal(t, mysql.ErUnknown, "ALTER TABLE t ADD COLUMN x INT"); !strings.Contains(e.Message, "job "+job.ID) {
		t.Error(e.Message)
	}
	if _, err := c.Admin.CancelJob(t.Context(), job.ID, admin.JobCancellation{}, false); err == nil {
		t.Error("a job that has had an effect was cancelled without force")
	}
	if _, err := c.Admin.ResumeJob(t.Context(), job.ID, admin.JobResumption{}, false); err == nil || !strings.Contains(err.Error(), "failed on "+third) {
		t.Errorf("resumed with the row still there: %v", err)
	}
	s.must(t, fmt.Sprintf("UPDATE t SET n = 1 WHERE id = %d", id))
	dry, err := c.Admin.ResumeJob(t.Context(), job.ID, admin.JobResumption{}, true)
	if err != nil || len(dry.Steps) != 5 || !strings.HasPrefix(dry.Steps[2], "run it on group "+third) {
		t.Errorf("%v, %v", dry, err)
	}
	if _, err := c.Admin.ResumeJob(t.Context(), job.ID, admin.JobResumption{}, false); err != nil {
		t.Fatal(err)
	}
	alike(t, c, ks, "t", "`n` int NOT NULL")
	s.must(t, "ALTER TABLE t ADD COLUMN x INT")
	alike(t, c, ks, "t", "`x` int")
}

// standing is the job of a keyspace that waits to be resumed.
func standing(t *testing.T, c *cluster.Cluster, keyspace string) *topology.Job {
	t.Helper()
	var found *topology.Job
	until(t, "the job stands", func() bool {
		jobs, err := c.Admin.Jobs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			if j.Keyspace == keyspace && j.State == topology.JobStopped {
				found = j
			}
		}
		return found != nil
	})
	return found
}

// alike checks that a table is defined alike on every group, and how.
func alike(t *testing.T, c *cluster.Cluster, keyspace, table, part string) {
	t.Helper()
	placed, err := c.Admin.Shards(t.Context(), keyspace)
	if err != nil {
		t.Fatal(err)
	}
	first := ""
	for _, shard := range placed {
		var name, text string
		if err := c.Servers[shard.Group+"-1"].DB(t, keyspace).QueryRow("SHOW CREATE TABLE "+table).Scan(&name, &text); err != nil {
			t.Fatalf("%s: %v", shard.Group, err)
		}
		if first == "" {
			first = text
		}
		if text != first || !strings.Contains(text, part) {
			t.Errorf("%s:\n%s\nthe first group:\n%s", shard.Group, text, first)
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
