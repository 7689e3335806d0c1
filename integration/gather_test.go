package integration

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/shardway/shardway/internal/testkit/cluster"
)

// TestRule14OneSnapshotOfAShard: a statement that reads a table twice sees one
// state of each shard (safety rule 14): no row is missing from its own table,
// while rows come and go.
func TestRule14OneSnapshotOfAShard(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY, v INT) COMMENT='shardway:shard_key=id'")
	s.must(t, "INSERT INTO t VALUES "+numbers(1, 40, "(%[1]d, %[1]d)"))
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 2 {
		db := c.DB(t, ks)
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				id := 1000 + w*100 + n%50
				_, _ = db.ExecContext(ctx, "REPLACE INTO t VALUES (?, ?)", id, n)
				_, _ = db.ExecContext(ctx, "DELETE FROM t WHERE id = ?", 1000+w*100+(n+25)%50)
			}
		})
	}
	defer writers.Wait()
	defer stop()
	for range 60 {
		if n := s.value(t, "SELECT COUNT(*) FROM t WHERE v NOT IN (SELECT v FROM t)"); n != "0" {
			t.Fatalf("%s rows are not in their own table", n)
		}
	}
}

// TestRule15CollectedInATransaction: what a transaction has written and not
// committed is collected too, and nothing of the collecting stays behind (safety
// rule 15).
func TestRule15CollectedInATransaction(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s, other := session(t, c, ks), session(t, c, ks)
	s.must(t, "CREATE TABLE a (id INT PRIMARY KEY, v INT) COMMENT='shardway:shard_key=id'")
	s.must(t, "CREATE TABLE b (id INT PRIMARY KEY, v INT) COMMENT='shardway:shard_key=id'")
	s.must(t, "INSERT INTO a VALUES "+numbers(1, 20, "(%[1]d, %[1]d)"))
	s.must(t, "INSERT INTO b VALUES "+numbers(1, 20, "(%[1]d, %[1]d)"))
	const joined = "SELECT COUNT(*) FROM a JOIN b ON a.v = b.id + 1"
	s.must(t, "BEGIN")
	s.must(t, "UPDATE a SET v = 100 WHERE id = 7")
	if n := s.value(t, joined); n != "18" {
		t.Errorf("the transaction counts %s", n)
	}
	if n := other.value(t, joined); n != "19" {
		t.Errorf("another session counts %s", n)
	}
	s.must(t, "ROLLBACK")
	s.must(t, "START TRANSACTION READ ONLY")
	if n := s.value(t, joined); n != "19" {
		t.Errorf("a read-only transaction counts %s", n)
	}
	s.must(t, "COMMIT")
	s.must(t, "SET autocommit = 0")
	if n := s.value(t, joined); n != "19" {
		t.Errorf("without autocommit it counts %s", n)
	}
	s.must(t, "COMMIT")
	s.must(t, "SET autocommit = 1")
	for id, server := range c.Servers {
		for _, table := range []string{"_shardway_g1", "_shardway_g2"} {
			conn := connection(t, server.DB(t, ""))
			if _, err := conn.ExecContext(t.Context(), fmt.Sprintf("SELECT 1 FROM %s.%s", ks, table)); err == nil {
				t.Errorf("%s has a table %s", id, table)
			}
		}
	}
}
