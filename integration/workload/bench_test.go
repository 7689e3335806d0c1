package workload

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// benchRows are the rows of the table that is read.
const benchRows = 20_000

// benchSite makes a table over four shards and returns pools for the proxy and
// for each server.
func benchSite(t testing.TB) (proxy *sql.DB, servers []*sql.DB) {
	t.Helper()
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	proxy = c.DB(t, ks)
	testkit.Exec(t, proxy,
		"CREATE TABLE fact (id INT PRIMARY KEY, dim INT NOT NULL, v INT NOT NULL, KEY (v)) COMMENT='shardway:shard_key=id'",
		"CREATE TABLE dim (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL) COMMENT='shardway:shard_key=id'")
	for _, table := range []string{"fact", "dim"} {
		for from := 0; from < benchRows; from += 2000 {
			var rows []string
			for id := from; id < from+2000; id++ {
				if table == "fact" {
					rows = append(rows, fmt.Sprintf("(%d,%d,%d)", id, id*7919%benchRows, id*31%benchRows))
				} else {
					rows = append(rows, fmt.Sprintf("(%d,'name %d')", id, id))
				}
			}
			testkit.Exec(t, proxy, "INSERT INTO "+table+" VALUES "+strings.Join(rows, ","))
		}
	}
	for _, s := range c.Servers {
		servers = append(servers, s.DB(t, ks))
	}
	return proxy, servers
}

// BenchmarkFourShards compares a statement over four shards with the same sent
// to the four servers directly at once, in turn, and reports the ratio of the
// medians: at most 1.5 is the aim.
func BenchmarkFourShards(b *testing.B) {
	proxy, servers := benchSite(b)
	for name, query := range map[string]string{
		"order by limit": "SELECT id, v FROM fact ORDER BY v LIMIT 10", "count": "SELECT COUNT(*) FROM fact",
	} {
		b.Run(name, func(b *testing.B) {
			var over, direct []time.Duration
			for b.Loop() {
				begin := time.Now()
				if err := drain(b.Context(), proxy, query); err != nil {
					b.Fatal(err)
				}
				over = append(over, time.Since(begin))
				begin = time.Now()
				var wait sync.WaitGroup
				for _, db := range servers {
					wait.Go(func() {
						if err := drain(b.Context(), db, query); err != nil {
							b.Error(err)
						}
					})
				}
				wait.Wait()
				direct = append(direct, time.Since(begin))
			}
			slices.Sort(over)
			slices.Sort(direct)
			o, d := over[len(over)/2], direct[len(direct)/2]
			b.ReportMetric(float64(o.Microseconds()), "us/proxy")
			b.ReportMetric(float64(d.Microseconds()), "us/direct")
			b.ReportMetric(float64(o)/float64(d), "ratio")
		})
	}
}

func drain(ctx context.Context, db *sql.DB, query string) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

// roundTripsMax is how often a shard may be asked by a join that looks 1,000
// rows up.
const roundTripsMax = 10

// TestLookupJoinAsksInBatches: a join of 1,000 rows by another column than the
// shard key asks each shard a few times, not once a row.
func TestLookupJoinAsksInBatches(t *testing.T) {
	proxy, servers := benchSite(t)
	const query = "SELECT COUNT(*), MIN(d.name) FROM fact f JOIN dim d ON d.id = f.dim WHERE f.v < 1000"
	if err := drain(t.Context(), proxy, query); err != nil { // what a first time costs is not counted
		t.Fatal(err)
	}
	for _, db := range servers {
		testkit.Exec(t, db, "SET GLOBAL log_output = 'TABLE'", "TRUNCATE mysql.general_log", "SET GLOBAL general_log = ON")
		t.Cleanup(func() { _, _ = db.Exec("SET GLOBAL general_log = OFF") })
	}
	var n int
	var name string
	if err := proxy.QueryRow(query).Scan(&n, &name); err != nil || n != 1000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	for i, db := range servers {
		// What proxies and controllers ask meanwhile is not about these tables.
		const about = "SELECT COUNT(*) FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND CONVERT(argument USING utf8mb4) RLIKE 'd[i]m|f[a]ct'"
		var asked int
		if err := db.QueryRow(about).Scan(&asked); err != nil {
			t.Fatal(err)
		}
		t.Logf("server %d: %d statements", i, asked)
		if asked < 1 || asked > roundTripsMax {
			t.Errorf("server %d is asked %d times, not 1 to %d", i, asked, roundTripsMax)
		}
	}
}
