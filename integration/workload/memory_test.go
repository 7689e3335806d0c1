package workload

import (
	"bytes"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// How many rows are sorted, and how large the proxy may be meanwhile. The full
// size, five million, has the same bound: -args -order-rows 5000000.
var orderRows = flag.Int("order-rows", 300_000, "how many rows TestOrderByStreams sorts over 4 shards")

const proxyMegabytesMax = 150

// TestOrderByStreams: rows of four shards in order pass through a proxy that
// keeps none of them.
func TestOrderByStreams(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 4, Name: "memory"})
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	db := c.DB(t, ks)
	testkit.Exec(t, db, `CREATE TABLE big (part INT NOT NULL, id BIGINT NOT NULL, k INT NOT NULL, pad CHAR(60) NOT NULL,
  PRIMARY KEY (part, id)) COMMENT='shardway:shard_key=part'`)
	for part := range 64 {
		testkit.Exec(t, db, fmt.Sprintf("INSERT INTO big VALUES (%d, 1, %d, 'some text that fills a row up to a size')", part, part))
	}
	total := 0
	for _, s := range c.Servers {
		total += double(t, s.DB(t, ks), *orderRows/4)
	}
	before := megabytes(t, c.Proxy.PID())
	rows, err := db.Query("SELECT k, id, part, pad FROM big ORDER BY k, id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var last, k, id, part int64
	var pad sql.RawBytes
	read, peak := 0, before
	for ; rows.Next(); read++ {
		if err := rows.Scan(&k, &id, &part, &pad); err != nil {
			t.Fatal(err)
		}
		if k < last {
			t.Fatalf("row %d has %d, after %d", read, k, last)
		}
		last = k
		if read%10_000 == 0 {
			peak = max(peak, megabytes(t, c.Proxy.PID()))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows; the proxy has %d MB before, %d at most meanwhile", read, before, peak)
	if read != total {
		t.Errorf("%d rows, there are %d", read, total)
	}
	if peak > proxyMegabytesMax {
		t.Errorf("the proxy grows to %d MB, more than %d", peak, proxyMegabytesMax)
	}
}

// double copies a server's rows, each within its own part, until there are
// enough, and returns how many there are.
func double(t *testing.T, db *sql.DB, enough int) int {
	t.Helper()
	for {
		var n int
		if err := db.QueryRow("SELECT COUNT(*) FROM big").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n >= enough {
			return n
		}
		if n == 0 {
			t.Fatal("a shard has no row to copy")
		}
		testkit.Exec(t, db, fmt.Sprintf(
			"INSERT INTO big SELECT part, id + (SELECT MAX(id) FROM big AS b), CRC32(id * 64 + part) %% 1000000, pad FROM big AS a LIMIT %d", enough-n))
	}
}

// megabytes is the resident memory of a process.
func megabytes(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(text, []byte("VmRSS:"))
	kilobytes, err := strconv.Atoi(string(bytes.Fields(after)[0]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes / 1024
}
