package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// pair is the cluster of stories about one replica; they leave it healthy.
func pair() cluster.Shape { return cluster.Shape{Groups: 1, Replicas: 1} }

// TestReadLevels: a level, set or hinted, decides which server answers; rows
// that a lagging replica has not applied are seen by those who must see them.
func TestReadLevels(t *testing.T) {
	c := cluster.Get(t, pair())
	ks := c.Keyspace(t, cluster.Keyspace{})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	s.must(t, "INSERT INTO t VALUES (1)")
	port := func(sql string) string { return s.value(t, sql) }
	primary, replica := fmt.Sprint(c.Servers["g1-1"].Port), fmt.Sprint(c.Servers["g1-2"].Port)
	until(t, "the replica answers", func() bool { return port("SELECT @@port FROM t WHERE id = 1") == replica })
	for _, sql := range []string{
		"SELECT /*+ SHARDWAY(primary) */ @@port FROM t WHERE id = 1", "SELECT @@port FROM t WHERE id = 1 FOR SHARE", "SELECT @@port FROM t WHERE id = 1 FOR UPDATE",
	} {
		if got := port(sql); got != primary {
			t.Errorf("%s is answered by %s", sql, got)
		}
	}
	s.must(t, "SET shardway.read = 'primary'")
	if got := port("SELECT @@port FROM t WHERE id = 1"); got != primary {
		t.Errorf("level primary is answered by %s", got)
	}
	s.must(t, "BEGIN")
	if got := port("SELECT @@port FROM t WHERE id = 1"); got != primary {
		t.Errorf("a transaction's read is answered by %s", got)
	}
	s.must(t, "COMMIT")
	s.must(t, "SET shardway.read = 'eventual'")
	until(t, "level eventual is answered by the replica", func() bool { return port("SELECT @@port FROM t WHERE id = 1") == replica })
	s.refusal(t, 1231, "SET shardway.read = 'sometimes'")
	// A replica that cannot apply.
	late := connection(t, c.Servers["g1-2"].DB(t, ""))
	must(t, late, "LOCK TABLES "+ks+".t READ")
	s.must(t, "INSERT INTO t VALUES (2)")
	if n := s.value(t, "SELECT COUNT(*) FROM t"); n != "1" && n != "2" {
		t.Errorf("level eventual sees %s rows", n)
	}
	s.must(t, "SET shardway.read = 'session'")
	if n := s.value(t, "SELECT COUNT(*) FROM t"); n != "2" {
		t.Errorf("level session sees %s rows of its own two", n)
	}
	other := session(t, c, ks)
	other.must(t, "SET shardway.read = 'primary'")
	if n := other.value(t, "SELECT COUNT(*) FROM t"); n != "2" {
		t.Errorf("level primary sees %s rows", n)
	}
	// A rule of the keyspace's bounds the lag at every level.
	s.must(t, "SET shardway.read = 'eventual'")
	if _, err := c.Admin.SetBalancing(t.Context(), ks, admin.Balancing{MaxLag: "1s"}, false); err != nil {
		t.Fatal(err)
	}
	until(t, "the replica that is too far behind is left out", func() bool { return s.value(t, "SELECT COUNT(*) FROM t") == "2" })
	if got := port("SELECT @@port FROM t WHERE id = 1"); got != primary {
		t.Errorf("level eventual is answered by %s, which is too far behind", got)
	}
	must(t, late, "UNLOCK TABLES")
	until(t, "the replica answers again", func() bool { return port("SELECT @@port FROM t WHERE id = 1") == replica })
}

