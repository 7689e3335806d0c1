package workload

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/internal/tpcc"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// The story at another size; TPC-C's is said by the flags of its own.
var (
	singleRows = flag.Int("single-rows", 2000, "how many rows the table has that is distributed")
	toAndFro   = flag.Bool("to-and-fro", false, "whether each move changes sides three times, not once")
	sysbench   = flag.String("sysbench", "", "the program sysbench, which writes to that table all the time; empty: nobody does")
)

// moveTimeout bounds one move.
const moveTimeout = 30 * time.Minute

// mover moves what is in a keyspace, from one group to several and on.
type mover struct {
	t        *testing.T
	c        *cluster.Cluster
	keyspace string
	crowd    *pulse
	// told is a table of what was done.
	told strings.Builder
}

// move moves shards onto groups.
func (m *mover) move(kind topology.MoveKind, from []string, ranges []topology.Range, onto ...string) {
	m.t.Helper()
	wanted := admin.NewMove{Kind: kind, Groups: onto, Ranges: ranges}
	for _, text := range from {
		r, err := topology.ParseRange(text)
		if err != nil {
			m.t.Fatal(err)
		}
		wanted.From = append(wanted.From, r)
	}
	m.through(fmt.Sprintf("%s %s onto %s", kind, strings.Join(from, " "), strings.Join(onto, ", ")), wanted)
}

// through takes a move through a change over, or over, back and over again, and to
// its end.
func (m *mover) through(what string, wanted admin.NewMove) {
	m.t.Helper()
	m.crowd.longest()
	began := time.Now()
	if _, err := m.c.Admin.BeginMove(m.t.Context(), m.keyspace, wanted, false); err != nil {
		m.t.Fatalf("%s: %v", what, err)
	}
	var rows, size int64
	m.inStep(func(now *admin.MoveStatus) {
		rows, size = 0, 0
		for _, f := range now.Flows {
			for _, table := range f.Tables {
				rows, size = rows+table.Rows, size+table.Bytes
			}
		}
	})
	copied := time.Since(began)
	line := fmt.Sprintf("| %s | %d | %d MB | %s | %s |", what, rows, size>>20, copied.Round(100*time.Millisecond), m.crowd.longest().Round(time.Millisecond))
	verbs := []string{"switch"}
	if *toAndFro {
		verbs = append(verbs, "reverse", "switch")
	}
	for _, verb := range verbs {
		m.change(what, verb)
		m.crowd.more(m.t)
		line += fmt.Sprintf(" %s |", m.crowd.longest().Round(time.Millisecond))
	}
	if _, err := m.c.Admin.AskMove(m.t.Context(), m.keyspace, "complete", false); err != nil {
		m.t.Fatalf("%s: complete: %v", what, err)
	}
	m.await("the move has ended", func(now *admin.MoveStatus) bool { return now == nil })
	fmt.Fprintln(&m.told, line)
	m.t.Log(line)
}

// change has the sides change. A change that does not succeed in time leaves
// everything as it was, and is asked for again; its pause counts.
func (m *mover) change(what, verb string) {
	m.t.Helper()
	m.inStep(nil)
	m.crowd.longest()
	for tries := 1; ; tries++ {
		_, err := m.c.Admin.AskMove(m.t.Context(), m.keyspace, verb, false)
		if err == nil {
			return
		}
		if m.t.Logf("%s: %s: %v", what, verb, err); tries == 5 {
			m.t.FailNow()
		}
		m.inStep(nil)
	}
}

// inStep waits until the side that does not serve has everything, and shows what
// is seen of the move meanwhile.
func (m *mover) inStep(show func(*admin.MoveStatus)) {
	m.t.Helper()
	m.await("the other side follows", func(now *admin.MoveStatus) bool {
		if now != nil && show != nil {
			show(now)
		}
		return now != nil && now.Phase == topology.MoveFollowing && now.Doing == ""
	})
}

// await waits for a state of the move that is under way, nil if none is.
func (m *mover) await(what string, true func(*admin.MoveStatus) bool) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), moveTimeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := m.c.Admin.Moves(ctx, m.keyspace)
		if err != nil {
			m.t.Fatal(err)
		}
		var now *admin.MoveStatus
		if len(list) > 0 && list[0].Outcome == "" {
			now = &list[0]
			if now.Stopped != "" {
				m.t.Fatal(now.Stopped)
			}
		}
		if true(now) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			m.t.Fatalf("it does not come about that %s: %+v", what, now)
		}
	}
}

