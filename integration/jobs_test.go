package integration

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// blocked holds a table on one group's server, so that DDL waits there, and
// returns what lets it go on.
func blocked(t *testing.T, c *cluster.Cluster, group, keyspace string) (release func()) {
	t.Helper()
	conn := connection(t, c.Servers[group+"-1"].DB(t, keyspace))
	must(t, conn, "BEGIN")
	must(t, conn, "INSERT INTO t (id) VALUES (-1)")
	return func() { must(t, conn, "ROLLBACK") }
}

// waiting waits until a server has a statement that waits for a table.
func waiting(t *testing.T, c *cluster.Cluster, group string) {
	t.Helper()
	until(t, "DDL waits on "+group, func() bool {
		var n int
		err := c.Servers[group+"-1"].DB(t, "").QueryRow("SELECT COUNT(*) FROM performance_schema.processlist WHERE state LIKE 'Waiting for table%'").Scan(&n)
		return err == nil && n > 0
	})
}

// TestAServerIsKilledInTheMiddleOfAnAlter: the job stands and says where it is;
// resuming it makes all shards equal.
func TestAServerIsKilledInTheMiddleOfAnAlter(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 4})
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	s.must(t, "INSERT INTO t VALUES "+numbers(1, 30, "(%d, 1)"))
	blocked(t, c, "g3", ks)
	answered := make(chan error, 1)
	go func() {
		a, err := s.query("ALTER TABLE t ADD COLUMN b INT NOT NULL DEFAULT 7")
		if err == nil {
			err = a.err
		}
		answered <- err
	}()
	waiting(t, c, "g3")
	server := c.Servers["g3-1"]
	server.Process.Kill()
	if err := <-answered; err == nil || !strings.Contains(err.Error(), "outcome unknown on g3") {
		t.Errorf("%v", err)
	}
	job := standing(t, c, ks)
	again := session(t, c, ks)
	if e := again.refusal(t, mysql.ErUnknown, "DROP TABLE t"); !strings.Contains(e.Message, "nothing was done") {
		t.Error(e.Message)
	}
	if _, err := c.Admin.ResumeJob(t.Context(), job.ID, admin.JobResumption{}, false); err == nil {
		t.Error("resumed without the server")
	}
	process, err := mysqld.Start(t.Context(), server.Options)
	if err != nil {
		t.Fatal(err)
	}
	server.Process = process
	if err := c.AwaitHealthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Admin.ResumeJob(t.Context(), job.ID, admin.JobResumption{}, false); err != nil {
		t.Fatal(err)
	}
	alike(t, c, ks, "t", "`b` int NOT NULL")
	until(t, "all rows are answered", func() bool {
		a, err := again.query("SELECT SUM(b) FROM t")
		return err == nil && a.err == nil && a.results[0].rows[0][0] == "210"
	})
}

// TestAProxyIsKilledInTheMiddleOfAnAlter: the server goes on with what it was
// sent, and resuming the job finds that out.
func TestAProxyIsKilledInTheMiddleOfAnAlter(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	placed, err := c.Admin.Shards(t.Context(), ks)
	if err != nil {
		t.Fatal(err)
	}
	second := placed[1].Group
	release := blocked(t, c, second, ks)
	doomed := anotherProxy(t, c, strings.Join(c.Store.Endpoints(), ","), t.TempDir())
	client := doomed.server.connect(t, mysql.Variant{})
	client.must(t, "USE "+ks)
	if err := client.WriteQuery("ALTER TABLE t ADD COLUMN b INT"); err != nil {
		t.Fatal(err)
	}
	if err := client.Flush(); err != nil {
		t.Fatal(err)
	}
	waiting(t, c, second)
	doomed.Kill()
	job := standing(t, c, ks)
	if _, err := c.Admin.ResumeJob(t.Context(), job.ID, admin.JobResumption{}, false); err == nil || !strings.Contains(err.Error(), second+" still executes") {
		t.Errorf("%v", err)
	}
	release()
	until(t, "the server has ended the statement", func() bool {
		dry, err := c.Admin.ResumeJob(t.Context(), job.ID, admin.JobResumption{}, true)
		return err == nil && dry.Steps[1] == "it is done on group "+second
	})
	if _, err := c.Admin.ResumeJob(t.Context(), job.ID, admin.JobResumption{}, false); err != nil {
		t.Fatal(err)
	}
	alike(t, c, ks, "t", "`b` int")
	s.must(t, "ALTER TABLE t DROP COLUMN b")
}

// TestTwoProxiesDefineAtOnce: one job of a keyspace after the other, over all
// proxies, and all shards are alike afterwards.
func TestTwoProxiesDefineAtOnce(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	session(t, c, ks).must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	other := anotherProxy(t, c, strings.Join(c.Store.Endpoints(), ","), t.TempDir())
	var all sync.WaitGroup
	for i, proxy := range []server{proxyOf(c), other.server} {
		client := proxy.connect(t, mysql.Variant{})
		client.must(t, "USE "+ks)
		all.Go(func() {
			for n := range 3 {
				a, err := client.query(fmt.Sprintf("ALTER TABLE t ADD COLUMN c%d_%d INT FIRST", i, n))
				if err != nil || a.err != nil {
					t.Errorf("%v, %v", err, a.err)
				}
			}
		})
	}
	all.Wait()
	alike(t, c, ks, "t", "`c1_2` int")
	if n := session(t, c, ks).value(t, "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 't' AND table_schema = '"+ks+"'"); n != "8" {
		t.Errorf("%s columns", n)
	}
}

// TestDDLNeedsEtcd: without it a definition on several groups is refused before
// anything is done.
func TestDDLNeedsEtcd(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 2, Etcds: 1})
	ks := "alone" // not dropped: etcd is gone by then
	if _, err := c.Admin.CreateKeyspace(t.Context(), admin.NewKeyspace{Name: ks}, false); err != nil {
		t.Fatal(err)
	}
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY) COMMENT='shardway:shard_key=id'")
	c.Etcds[0].Close()
	if e := s.refusal(t, mysql.ErUnknown, "ALTER TABLE t ADD COLUMN b INT"); !strings.Contains(e.Message, "nothing was done") {
		t.Error(e.Message)
	}
	for _, server := range c.Servers {
		var n int
		if err := server.DB(t, "").QueryRow("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = ? AND column_name = 'b'", ks).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d columns, %v", n, err)
		}
	}
}
