package integration

import (
	"database/sql"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/bank"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/topology"
)

// atPrimaries is a pool whose sessions see what anybody has been told of.
func atPrimaries(t *testing.T, c *cluster.Cluster, proxy int, keyspace string) *sql.DB {
	t.Helper()
	config := c.ConfigBy(proxy, keyspace)
	config.Params = map[string]string{"shardway.read": "'primary'"}
	connector, err := driver.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// A bank's shards change over to and fro while it works, through two proxies: its
// total stays, no transfer is lost or done by halves, and what readers see of the
// journal fits an order in which each transfer takes effect at one moment.
func TestABankWorksWhileItsShardsMove(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	const accounts, writers, readers = 40, 6, 4
	proxies := []*sql.DB{atPrimaries(t, c, 0, keyspace), atPrimaries(t, c, 1, keyspace)}
	if err := bank.Open(t.Context(), proxies[0], accounts); err != nil {
		t.Fatal(err)
	}
	var acknowledged atomic.Int64
	var all sync.WaitGroup
	stop := make(chan struct{})
	end := sync.OnceFunc(func() { close(stop); all.Wait() })
	t.Cleanup(end)
	logs, seen := make([]*bank.Log, writers), make([][]bank.Seen, readers)
	ids := make([]int, writers)
	for i := range logs {
		ids[i] = i + 1
		w := bank.Writer{ID: ids[i], Accounts: accounts, Seed: 1, Pause: writePause, Acknowledged: &acknowledged}
		all.Go(func() { logs[i] = w.Work(t.Context(), proxies[i%2], stop) })
	}
	for i := range seen {
		r := bank.Reader{ID: i, Writers: ids, Seed: 1, Pause: writePause}
		all.Go(func() { seen[i] = r.Work(t.Context(), proxies[i%2], stop) })
	}
	more := func() {
		t.Helper()
		from := acknowledged.Load()
		until(t, "more transfers are made", func() bool { return acknowledged.Load() >= from+100 })
	}

	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}})
	for _, verb := range []string{"switch", "reverse", "switch"} {
		inStep(t, c, keyspace)
		more()
		ask(t, c, keyspace, verb)
		more()
	}
	inStep(t, c, keyspace)
	ask(t, c, keyspace, "complete")
	ended(t, c, keyspace)
	more()
	end()

	var books bank.Books
	for _, group := range []string{"g2", "g3"} {
		if err := books.Read(t.Context(), c.Servers[c.Topology(t).Groups[group].Primary].DB(t, keyspace)); err != nil {
			t.Fatal(err)
		}
	}
	if err := books.Check(accounts, logs, nil); err != nil {
		t.Error(err)
	}
	if err := bank.CheckOrder(logs, slices.Concat(seen...)); err != nil {
		t.Error(err)
	}
	failed, unknown := 0, 0
	for _, log := range logs {
		failed, unknown = failed+log.Count(bank.Failed), unknown+log.Count(bank.Unknown)
	}
	if unknown > 0 {
		t.Errorf("the outcome of %d transfers is not known", unknown)
	}
	t.Logf("%d transfers acknowledged, %d failed, %d reads", acknowledged.Load(), failed, len(slices.Concat(seen...)))
}