// movableTables are TPC-C's, but that history, which has no key in the
// specification, has one: rows without a key cannot be told apart.
func movableTables() []table {
	tables := tpccTables()
	for i := range tables {
		if tables[i].name == "history" {
			tables[i].create = strings.Replace(tables[i].create, "h_data VARCHAR(24) NOT NULL,", "h_data VARCHAR(24) NOT NULL, h_id BIGINT AUTO_INCREMENT PRIMARY KEY,", 1)
		}
	}
	return append(
		tables,
		table{"pulse", "CREATE TABLE pulse (id INT PRIMARY KEY, n INT NOT NULL) COMMENT='shardway:shard_key=id'"},
		table{"sbtest1", "CREATE TABLE sbtest1 (id INT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL DEFAULT 0, c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', KEY k_1 (k))"},
	)
}

// A team grows: one shard becomes two, a single table is distributed, two shards become four, two
// of these one again, and one warehouse gets a group of its own, while terminals of TPC-C work and sysbench writes. They meet no error
// but those that one MySQL gives, what is counted over all shards is right all the time, and at the end
// the twelve conditions hold and each write is there once.
func TestATeamGrows(t *testing.T) {
	c := cluster.Get(t, cluster.Shape{Groups: 6, Name: "moving"})
	m := &mover{t: t, c: c, keyspace: c.Keyspace(t, cluster.Keyspace{Shards: 1})}
	o := tpccOptions(8, time.Second)
	db := testkit.Open(t, c.Config(m.keyspace))
	load(t, movableTables(), func(emit func(table, row string) error) error {
		if err := o.Rows(func(table, row string) error {
			if table == "history" {
				row = strings.TrimSuffix(row, ")") + ", NULL)"
			}
			return emit(table, row)
		}); err != nil {
			return err
		}
		for id := range pulses {
			if err := emit("pulse", fmt.Sprintf("(%d, 0)", id)); err != nil {
				return err
			}
		}
		for id := range *singleRows {
			if err := emit("sbtest1", fmt.Sprintf("(%d, %d, REPEAT('c', 119), REPEAT('p', 59))", id+1, id*7919%*singleRows)); err != nil {
				return err
			}
		}
		return nil
	}, db)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	m.crowd = beat(ctx, t, db)
	var work sync.WaitGroup
	var all tpcc.Result
	work.Go(func() {
		for ctx.Err() == nil {
			o.Seed++
			result, err := o.Run(t.Context(), db)
			all.NewOrders += result.NewOrders
			all.Paid += result.Paid
			all.Retried += result.Retried
			all.Slowest = max(all.Slowest, result.Slowest)
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	work.Go(func() { countAll(ctx, t, db, o) })
	if *sysbench != "" {
		work.Go(func() { runSysbench(ctx, t, c.Config(m.keyspace)) })
	}
	m.move(topology.MoveSplit, []string{"-"}, nil, "g2", "g3")
	m.through("distribute sbtest1", admin.NewMove{
		Kind: topology.MoveDistribute, Table: "sbtest1", Declaration: &admin.TableDeclaration{Kind: topology.KindSharded, ShardKey: []string{"id"}},
	})
	m.move(topology.MoveSplit, []string{"-80"}, nil, "g1", "g4")
	m.move(topology.MoveSplit, []string{"80-"}, nil, "g2", "g5")
	m.move(topology.MoveMerge, []string{"-40", "40-80"}, nil, "g3")
	from, ranges := m.alone(1)
	m.move(topology.MoveIsolate, from, ranges, "g1", "g6")
	stop()
	work.Wait()
	t.Logf("\n| move | rows | | copied, compared and in step | longest gap meanwhile | switch | reverse | switch |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n%s", m.told.String())
	t.Logf("%d new orders, %d tried again, slowest %s", all.NewOrders, all.Retried, all.Slowest)
	var shards []*sql.DB
	for _, group := range c.Topology(t).Keyspaces[m.keyspace].Groups() {
		shards = append(shards, c.Servers[group+"-1"].DB(t, m.keyspace))
	}
	checkConditions(t, o, db, shards)
	checkAcknowledged(t, o, db, all)
	m.crowd.check(t, db)
}

// alone returns the shard that has a warehouse, and the ranges that it becomes when
// that gets one of its own.
func (m *mover) alone(warehouse int) (from []string, ranges []topology.Range) {
	m.t.Helper()
	k := m.c.Topology(m.t).Keyspaces[m.keyspace]
	for _, shard := range k.Shards {
		var token shardkey.Token
		query := fmt.Sprintf("SELECT %s FROM warehouse WHERE w_id = %d", k.Tables["warehouse"].ShardKey.SQL(""), warehouse)
		err := m.c.Servers[shard.Group+"-1"].DB(m.t, m.keyspace).QueryRow(query).Scan((*uint64)(&token))
		switch {
		case err == nil:
			return []string{shard.Range.String()}, []topology.Range{{Start: shard.Range.Start, End: token}, {Start: token, End: token + 1}, {Start: token + 1, End: shard.Range.End}}
		case !errors.Is(err, sql.ErrNoRows):
			m.t.Fatal(err)
		}
	}
	m.t.Fatalf("no shard has warehouse %d", warehouse)
	return nil, nil
}

// pulses is how many rows are written to one by one.
const pulses = 16

// pulse is clients that count up one row each, all the time.
type pulse struct {
	mu   sync.Mutex
	all  sync.WaitGroup
	done [pulses]int
	last [pulses]time.Time
	gap  time.Duration
	n    int
}

// beat begins.
func beat(ctx context.Context, t *testing.T, db *sql.DB) *pulse {
	p := &pulse{}
	for id := range pulses / 4 {
		p.all.Go(func() {
			for ctx.Err() == nil {
				for row := id; row < pulses && ctx.Err() == nil; row += pulses / 4 {
					if _, err := db.ExecContext(t.Context(), "UPDATE pulse SET n = n + 1 WHERE id = ?", row); err != nil {
						t.Errorf("a single write: %v", err)
						return
					}
					p.acknowledged(row, id)
				}
			}
		})
	}
	return p
}

func (p *pulse) acknowledged(row, client int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if last := p.last[client]; !last.IsZero() {
		p.gap = max(p.gap, now.Sub(last))
	}
	p.last[client] = now
	p.done[row]++
	p.n++
}

// longest returns the longest time that a client waited since it was asked last.
func (p *pulse) longest() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	gap := p.gap
	for _, last := range p.last[:pulses/4] {
		if !last.IsZero() {
			gap = max(gap, time.Since(last))
		}
	}
	p.gap = 0
	return gap
}

// more waits until each client has written some more.
func (p *pulse) more(t *testing.T) {
	t.Helper()
	count := func() int { p.mu.Lock(); defer p.mu.Unlock(); return p.n }
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for was := count(); count() < was+4*pulses; {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			return
		}
	}
}

// check compares what is there with what was acknowledged.
func (p *pulse) check(t *testing.T, db *sql.DB) {
	t.Helper()
	p.all.Wait()
	for row, want := range p.done {
		var n int
		if err := db.QueryRow("SELECT n FROM pulse WHERE id = ?", row).Scan(&n); err != nil || n != want {
			t.Errorf("row %d was counted up %d times, %d were acknowledged: %v", row, n, want, err)
		}
	}
	t.Logf("%d single writes", p.n)
}

// countAll counts rows over all shards of tables whose number does not change, for
// a third of the time: the clients need the processors, too.
func countAll(ctx context.Context, t *testing.T, db *sql.DB, o tpcc.Options) {
	const districts = 10
	wanted := map[string]int{
		"pulse": pulses, "sbtest1": *singleRows, "district": o.Warehouses * districts, "customer": o.Warehouses * districts * o.Customers, "stock": o.Warehouses * o.Items,
	}
	counts := 0
	for ctx.Err() == nil {
		began := time.Now()
		for name, want := range wanted {
			var n int
			if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+name).Scan(&n); err != nil || n != want {
				t.Errorf("%s has %d rows, of %d: %v", name, n, want, err)
				return
			}
			counts++
		}
		select {
		case <-time.After(2 * time.Since(began)):
		case <-ctx.Done():
		}
	}
	t.Logf("%d counts over all shards", counts)
}

// runSysbench has sysbench write to sbtest1 until ctx ends. It gives up at an error that it
// does not know to begin a transaction again after.
func runSysbench(ctx context.Context, t *testing.T, config *driver.Config) {
	host, port, _ := strings.Cut(config.Addr, ":")
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, *sysbench, "oltp_read_write", "--mysql-host="+host, "--mysql-port="+port, "--mysql-user="+config.User,
		"--mysql-password="+config.Passwd, "--mysql-db="+config.DBName, "--mysql-ssl=off", "--tables=1", "--table-size="+strconv.Itoa(*singleRows), "--threads=4",
		"--time=0", "--report-interval=10", "run")
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	text := said.String()
	if ctx.Err() == nil {
		t.Errorf("sysbench ended: %v\n%s", err, text)
	}
	t.Logf("sysbench said last:\n%s", text[max(0, len(text)-1000):])
}
