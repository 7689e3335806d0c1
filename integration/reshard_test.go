package integration

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/topology"
)

// turns is how often the sides change in TestShardsMoveUnderLoad; an odd number.
var turns = flag.Int("reshard.turns", 3, "how often shards change over and back under load; an odd number")

// fixedRows are in a table that nobody writes to while shards move.
const fixedRows = 2000

// movers is a cluster on which shards can move: three groups of two.
func movers(t *testing.T) *cluster.Cluster {
	t.Helper()
	return cluster.Get(t, cluster.Shape{Groups: 3, Replicas: 1, Proxies: 2, Name: "reshard"})
}

// furnish makes tables of every kind in a keyspace; those named are not sharded yet.
func furnish(t *testing.T, db *sql.DB, single ...string) {
	t.Helper()
	conn := connection(t, db)
	for _, statement := range []string{
		"CREATE TABLE t (id BIGINT PRIMARY KEY, v INT NOT NULL) COMMENT='shardway:shard_key=id'",
		"CREATE TABLE fixed (id INT PRIMARY KEY, word VARCHAR(40) COLLATE utf8mb4_0900_ai_ci NOT NULL, n DECIMAL(12,3), KEY (word)) COMMENT='shardway:shard_key=id'",
		"CREATE TABLE countries (code CHAR(2) PRIMARY KEY, name VARCHAR(40) NOT NULL) COMMENT='shardway:reference'",
		"CREATE TABLE settings (name VARCHAR(40) PRIMARY KEY, value VARCHAR(40))",
		"CREATE TABLE tickets (id BIGINT AUTO_INCREMENT PRIMARY KEY, holder INT NOT NULL) COMMENT='shardway:shard_key=id'",
		"INSERT INTO countries VALUES ('AA', 'one'), ('BB', 'two')",
		"INSERT INTO settings VALUES ('colour', 'green')",
		"INSERT INTO tickets (holder) VALUES (1), (2), (3)",
	} {
		if of, ok := strings.CutPrefix(statement, "CREATE TABLE "); ok && slices.Contains(single, strings.Fields(of)[0]) {
			statement, _, _ = strings.Cut(statement, " COMMENT=")
		}
		must(t, conn, statement)
	}
	for at := 0; at < fixedRows; at += 500 {
		var rows []string
		for i := at; i < at+500; i++ {
			rows = append(rows, fmt.Sprintf("(%d, 'wörd %d', %d.125)", i, i, i))
		}
		must(t, conn, "INSERT INTO fixed VALUES "+strings.Join(rows, ","))
	}
	must(t, conn, "SET shardway.read = 'eventual'")
	until(t, "replicas have all rows", func() bool {
		var n int
		err := conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM fixed").Scan(&n)
		return err == nil && n == fixedRows
	})
}

// counter counts the rows of fixed over and over, and reads the other tables.
type counter struct {
	stop context.CancelFunc
	all  sync.WaitGroup
	mu   sync.Mutex
	bad  []string
	n    int
}

func countAll(t *testing.T, c *cluster.Cluster, keyspace string) *counter {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	k := &counter{stop: stop}
	for _, level := range []string{"session", "primary", "eventual"} {
		db := c.DB(t, keyspace)
		k.all.Go(func() {
			conn, err := db.Conn(ctx)
			if err != nil {
				k.note(err.Error())
				return
			}
			defer conn.Close()
			if _, err := conn.ExecContext(ctx, "SET shardway.read = '"+level+"'"); err != nil {
				k.note(err.Error())
			}
			again(ctx, readPause, func() { k.count(ctx, conn, level) })
		})
	}
	t.Cleanup(func() { stop(); k.all.Wait() })
	return k
}

func (k *counter) count(ctx context.Context, conn *sql.Conn, level string) {
	var rows, countries, settings int
	var sum float64
	err := conn.QueryRowContext(ctx, "SELECT COUNT(*), SUM(n) FROM fixed").Scan(&rows, &sum)
	if err == nil {
		err = conn.QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM countries), (SELECT COUNT(*) FROM settings)").Scan(&countries, &settings)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.note(level + ": " + err.Error())
	case rows != fixedRows || countries != 2 || settings != 1:
		k.note(fmt.Sprintf("%s: %d rows, %d countries, %d settings", level, rows, countries, settings))
	}
	k.mu.Lock()
	k.n++
	k.mu.Unlock()
}

