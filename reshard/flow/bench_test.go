package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/mysql/binlog"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

const (
	benchRows    = 200_000
	benchChanges = 20_000
)

// durable undoes what makes test servers faster than real ones.
var durable = [...]string{"--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=256M", "--innodb-redo-log-capacity=256M"}

// benchWorld has a table as sysbench makes it on the source.
func benchWorld(b *testing.B, rows int) *world {
	w := &world{
		t: nil, mu: &sync.Mutex{}, schema: testkit.Name(), primary: map[string]*testkit.MySQL{}, reader: map[string]*testkit.MySQL{}, replica: map[string][]*testkit.MySQL{},
		db: map[string]*sql.DB{}, options: Options{},
	}
	for _, name := range []string{"g1", "g2", "g3"} {
		s := testkit.Server(b, testkit.Options{Name: name, Args: durable[:]})
		w.primary[name], w.reader[name] = s, s
		testkit.Exec(b, s.DB(b, ""), "CREATE DATABASE "+w.schema)
		b.Cleanup(func() { _, _ = s.DB(b, "").Exec("DROP DATABASE " + w.schema) })
		w.db[name] = s.DB(b, w.schema)
		testkit.Exec(b, w.db[name], "CREATE TABLE sbtest (id BIGINT PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL, KEY (k))")
	}
	conn, err := w.db["g1"].Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, q := range []string{
		"SET SESSION cte_max_recursion_depth = 10000000",
		fmt.Sprintf(`INSERT INTO sbtest WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < %d)
			SELECT i, CRC32(i) DIV 4, SUBSTR(CONCAT(SHA2(i,512)), 1, 119), SHA2(i,224) FROM n`, rows),
	} {
		if _, err := conn.ExecContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	w.spec = Spec{
		Job: testkit.Name(), Source: "g1", Schema: w.schema,
		Tables:  []Table{{Name: "sbtest", Kind: topology.KindSharded, Key: shardkey.Key{{Name: "id", Type: "bigint"}}}},
		Targets: []Target{{Group: "g2", Ranges: []topology.Range{{End: 1 << 63}}}, {Group: "g3", Ranges: []topology.Range{{Start: 1 << 63}}}},
	}
	return w
}

func (w *world) empty(b *testing.B) {
	b.Helper()
	testkit.Exec(b, w.db["g2"], "TRUNCATE TABLE sbtest")
	testkit.Exec(b, w.db["g3"], "TRUNCATE TABLE sbtest")
	w.spec.Job = testkit.Name()
}

// flowing runs a flow while f runs.
func (w *world) flowing(b *testing.B, f func(*Flow)) {
	b.Helper()
	flow, err := New(w.spec, w, w.options)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- flow.Run(ctx) }()
	f(flow)
	cancel(errTestOver)
	if err := <-ended; !errors.Is(err, errTestOver) {
		b.Fatal(err)
	}
}

func awaitCopied(flow *Flow) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !flow.Progress().Copied {
		<-tick.C
	}
}

// BenchmarkCopy copies a table onto two groups: with a flow, and by hand, with
// a pair of programs for each target, at the same time or one pair after the
// other.
func BenchmarkCopy(b *testing.B) {
	w := benchWorld(b, benchRows)
	report := func(b *testing.B) {
		b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("flow", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			w.empty(b)
			b.StartTimer()
			w.flowing(b, awaitCopied)
		}
		report(b)
	})
	mysqlClient, mysqldump := client(b, "mysql"), client(b, "mysqldump")
	dump := func(source, target string) string {
		return fmt.Sprintf(`%s %s --single-transaction --no-create-info --set-gtid-purged=OFF --no-tablespaces --skip-add-locks --skip-disable-keys --where="$WHERE" %s sbtest | %s %s %s`,
			mysqldump, source, w.schema, mysqlClient, target, w.schema)
	}
	load := func(source, target string) string {
		return fmt.Sprintf(`%s %s --batch --quick --skip-column-names -e "SELECT * FROM sbtest WHERE $WHERE" %s | %s %s --local-infile=1 -e "LOAD DATA LOCAL INFILE '/dev/stdin' INTO TABLE sbtest" %s`,
			mysqlClient, source, w.schema, mysqlClient, target, w.schema)
	}
	for _, by := range []struct {
		name  string
		pair  func(source, target string) string
		pairs int
	}{{"mysqldump", dump, 2}, {"mysqldump in turn", dump, 1}, {"LOAD DATA", load, 2}} {
		b.Run(by.name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				w.empty(b)
				b.StartTimer()
				w.byHand(b, by.pair, by.pairs)
			}
			report(b)
		})
	}
}

