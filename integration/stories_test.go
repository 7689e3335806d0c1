package integration

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// reads is how many reads the proxies have sent each instance.
func reads(t *testing.T, c *cluster.Cluster) map[string]uint64 {
	t.Helper()
	st, err := c.Admin.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]uint64{}
	for _, g := range st.Groups {
		for _, i := range g.Instances {
			counts[i.ID] = i.Reads
		}
	}
	return counts
}

func connection(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func must(t *testing.T, c *sql.Conn, statement string, args ...any) sql.Result {
	t.Helper()
	res, err := c.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return res
}

func number(t *testing.T, c *sql.Conn, query string) (n int) {
	t.Helper()
	if err := c.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// A replica that applies nothing does not keep a session from its own writes,
// nor send it to the primary: the other replica answers (safety rules 12, 13).
func TestOwnWritesAreReadFromTheOtherReplica(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 1, Replicas: 2})
	ks := c.Keyspace(t, cluster.Keyspace{})
	conn := connection(t, c.DB(t, ks))
	must(t, conn, "CREATE TABLE seen (n INT PRIMARY KEY)")
	late := connection(t, c.Servers["g1-2"].DB(t, ""))
	for deadline := time.Now().Add(30 * time.Second); ; {
		if _, err := late.ExecContext(t.Context(), "LOCK TABLES "+ks+".seen READ"); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the table does not reach the replica")
		}
	}
	before := reads(t, c)
	const writes = 60
	for n := range writes {
		must(t, conn, "INSERT INTO seen VALUES (?)", n)
		if got := number(t, conn, "SELECT COUNT(*) FROM seen"); got != n+1 {
			t.Fatalf("after %d writes the session sees %d rows", n+1, got)
		}
	}
	after := reads(t, c)
	must(t, late, "UNLOCK TABLES")
	other, primary := after["g1-3"]-before["g1-3"], after["g1-1"]-before["g1-1"]
	if other < writes*8/10 || primary > writes/10 {
		t.Errorf("of %d reads the other replica answered %d, the primary %d, the late one was asked %d times", writes, other, primary, after["g1-2"]-before["g1-2"])
	}
}

// Time does not go back within a session when its replica dies, and no read
// fails (safety rule 12).
func TestReadsGoOnWhenAReplicaDies(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 1, Replicas: 2})
	ks := c.Keyspace(t, cluster.Keyspace{})
	db := c.DB(t, ks)
	writer := connection(t, db)
	must(t, writer, "CREATE TABLE clock (n INT NOT NULL)")
	must(t, writer, "INSERT INTO clock VALUES (0)")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	written := make(chan error, 1)
	go func() {
		for n := 1; ; n++ {
			if _, err := writer.ExecContext(ctx, "UPDATE clock SET n = ?", n); err != nil {
				written <- err
				return
			}
		}
	}()
	readers := make([]*sql.Conn, 4)
	last := make([]int, len(readers))
	for i := range readers {
		readers[i] = connection(t, db)
	}
	for round := range 400 {
		if round == 100 {
			c.Servers["g1-2"].Process.Kill()
		}
		for i, r := range readers {
			n := number(t, r, "SELECT n FROM clock")
			if n < last[i] {
				t.Fatalf("round %d: session %d saw %d after %d", round, i, n, last[i])
			}
			last[i] = n
		}
	}
	stop()
	if err := <-written; ctx.Err() == nil {
		t.Error(err)
	}
}