func (k *counter) note(what string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.bad) < 10 {
		k.bad = append(k.bad, what)
	}
}

func (k *counter) settle(t *testing.T) {
	t.Helper()
	k.stop()
	k.all.Wait()
	for _, what := range k.bad {
		t.Errorf("a client saw %s", what)
	}
	t.Logf("%d counts", k.n)
}

// inStep waits until a keyspace's other side could serve.
func inStep(t *testing.T, c *cluster.Cluster, keyspace string) *admin.MoveStatus {
	t.Helper()
	var last admin.MoveStatus
	until(t, "the other side follows", func() bool {
		list, err := c.Admin.Moves(t.Context(), keyspace)
		if err != nil || len(list) == 0 {
			return false
		}
		last = list[0]
		if last.Stopped != "" {
			t.Fatalf("the move has stopped: %s", last.Stopped)
		}
		following := last.Phase == topology.MoveFollowing && len(last.Flows) > 0
		for _, f := range last.Flows {
			following = following && f.Copied && f.LagSeconds >= 0 && f.LagSeconds < 1
		}
		return following
	})
	return &last
}

// askTries is how often a change over is asked for that ends as it began: on a
// machine that has much else to do it may take longer than clients are to wait.
const askTries = 4

func ask(t *testing.T, c *cluster.Cluster, keyspace, verb string) {
	t.Helper()
	for try := 1; ; try++ {
		done, err := c.Admin.AskMove(t.Context(), keyspace, verb, false)
		var refused *topology.Refused
		switch {
		case err == nil:
			t.Logf("%s: %s", verb, strings.Join(done.Steps, "; "))
			return
		case errors.As(err, &refused) && strings.HasPrefix(refused.Hint, "everything is as it was") && try < askTries:
			t.Logf("%s: %v; asked again", verb, err)
			inStep(t, c, keyspace)
		case errors.As(err, &refused):
			t.Fatalf("%s: %v (%s)\n%s", verb, err, refused.Hint, c.ControllerLog())
		default:
			t.Fatalf("%s: %v\n%s", verb, err, c.ControllerLog())
		}
	}
}

// ended waits until the keyspace has no move any more.
func ended(t *testing.T, c *cluster.Cluster, keyspace string) {
	t.Helper()
	until(t, "the move has ended", func() bool { return c.Topology(t).Keyspaces[keyspace].Move == nil })
}

func beginMove(t *testing.T, c *cluster.Cluster, keyspace string, m admin.NewMove) {
	t.Helper()
	if _, err := c.Admin.BeginMove(t.Context(), keyspace, m, false); err != nil {
		t.Fatal(err)
	}
}

func ranges(t *testing.T, texts ...string) []topology.Range {
	t.Helper()
	var list []topology.Range
	for _, text := range texts {
		r, err := topology.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// One shard becomes two under load, changes over, back, and over again, and the
// two are merged onto a third group: nobody is told an error or sees a row too
// many or too few, and nothing is lost.
func TestShardsMoveUnderLoad(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	furnish(t, c.DB(t, keyspace))
	crowd, counts := gather(t, c, keyspace, 8), countAll(t, c, keyspace)
	crowd.more(t)

	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}})
	inStep(t, c, keyspace)
	var gaps []time.Duration
	steps := make(map[string][]time.Duration)
	for turn := range *turns {
		crowd.more(t)
		crowd.longest()
		ask(t, c, keyspace, []string{"switch", "reverse"}[turn%2])
		crowd.more(t)
		gaps = append(gaps, crowd.longest())
		for name, took := range lastChange(c.Topology(t).Keyspaces[keyspace].Move.Steps) {
			steps[name] = append(steps[name], took)
		}
		insertTicket(t, c, keyspace)
		inStep(t, c, keyspace)
	}
	slices.Sort(gaps)
	t.Logf("%d change overs: the longest time without an answer was %s in the middle, %s at worst", len(gaps), gaps[len(gaps)/2], gaps[len(gaps)-1])
	for name, took := range steps {
		slices.Sort(took)
		t.Logf("until %q: %s in the middle, %s at worst", name, took[len(took)/2], took[len(took)-1])
	}
	ask(t, c, keyspace, "complete")
	ended(t, c, keyspace)

	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveMerge, From: ranges(t, "-80", "80-"), Groups: []string{"g1"}})
	inStep(t, c, keyspace)
	crowd.longest()
	ask(t, c, keyspace, "switch")
	crowd.more(t)
	t.Logf("merge: the longest time without an answer was %s", crowd.longest())
	insertTicket(t, c, keyspace)
	inStep(t, c, keyspace)
	ask(t, c, keyspace, "complete")
	ended(t, c, keyspace)

	counts.settle(t)
	crowd.settle(t)
	crowd.onlyTransactionsCut(t)
}