// byHand copies with a pair of programs for each target, so many pairs at a
// time, and counts what has arrived.
func (w *world) byHand(b *testing.B, pair func(source, target string) string, pairs int) {
	b.Helper()
	var work errgroup.Group
	work.SetLimit(pairs)
	for _, target := range w.spec.Targets {
		r := target.Ranges[0]
		command := exec.CommandContext(b.Context(), "bash", "-o", "pipefail", "-c", pair(login(w.primary["g1"]), login(w.primary[target.Group])))
		command.Env = append(os.Environ(), "WHERE="+w.spec.Tables[0].Key.RangePredicate("", r.Start, r.End))
		work.Go(func() error {
			if out, err := command.CombinedOutput(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	arrived := 0
	for _, target := range w.spec.Targets {
		var n int
		if err := w.db[target.Group].QueryRow("SELECT COUNT(*) FROM sbtest").Scan(&n); err != nil {
			b.Fatal(err)
		}
		arrived += n
	}
	if arrived != benchRows {
		b.Fatalf("%d rows arrived, of %d", arrived, benchRows)
	}
	b.StartTimer()
}

// client makes a wrapper of another program beside bin/mysql.
func client(b *testing.B, name string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "bin", "mysql"))
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "/bin/mysql", "/bin/"+name)), 0o755); err != nil {
		b.Fatal(err)
	}
	return path
}

func login(s *testkit.MySQL) string {
	return fmt.Sprintf("--no-defaults -h %s -P %d -u %s -p%s --protocol=tcp", s.Host, s.Port, s.User, s.Password)
}

// BenchmarkApply applies a backlog of single-row transactions: with a flow, and
// one by one as they come.
func BenchmarkApply(b *testing.B) {
	w := benchWorld(b, benchChanges)
	start := executedOn(b, w.db["g1"])
	conn, err := w.db["g1"].Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for i := range benchChanges {
		q := fmt.Sprintf("UPDATE sbtest SET k = k + 1 WHERE id = %d", 1+(i*7919)%benchChanges)
		if i%10 == 0 {
			q = fmt.Sprintf("DELETE FROM sbtest WHERE id = %d", 1+(i*7919)%benchChanges)
		}
		if _, err := conn.ExecContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	_ = conn.Close()
	end := executedOn(b, w.db["g1"])
	report := func(b *testing.B) {
		b.ReportMetric(float64(benchChanges)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("flow", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			w.empty(b)
			w.spec.Start = start.String()
			b.StartTimer()
			w.flowing(b, func(flow *Flow) {
				if err := flow.Drain(b.Context(), end.String()); err != nil {
					b.Error(err)
				}
			})
		}
		report(b)
	})
	b.Run("rowbyrow", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			w.empty(b)
			b.StartTimer()
			w.rowByRow(b, start, end)
		}
		report(b)
	})
}

// rowByRow is what a simple applier does: each row by itself, in order.
func (w *world) rowByRow(b *testing.B, start, end mysql.GTIDSet) {
	b.Helper()
	dbs := make([]*sql.DB, len(w.spec.Targets))
	for i := range dbs {
		var err error
		if dbs[i], err = open(serverOf(w.primary[w.spec.Targets[i].Group]), true, 1); err != nil {
			b.Fatal(err)
		}
		defer func() { _ = dbs[i].Close() }()
	}
	source := w.primary["g1"]
	s := binlog.NewStream(binlog.Options{Addr: source.Addr(), User: source.User, Password: source.Password}, start)
	err := s.Run(b.Context(), func(tx *binlog.Transaction) error {
		err := tx.Changes(func(c binlog.Change) error {
			row := c.After
			if row == nil {
				row = c.Before
			}
			if c.Table.Schema != w.schema {
				return nil
			}
			token, err := tokenOf(w.spec.Tables[0].Key, c.Table, row)
			if err != nil {
				return err
			}
			db := dbs[w.spec.targetOf(token)]
			if c.After == nil {
				_, err = db.ExecContext(b.Context(), "DELETE FROM "+w.schema+".sbtest WHERE id = ?", row[0])
			} else {
				_, err = db.ExecContext(b.Context(), "REPLACE INTO "+w.schema+".sbtest VALUES (?, ?, ?, ?)", row...)
			}
			return err
		})
		if err == nil && s.Position().Add(tx.GTIDs[0]).Contains(end) {
			return errTestOver
		}
		return err
	})
	if !errors.Is(err, errTestOver) {
		b.Fatal(err)
	}
}

// BenchmarkVerify compares a table with two groups that have it.
func BenchmarkVerify(b *testing.B) {
	w := benchWorld(b, benchRows)
	w.flowing(b, func(flow *Flow) {
		awaitCopied(flow)
		b.ResetTimer()
		for range b.N {
			if report, err := flow.Verify(b.Context()); err != nil || !report.Equal() {
				b.Errorf("%+v, %v", report, err)
			}
		}
		b.StopTimer()
	})
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
