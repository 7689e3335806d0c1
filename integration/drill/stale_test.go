package drill

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/drill"
)

// staleRounds is how often a primary is replaced that goes on at once.
var staleRounds = flag.Int("stale.rounds", 2, "how often a proxy that is cut from etcd is asked for old rows")

// staleReaders read by the proxy that is cut off, each as fast as it can.
const staleReaders = 4

// A proxy that is cut from etcd reads nothing old at level primary: a primary hangs, is
// replaced, and goes on as soon as the new one has acknowledged a write, while the
// proxy knows nothing of it (safety rule 17).
func TestSafetyRule17APrimaryThatWasReplacedGoesOn(t *testing.T) {
	c := soakedCluster(t)
	site, err := c.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := admin.NewClient(site.Controllers[0].Admin, site.Controllers[0].Token)
	const keyspace = "stale"
	if _, err := client.CreateKeyspace(t.Context(), admin.NewKeyspace{Name: keyspace, Groups: []string{"g1"}}, false); err != nil {
		t.Fatal(err)
	}
	by := make(map[bool]*sql.DB) // by whether the proxy can be cut from etcd
	for _, p := range site.Proxies {
		config := driver.NewConfig()
		config.Net, config.Addr, config.User, config.Passwd, config.DBName = "tcp", p.Addr, site.User, site.Password, keyspace
		config.Logger = &driver.NopLogger{}
		connector, err := driver.NewConnector(config)
		if err != nil {
			t.Fatal(err)
		}
		by[p.ID == site.Cuttable] = sql.OpenDB(connector)
		defer by[p.ID == site.Cuttable].Close()
	}
	for _, statement := range []string{"CREATE TABLE reg (id INT PRIMARY KEY, v INT NOT NULL)", "INSERT INTO reg VALUES (1, 0)"} {
		if _, err := by[false].ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	r := &register{writer: by[false], reader: by[true]}
	for round := range *staleRounds {
		primary := awaitWhole(t, client)
		mend, err := c.Cut(t.Context(), drill.Link{A: drill.Process{Kind: drill.KindProxy, ID: site.Cuttable}, B: []drill.Process{{Kind: drill.KindEtcd}}, Loss: 100})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range staleReaders {
			all.Go(func() { r.read(ctx) })
		}
		r.write(t, 50)
		old := drill.Process{Kind: drill.KindInstance, ID: primary}
		if err := c.Pause(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		r.write(t, 1)
		if err := c.Resume(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
			r.write(t, 1)
		}
		if err := mend(t.Context()); err != nil {
			t.Fatal(err)
		}
		reads := r.reads.Load()
		for end := time.Now().Add(30 * time.Second); r.reads.Load() < reads+10; r.write(t, 1) {
			if time.Now().After(end) {
				t.Fatal("the proxy reaches etcd again, and answers nothing")
			}
		}
		stop()
		all.Wait()
		t.Logf("round %d: %d reads, %d of them old", round, r.reads.Load(), r.old.Load())
	}
	if n := r.old.Load(); n > 0 {
		t.Errorf("%d of %d reads were of rows that had been overwritten before they began; the first: %v", n, r.reads.Load(), r.first.Load())
	}
}

// register is a row that one client writes and others read.
type register struct {
	writer, reader *sql.DB
	last           int
	acknowledged   atomic.Int64
	reads, old     atomic.Int64
	first          atomic.Value
}

// write writes until n writes are acknowledged.
func (r *register) write(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); n > 0; {
		r.last++
		_, err := r.writer.ExecContext(t.Context(), "UPDATE reg SET v = ? WHERE id = 1", r.last)
		if err == nil {
			r.acknowledged.Store(int64(r.last))
			n--
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func (r *register) read(ctx context.Context) {
	var conn *sql.Conn
	for ctx.Err() == nil {
		var err error
		if conn == nil {
			if conn, err = r.reader.Conn(ctx); err != nil {
				conn = nil
				continue
			}
			if _, err := conn.ExecContext(ctx, "SET shardway.read = 'primary'"); err != nil {
				_ = conn.Close()
				conn = nil
				continue
			}
		}
		least, began := r.acknowledged.Load(), time.Now()
		var v int64
		if err := conn.QueryRowContext(ctx, "SELECT v FROM reg WHERE id = 1").Scan(&v); err != nil {
			continue
		}
		r.reads.Add(1)
		if v < least && r.old.Add(1) == 1 {
			r.first.Store(fmt.Sprintf("%d, with %d acknowledged, in a read of %s", v, least, time.Since(began)))
		}
	}
	if conn != nil {
		_ = conn.Close()
	}
}

// awaitWhole returns the primary of g1 once the group has two replicas that serve.
func awaitWhole(t *testing.T, client *admin.Client) string {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; <-time.After(100 * time.Millisecond) {
		status, err := client.Status(t.Context())
		if err == nil {
			at := slices.IndexFunc(status.Groups, func(g admin.GroupStatus) bool { return g.ID == "g1" })
			g := status.Groups[at]
			if g.Primary != "" && len(g.Ackers) == 2 {
				return g.Primary
			}
			for _, i := range g.Instances {
				if i.State == "diverged" { // it had writes that nobody acknowledged
					_, _ = client.RebuildInstance(t.Context(), i.ID, false)
				}
			}
		}
		if time.Now().After(end) {
			t.Fatalf("g1 does not become whole: %v", err)
		}
	}
}