// lastChange is how long each step of the last change over took.
func lastChange(steps []topology.OperationStep) map[string]time.Duration {
	took := make(map[string]time.Duration)
	for i, s := range steps {
		if s.Name == topology.StepAnnounced {
			clear(took)
		} else if i > 0 {
			took[s.Name] = s.At.Sub(steps[i-1].At)
		}
	}
	return took
}

// insertTicket inserts rows whose key is generated; no key comes twice.
func insertTicket(t *testing.T, c *cluster.Cluster, keyspace string) {
	t.Helper()
	for proxy := range c.Proxies {
		db := c.DBBy(t, proxy, keyspace)
		for range 3 {
			if _, err := db.ExecContext(t.Context(), "INSERT INTO tickets (holder) VALUES (9)"); err != nil {
				t.Errorf("a ticket: %v", err)
			}
		}
	}
	var rows, different int
	conn := connection(t, c.DB(t, keyspace))
	must(t, conn, "SET shardway.read = 'primary'")
	if err := conn.QueryRowContext(t.Context(), "SELECT COUNT(*), COUNT(DISTINCT id) FROM tickets").Scan(&rows, &different); err != nil || rows != different {
		t.Errorf("%d tickets have %d numbers: %v", rows, different, err)
	}
}

// A move that is cancelled leaves no trace, and its keyspace's tables can be
// changed again.
func TestAMoveIsCancelled(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	db := c.DB(t, keyspace)
	furnish(t, db)
	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}})
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE fixed ADD COLUMN x INT"); err == nil || !strings.Contains(err.Error(), "being moved") {
		t.Errorf("a table was changed while shards move: %v", err)
	}
	inStep(t, c, keyspace)
	compared := 0
	for _, step := range c.Topology(t).Keyspaces[keyspace].Move.Steps {
		if step.Name == "verified" {
			compared++
		}
	}
	if compared != 1 {
		t.Errorf("all rows were compared %d times before both sides were in step", compared)
	}
	ask(t, c, keyspace, "cancel")
	ended(t, c, keyspace)
	for _, group := range []string{"g2", "g3"} {
		primary := c.Topology(t).Groups[group].Primary
		admin := c.Servers[primary].DB(t, "")
		var left int
		if err := admin.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?", keyspace).Scan(&left); err != nil || left != 0 {
			t.Errorf("group %s has still the schema: %v", group, err)
		}
	}
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE fixed ADD COLUMN x INT"); err != nil {
		t.Error(err)
	}
}

// The controller dies while proxies hold for a change over, and another one lets
// them go on within six seconds (safety rule 38).
func TestAControllerDiesInAChangeOver(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 3, Replicas: 1})
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	furnish(t, c.DB(t, keyspace))
	crowd := gather(t, c, keyspace, 4)
	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}})
	inStep(t, c, keyspace)
	asked := make(chan error, 1)
	go func() {
		_, err := c.Admin.AskMove(context.Background(), keyspace, "switch", false)
		asked <- err
	}()
	until(t, "the shards change over", func() bool {
		m := c.Topology(t).Keyspaces[keyspace].Move
		return m.Phase == topology.MoveSwitching || m.Turns > 0
	})
	c.Controller.Kill()
	<-asked
	crowd.longest()
	began := time.Now()
	if err := c.Controller.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	crowd.more(t)
	t.Logf("writes were answered %s after the new controller was started", time.Since(began))
	inStep(t, c, keyspace)
	verb := "switch"
	if c.Topology(t).Keyspaces[keyspace].Move.Switched {
		verb = "reverse"
	}
	ask(t, c, keyspace, verb)
	inStep(t, c, keyspace)
	if verb == "reverse" {
		ask(t, c, keyspace, "cancel")
	} else {
		ask(t, c, keyspace, "complete")
	}
	ended(t, c, keyspace)
	crowd.settle(t)
}