// TestAReplicaWithoutTheKeyspace: a replica that is so far behind that it has not
// even the keyspace answers nobody; no client is told that there is none.
func TestAReplicaWithoutTheKeyspace(t *testing.T) {
	c := cluster.Get(t, pair())
	before := c.Keyspace(t, cluster.Keyspace{})
	s := session(t, c, before)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	s.must(t, "INSERT INTO t VALUES (1)")
	replica := fmt.Sprint(c.Servers["g1-2"].Port)
	until(t, "the replica answers", func() bool { return s.value(t, "SELECT @@port FROM t WHERE id = 1") == replica })
	late := connection(t, c.Servers["g1-2"].DB(t, ""))
	must(t, late, "LOCK TABLES "+before+".t READ")
	s.must(t, "INSERT INTO t VALUES (2)")
	fresh := c.Keyspace(t, cluster.Keyspace{})
	writer := session(t, c, fresh)
	writer.must(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	writer.must(t, "INSERT INTO t VALUES (1)")
	for _, level := range []string{"session", "eventual"} {
		reader := session(t, c, fresh)
		for _, who := range []*client{writer, reader} {
			who.must(t, "SET shardway.read = '"+level+"'")
			if n := who.value(t, "SELECT COUNT(*) FROM t"); n != "1" {
				t.Errorf("level %s sees %s rows", level, n)
			}
		}
	}
	must(t, late, "UNLOCK TABLES")
	writer.must(t, "SET shardway.read = 'session'")
	until(t, "the replica has the keyspace", func() bool { return writer.value(t, "SELECT @@port FROM t WHERE id = 1") == replica })
}

// TestAKilledReplicaComesBack: while it is dead no client notices, and no read
// takes long; started again it serves again.
func TestAKilledReplicaComesBack(t *testing.T) {
	c := cluster.Get(t, pair())
	ks := c.Keyspace(t, cluster.Keyspace{})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL)")
	s.must(t, "INSERT INTO t VALUES (1, 0)")
	replica := c.Servers["g1-2"]
	answered := func() string {
		t.Helper()
		next := session(t, c, ks)
		defer next.Close()
		begin := time.Now()
		port := next.value(t, "SELECT @@port + 0 * COUNT(*) FROM t")
		if took := time.Since(begin); took > time.Second {
			t.Errorf("a read takes %v", took)
		}
		return port
	}
	until(t, "the replica has the table", func() bool { return s.value(t, "SELECT @@port FROM t WHERE id = 1") == fmt.Sprint(replica.Port) })
	until(t, "the replica answers", func() bool { return answered() == fmt.Sprint(replica.Port) })
	replica.Process.Kill()
	for n := range 200 {
		if n == 50 {
			// Nobody acknowledges now, so nothing is written; reads go on.
			until(t, "the replica is known to be down", func() bool { return state(t, c, "g1-2") == "down" })
		}
		if got := answered(); got != fmt.Sprint(c.Servers["g1-1"].Port) {
			t.Fatalf("server %s answers after it was killed", got)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	process, err := mysqld.Start(ctx, replica.Options)
	if err != nil {
		t.Fatal(err)
	}
	replica.Process = process
	if err := c.AwaitHealthy(ctx); err != nil {
		t.Fatal(err)
	}
	until(t, "the replica serves again", func() bool { return answered() == fmt.Sprint(replica.Port) })
	s.must(t, "UPDATE t SET n = 1")
	if n := s.value(t, "SELECT n FROM t"); n != "1" {
		t.Errorf("n is %s", n)
	}
}

// TestExplain says where a statement goes, over SQL and through the admin API.
func TestExplain(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	for sql, parts := range map[string][]string{
		"SELECT * FROM t WHERE id = 5":                    {"the shard key of t is given", "on group g"},
		"SELECT n, COUNT(*) FROM t GROUP BY n ORDER BY n": {"all shards", "COUNT", "GROUP BY"},
		"UPDATE t SET n = 1":                              {"all shards", "all or nothing"},
		"INSERT INTO t VALUES (1, 1), (2, 2)":             {"insert"},
		"SELECT id, RANK() OVER (ORDER BY n) AS r FROM t": {"window"},
	} {
		r := s.must(t, "EXPLAIN FORMAT='shardway' "+sql)
		text := fmt.Sprint(r.rows)
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s: the explanation lacks %q: %s", sql, part, text)
			}
		}
		if _, err := c.Admin.Explain(t.Context(), ks, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if n := s.value(t, "SELECT COUNT(*) FROM t"); n != "0" {
		t.Errorf("explaining has stored %s rows", n)
	}
}