// A replica that hangs is left out, and comes back by itself.
func TestAHangingReplicaIsLeftOutAndComesBack(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 1, Replicas: 2})
	ks := c.Keyspace(t, cluster.Keyspace{})
	db := c.DB(t, ks)
	first := connection(t, db)
	must(t, first, "CREATE TABLE t (n INT)")
	c.Servers["g1-2"].Process.Pause()
	ask := func(n int) {
		for range n {
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := number(t, conn, "SELECT COUNT(*) FROM t"); got != 0 {
				t.Fatalf("%d rows", got)
			}
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // the next is a session of its own
			_ = conn.Close()
		}
	}
	until(t, "the hanging replica is left out", func() bool { return state(t, c, "g1-2") == "down" })
	before := reads(t, c)["g1-2"]
	ask(40)
	if after := reads(t, c)["g1-2"]; after > before {
		t.Errorf("%d reads were sent to a replica that hangs", after-before)
	}
	c.Servers["g1-2"].Process.Resume()
	until(t, "the replica serves again", func() bool {
		ask(10)
		return reads(t, c)["g1-2"] > before
	})
}

func state(t *testing.T, c *cluster.Cluster, instance string) string {
	t.Helper()
	st, err := c.Admin.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range st.Groups {
		for _, i := range g.Instances {
			if i.ID == instance {
				return i.State
			}
		}
	}
	return ""
}

// until waits for a condition that other processes bring about; the bound is
// generous, for a loaded machine.
func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(3 * time.Minute); !true(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come about that %s", what)
		}
	}
}

// again calls act until ctx ends, once in a while at most: what is tested needs the
// processors, too.
func again(ctx context.Context, while time.Duration, act func()) {
	tick := time.NewTicker(while)
	defer tick.Stop()
	for ctx.Err() == nil {
		act()
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// How often at most each reader reads, and each writer writes.
const (
	readPause  = 20 * time.Millisecond
	writePause = 10 * time.Millisecond
)

// A thousand inserts cost etcd at most five writes, and while it is away the
// values in hand go on (safety rule 23).
func TestSequencesAndEtcd(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 2, Etcds: 1})
	ks := "counted" // not dropped: etcd is gone by then
	if _, err := c.Admin.CreateKeyspace(t.Context(), admin.NewKeyspace{Name: ks}, false); err != nil {
		t.Fatal(err)
	}
	conn := connection(t, c.DB(t, ks))
	must(t, conn, "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer INT NOT NULL) COMMENT='shardway:shard_key=customer'")
	before := revision(t, c)
	for n := range 1000 {
		must(t, conn, fmt.Sprintf("INSERT INTO orders (customer) VALUES (%d)", n))
	}
	if writes := revision(t, c) - before; writes > 5 {
		t.Errorf("1000 inserts cost etcd %d writes", writes)
	}
	res := must(t, conn, "INSERT INTO orders (customer) VALUES (1), (2), (3), (4)")
	first, _ := res.LastInsertId()
	if n := number(t, conn, fmt.Sprintf("SELECT COUNT(*) FROM orders WHERE id BETWEEN %d AND %d", first, first+3)); n != 4 {
		t.Errorf("of four values from %d on, %d follow one another", first, n)
	}
	if n := number(t, conn, "SELECT COUNT(DISTINCT customer) FROM orders WHERE customer = 1"); n != 1 {
		t.Error(n)
	}
	for g, s := range c.Servers {
		var n int
		if err := s.DB(t, ks).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM orders").Scan(&n); err != nil || n == 0 {
			t.Errorf("%s holds %d rows, %v", g, n, err)
		}
	}
	c.Etcds[0].Close()
	for n := range 50 {
		must(t, conn, fmt.Sprintf("INSERT INTO orders (customer) VALUES (%d)", n))
	}
	if n := number(t, conn, "SELECT COUNT(*) FROM orders"); n != 1054 {
		t.Errorf("%d rows without etcd", n)
	}
	if newcomer := connection(t, c.DB(t, ks)); number(t, newcomer, "SELECT COUNT(*) FROM orders WHERE customer = 7") != 2 {
		t.Error("a client that comes while etcd is away is not served")
	}
}

func revision(t *testing.T, c *cluster.Cluster) int64 {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: c.Store.Endpoints()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	answer, err := client.Get(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	return answer.Header.Revision
}
