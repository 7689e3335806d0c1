package integration

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/doctor"
	"github.com/shardway/shardway/internal/embedetcd"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/topology"
)

// restoration is a cluster whose etcd is restored from a backup.
type restoration struct {
	t        *testing.T
	c        *cluster.Cluster
	keyspace string
	// rows is how many there are in the table orders.
	rows int
	// etcds were started beside the cluster's own.
	etcds []*embedetcd.Server
}

func restorable(t *testing.T, shape cluster.Shape, k cluster.Keyspace) *restoration {
	t.Helper()
	r := &restoration{t: t}
	t.Cleanup(func() { // when the cluster has ended
		for _, m := range r.etcds {
			m.Close()
		}
	})
	r.c = cluster.New(t, shape)
	r.keyspace = r.c.Keyspace(t, k)
	return r
}

// backup copies etcd's data.
func (r *restoration) backup() (folder string) {
	r.t.Helper()
	folder = r.t.TempDir()
	r.withoutEtcd(func(data string) error { return os.CopyFS(folder, os.DirFS(data)) })
	return folder
}

// restore puts a backup in the place of etcd's data, with nobody there but MySQL, and
// starts the controller. It returns what was there.
func (r *restoration) restore(backup string) (before string) {
	r.t.Helper()
	if err := r.c.Controller.Stop(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	before = r.t.TempDir()
	r.withoutEtcd(func(data string) error {
		return errors.Join(os.CopyFS(before, os.DirFS(data)), os.RemoveAll(data), os.CopyFS(data, os.DirFS(backup)))
	})
	if err := r.c.Controller.Begin(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	return before
}

// withoutEtcd does something to etcd's data while it is stopped.
func (r *restoration) withoutEtcd(do func(data string) error) {
	r.t.Helper()
	r.c.Etcds[0].Close()
	if err := do(filepath.Join(r.c.Etcds[0].Options().Dir, "data")); err != nil {
		r.t.Fatal(err)
	}
	again, err := embedetcd.Start(r.t.Context(), r.c.Etcds[0].Options())
	if err != nil {
		r.t.Fatal(err)
	}
	r.c.Etcds[0], r.etcds = again, append(r.etcds, again)
}

func (r *restoration) healthy() {
	r.t.Helper()
	if err := r.c.AwaitHealthy(r.t.Context()); err != nil {
		r.t.Fatalf("%v\n%s", err, r.c.ControllerLog())
	}
}

// insert adds an order for each of some customers.
func (r *restoration) insert(conn *sql.Conn) {
	r.t.Helper()
	for customer := range 40 {
		must(r.t, conn, "INSERT INTO orders (customer) VALUES (?)", customer)
		r.rows++
	}
}

// again gives values that the sequence has not reached, and would give later.
func (r *restoration) again(conn *sql.Conn) {
	r.t.Helper()
	next, err := r.c.Store.NextValue(r.t.Context(), r.keyspace, r.c.Topology(r.t).Keyspaces[r.keyspace].Tables["orders"].SequenceID)
	if err != nil {
		r.t.Fatal(err)
	}
	for n := range 40 {
		must(r.t, conn, "INSERT INTO orders VALUES (?, ?)", next+uint64(n), n+40)
		r.rows++
	}
}

// etcd is restored from a backup that is older than a switchover and than values
// of AUTO_INCREMENT columns. Nothing that was acknowledged is lost, terms go on, and
// once the doctor has moved the sequences on no value is given twice.
func TestEtcdIsRestoredFromABackup(t *testing.T) {
	r := restorable(t, cluster.Shape{Groups: 2, Replicas: 1, Etcds: 1}, cluster.Keyspace{Shards: 2})
	c := r.c
	conn := connection(t, c.DB(t, r.keyspace))
	must(t, conn, "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer INT NOT NULL) COMMENT='shardway:shard_key=customer'")
	r.insert(conn)

	backup := r.backup()
	r.healthy()
	r.again(conn)
	before := c.Topology(t).Groups["g1"]
	if _, err := c.Admin.Switchover(t.Context(), "g1", admin.Switchover{}, false); err != nil {
		t.Fatal(err)
	}
	switched := c.Topology(t).Groups["g1"]
	if switched.Primary == before.Primary || switched.Term <= before.Term {
		t.Fatalf("the switchover led from %+v to %+v", before, switched)
	}
	r.insert(conn)
	var greatest uint64
	if err := conn.QueryRowContext(t.Context(), "SELECT MAX(id) FROM orders").Scan(&greatest); err != nil {
		t.Fatal(err)
	}

	if err := c.Proxy.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.restore(backup)
	var refused *topology.Refused
	until(t, "it is seen that etcd is older than the servers", func() bool {
		_, err := c.Admin.Switchover(t.Context(), "g1", admin.Switchover{}, false)
		return errors.As(err, &refused) && strings.Contains(refused.Message, fmt.Sprintf("%s took over in term %d, which etcd does not know", switched.Primary, switched.Term))
	})
	if _, err := c.Admin.Failover(t.Context(), "g1", admin.Failover{}, false); err != nil {
		t.Fatal(err)
	}
	r.healthy()
	if now := c.Topology(t).Groups["g1"]; now.Primary != switched.Primary || now.Term <= switched.Term {
		t.Errorf("%s is the primary of g1 in term %d, and %s was in term %d", now.Primary, now.Term, switched.Primary, switched.Term)
	}

	if found := sequencesBehind(t, c); len(found) != 1 || !strings.HasSuffix(found[0].What, fmt.Sprintf("has %d", greatest)) {
		t.Errorf("the doctor finds %+v", found)
	}
	if _, err := c.Admin.Cure(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if found := sequencesBehind(t, c); len(found) != 0 {
		t.Errorf("once it has mended that, the doctor finds %+v", found)
	}

	if err := c.Proxy.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn = connection(t, c.DB(t, r.keyspace))
	r.insert(conn)
	var n, distinct int
	if err := conn.QueryRowContext(t.Context(), "SELECT COUNT(*), COUNT(DISTINCT id) FROM orders").Scan(&n, &distinct); err != nil {
		t.Fatal(err)
	}
	if n != r.rows || distinct != r.rows {
		t.Errorf("%d rows and %d ids, of %d", n, distinct, r.rows)
	}
}

// etcd is restored from a backup of before a change over: it takes what clients
// wrote to last for the copy. Nothing is copied there or dropped, and with a later
// state of etcd all goes on.
func TestEtcdIsRestoredToBeforeAChangeOver(t *testing.T) {
	r := restorable(t, cluster.Shape{Groups: 3, Etcds: 1}, cluster.Keyspace{Shards: 1})
	c := r.c
	conn := connection(t, c.DB(t, r.keyspace))
	must(t, conn, "CREATE TABLE orders (id INT PRIMARY KEY, n INT NOT NULL) COMMENT='shardway:shard_key=id'")
	must(t, conn, "INSERT INTO orders VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0)")
	beginMove(t, c, r.keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}})
	inStep(t, c, r.keyspace)
	backup := r.backup()
	inStep(t, c, r.keyspace)
	ask(t, c, r.keyspace, "switch")
	for n := range 50 {
		must(t, conn, "UPDATE orders SET n = ?", n+1)
	}
	inStep(t, c, r.keyspace)
	written := func() (rows int) {
		t.Helper()
		for _, group := range []string{"g2", "g3"} {
			var n int
			err := c.Servers[c.Topology(t).Groups[group].Primary].DB(t, r.keyspace).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM orders WHERE n = 50").Scan(&n)
			if err != nil {
				t.Errorf("group %s: %v", group, err)
			}
			rows += n
		}
		return rows
	}
	outdated := func() {
		t.Helper()
		until(t, "it is seen that etcd is older than the groups", func() bool {
			list, err := c.Admin.Moves(t.Context(), r.keyspace)
			return err == nil && len(list) > 0 && strings.Contains(list[0].Doing, "etcd was restored from an older state")
		})
		if rows := written(); rows != 8 {
			t.Errorf("%d rows are as they were written last, of 8", rows)
		}
	}

	if err := c.Proxy.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	latest := r.restore(backup)
	outdated()
	if _, err := c.Admin.AskMove(t.Context(), r.keyspace, "switch", false); err == nil {
		t.Error("the shards change over")
	}
	if err := c.Proxy.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := c.DB(t, r.keyspace).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM orders").Scan(&n); err == nil || !strings.Contains(err.Error(), "Account is locked") {
		t.Errorf("who reads the old rows is told %v", err)
	}
	if err := c.Proxy.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask(t, c, r.keyspace, "cancel")
	outdated()

	r.restore(latest)
	inStep(t, c, r.keyspace)
	if err := c.Proxy.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn = connection(t, c.DB(t, r.keyspace))
	if err := conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM orders WHERE n = 50").Scan(&n); err != nil || n != 8 {
		t.Errorf("%d rows, %v", n, err)
	}
	ask(t, c, r.keyspace, "complete")
	ended(t, c, r.keyspace)
}

// sequencesBehind is what the doctor finds about sequences.
func sequencesBehind(t *testing.T, c *cluster.Cluster) (found []doctor.Finding) {
	t.Helper()
	all, err := c.Admin.Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all.Findings {
		if f.Check == "sequence" {
			found = append(found, f)
		}
	}
	return found
}
