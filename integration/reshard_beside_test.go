package integration

import (
	"context"
	"database/sql"
	"flag"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/topology"
)

// beside is how long clients are looked at in each part of TestClientsBesideACopy.
var beside = flag.Duration("reshard.beside", 500*time.Millisecond, "how long clients are looked at beside a copy; docs/reshard.md has the figures of 20s")

// Clients are answered while rows are copied as fast as can be, and while the copy
// is limited; the latencies are logged beside those without a copy.
func TestClientsBesideACopy(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	conn := connection(t, c.DB(t, keyspace))
	must(t, conn, "CREATE TABLE big (id INT PRIMARY KEY, n INT NOT NULL, filler VARCHAR(200) NOT NULL) COMMENT='shardway:shard_key=id'")
	must(t, conn, "INSERT INTO big VALUES (0, 0, REPEAT('x', 200))")
	rows := 1
	for ; rows < int(beside.Seconds()*100_000); rows *= 2 {
		must(t, conn, "INSERT INTO big SELECT id + ?, n, filler FROM big", rows)
	}

	must(t, conn, "SET shardway.read = 'eventual'")
	until(t, "the replica has all rows", func() bool {
		var n int
		return conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM big").Scan(&n) == nil && n == rows
	})
	watch := func(what string) {
		l := latencies(t, c.DB(t, keyspace), rows, *beside)
		t.Logf("%s: a read takes %s at the median and %s at the 99th percentile of %d, a write %s and %s of %d", what,
			l.of(false, 50), l.of(false, 99), len(l[false]), l.of(true, 50), l.of(true, 99), len(l[true]))
	}
	watch("no copy")
	for _, limit := range []int64{0, 2_000_000} {
		beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}, CopyLimit: limit})
		until(t, "the copy has begun", func() bool { return copied(t, c, keyspace, "big") > 0 })
		before := copied(t, c, keyspace, "big")
		if limit == 0 {
			watch("a copy without a limit")
		} else {
			watch("a copy limited to 2 MB a second")
		}
		t.Logf("  %d rows were copied meanwhile", copied(t, c, keyspace, "big")-before)
		ask(t, c, keyspace, "cancel")
		ended(t, c, keyspace)
	}
	watch("no copy")
}

// measured has how long statements took, those that write under true.
type measured map[bool][]time.Duration

func (m measured) of(write bool, percentile int) time.Duration {
	slices.Sort(m[write])
	return m[write][min(len(m[write])*percentile/100, len(m[write])-1)].Round(10 * time.Microsecond)
}

// latencies has eight clients read and write rows for a while, one statement each 5 ms.
func latencies(t *testing.T, db *sql.DB, rows int, while time.Duration) measured {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), while)
	defer cancel()
	var mu sync.Mutex
	all := make(measured)
	var clients sync.WaitGroup
	for n := range 8 {
		conn := connection(t, db)
		random := rand.New(rand.NewPCG(1, uint64(n)))
		clients.Go(func() {
			again(ctx, 5*time.Millisecond, func() {
				id, write := random.IntN(rows), random.IntN(2) == 0
				begun := time.Now()
				var err error
				if write {
					_, err = conn.ExecContext(t.Context(), "UPDATE big SET n = n + 1 WHERE id = ?", id)
				} else {
					var found int
					err = conn.QueryRowContext(t.Context(), "SELECT id FROM big WHERE id = ?", id).Scan(&found)
				}
				if err != nil {
					t.Errorf("row %d: %v", id, err)
				}
				mu.Lock()
				defer mu.Unlock()
				all[write] = append(all[write], time.Since(begun))
			})
		})
	}
	clients.Wait()
	return all
}