// heat are clients that read and write rows of fixed, whose keys are spread as by
// Zipf's law: the hottest, hotKey, has a third of the load.
type heat struct {
	stop context.CancelFunc
	all  sync.WaitGroup
	done atomic.Int64
}

const hotKey = 42

func warm(t *testing.T, db *sql.DB, clients int) *heat {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	h := &heat{stop: stop}
	db.SetMaxIdleConns(clients)
	for n := range clients {
		h.all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			keys := rand.NewZipf(random, 1.4, 1, fixedRows-1)
			for i := 0; ctx.Err() == nil; i++ {
				key := (hotKey + keys.Uint64()*7) % fixedRows
				var word string
				err := db.QueryRowContext(ctx, "SELECT word FROM fixed WHERE id = ?", key).Scan(&word)
				if err == nil && i%4 == 0 {
					_, err = db.ExecContext(ctx, "UPDATE fixed SET n = n + 1 WHERE id = ?", key)
				}
				if err != nil && ctx.Err() == nil {
					t.Errorf("a client was told %v", err)
				}
				h.done.Add(1)
			}
		})
	}
	t.Cleanup(h.cool)
	return h
}

func (h *heat) cool() {
	h.stop()
	h.all.Wait()
}

// rate is how much the clients do per second, over the next ones.
func (h *heat) rate(t *testing.T) float64 {
	t.Helper()
	const some = 4000
	began, from := time.Now(), h.done.Load()
	until(t, "clients go on", func() bool { return h.done.Load() >= from+some })
	return float64(h.done.Load()-from) / time.Since(began).Seconds()
}

// One key has a third of the load: it is named within seconds, and gets a group of
// its own while clients go on.
func TestAHotKeyIsIsolated(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	furnish(t, c.DB(t, keyspace))
	began, load := time.Now(), warm(t, c.DB(t, keyspace), 8)
	var hot admin.HotKey
	until(t, "the hot key is named", func() bool {
		list, err := c.Admin.Hot(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(list, func(h admin.HotKeyspace) bool { return h.Keyspace == keyspace })
		if at < 0 || len(list[at].Keys) == 0 {
			return false
		}
		hot = list[at].Keys[0]
		return hot.Value == strconv.Itoa(hotKey) && hot.Share > 0.2 && hot.Share < 0.5
	})
	t.Logf("it was named after %s, with a share of %.2f", time.Since(began), hot.Share)
	before := load.rate(t)
	own, err := topology.ParseRange(hot.Token + "-")
	if err != nil {
		t.Fatal(err)
	}
	beginMove(t, c, keyspace, admin.NewMove{
		Kind: topology.MoveIsolate, From: ranges(t, "-"), Groups: []string{"g2", "g3"},
		Ranges: []topology.Range{{End: own.Start}, {Start: own.Start, End: own.Start + 1}, {Start: own.Start + 1}},
	})
	inStep(t, c, keyspace)
	ask(t, c, keyspace, "switch")
	k := c.Topology(t).Keyspaces[keyspace]
	if k.ShardFor(own.Start).Group != "g3" || k.ShardFor(own.Start-1).Group != "g2" || k.ShardFor(own.Start+1).Group != "g2" {
		t.Errorf("the shards are %+v", k.Shards)
	}
	var alone int
	primary := c.Servers[c.Topology(t).Groups["g3"].Primary].DB(t, keyspace)
	if err := primary.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM fixed").Scan(&alone); err != nil || alone != 1 {
		t.Errorf("%d rows are on the hot key's group: %v", alone, err)
	}
	inStep(t, c, keyspace)
	ask(t, c, keyspace, "complete")
	ended(t, c, keyspace)
	t.Logf("%.0f reads, and a fourth as many writes, a second before, %.0f after", before, load.rate(t))
	load.cool()
	if n := count(t, c, keyspace); n != fixedRows {
		t.Errorf("%d rows of %d", n, fixedRows)
	}
}
