package router

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// world is a router over two real servers, the primaries of groups g1 and g2,
// with a wire between. Keyspace one is on g1 alone, two on both.
type world struct {
	*Server
	env      *exec.Environment
	one, two string
	servers  [2]*testkit.MySQL
	wires    [2]*wire
	addr     string
	store    *memoryStore
	// commitWait is the limit of that name, unless it is 0.
	commitWait time.Duration
	// stop ends the server and waits until it has.
	stop func()
}

const password = "secret"

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{one: testkit.Name(), two: testkit.Name(), store: &memoryStore{next: map[string]uint64{}}}
	draft := (&topology.Snapshot{Version: 0}).Edit()
	for i := range w.servers {
		s := testkit.Server(t, testkit.Options{Name: fmt.Sprint("router", i)})
		w.servers[i], w.wires[i] = s, newWire(t, s.Addr())
		id, group := fmt.Sprint("i", i+1), fmt.Sprint("g", i+1)
		account := topology.Account{User: s.User, Password: topology.NewSecret(s.Password)}
		must(t, draft.AddInstance(topology.Instance{ID: id, Host: "127.0.0.1", Port: w.wires[i].port()}, account))
		must(t, draft.CreateGroup(group, id, nil, account))
		draft.Groups[group].Primary, draft.Groups[group].Term = id, 1
		db := s.DB(t, "")
		testkit.Exec(t, db, "CREATE DATABASE IF NOT EXISTS _shardway", txn.CreateDecision, txn.CreateBranch)
		for _, name := range []string{w.one, w.two} {
			testkit.Exec(t, db, "CREATE DATABASE "+name)
			t.Cleanup(func() { _, _ = s.DB(t, "").Exec("DROP DATABASE IF EXISTS " + name) })
		}
		db = s.DB(t, w.two)
		testkit.Exec(t, db, "CREATE TABLE t (k BIGINT PRIMARY KEY, v VARCHAR(300))")
	}
	testkit.Exec(t, w.servers[0].DB(t, w.one), "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(300))")
	_, err := draft.CreateKeyspace(topology.NewKeyspace{Name: w.one, Groups: []string{"g1"}})
	must(t, err)
	_, err = draft.CreateKeyspace(topology.NewKeyspace{Name: w.two, Groups: []string{"g1", "g2"}})
	must(t, err)
	must(t, draft.DeclareTable(w.two, topology.Table{Name: "t", Kind: topology.KindSharded, ShardKey: shardkey.Key{{Name: "k", Type: "bigint"}}}))
	for name, grants := range map[string]map[string]topology.Grant{
		"root": {topology.AllKeyspaces: topology.GrantAdmin}, "reader": {w.one: topology.GrantRead}, "writer": {w.one: topology.GrantWrite},
	} {
		must(t, draft.AddUser(topology.User{Name: name, NativeVerifier: mysql.NativeVerifier(password), Grants: grants}))
	}
	snap, err := draft.Finish()
	must(t, err)
	snap.Version = 1
	w.serve(t, snap)
	return w
}

func (w *world) serve(t testing.TB, snap *topology.Snapshot) {
	source := topology.NewSource()
	source.Publish(snap)
	pools := pool.New(pool.Options{})
	pools.Apply(snap)
	log := slog.New(slog.DiscardHandler)
	limits := exec.DefaultLimits()
	if w.commitWait > 0 {
		limits.CommitWait = w.commitWait
	}
	w.env = &exec.Environment{
		Topology: source, Pools: pools, Sequences: exec.NewSequences(w.store, time.Now), Control: noControl{},
		Schema: NewSchemaCache(source, pools), Limits: limits, Log: log,
	}
	identity, err := mysql.GenerateIdentity(time.Now().Add(-time.Hour))
	must(t, err)
	var mu sync.Mutex
	var last uint32
	w.Server = NewServer(Options{
		Environment: w.env, Identity: identity, Log: log, Collations: NewCollations(source, pools).Names,
		ConnectionIDs: func() uint32 { mu.Lock(); defer mu.Unlock(); last++; return last },
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w.addr = l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Serve(ctx, l)
	}()
	w.stop = func() {
		stop()
		<-done
	}
	t.Cleanup(func() {
		w.stop()
		pools.Close()
	})
}

// declare adds a table of keyspace two to the topology.
func (w *world) declare(t testing.TB, table topology.Table) {
	t.Helper()
	was := w.env.Topology.Current()
	draft := was.Edit()
	must(t, draft.DeclareTable(w.two, table))
	snap, err := draft.Finish()
	must(t, err)
	snap.Version = was.Version + 1
	w.env.Topology.Publish(snap)
}

// conn is one client's connection.
func (w *world) conn(t testing.TB, user, keyspace string, change ...func(*driver.Config)) *sql.Conn {
	t.Helper()
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.DBName = "tcp", w.addr, user, password, keyspace
	cfg.Logger = &driver.NopLogger{}
	for _, f := range change {
		f(cfg)
	}
	connector, err := driver.NewConnector(cfg)
	must(t, err)
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(-1) // Close closes
	t.Cleanup(func() { _ = db.Close() })
	c, err := db.Conn(t.Context())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// lent is how many connections sessions have, of all servers.
func (w *world) lent() int {
	n := 0
	for _, s := range w.env.Pools.Stats() {
		n += s.Outstanding
	}
	return n
}

// noneLent waits until every connection has come back: clients that have gone
// are noticed by their own goroutines.
func (w *world) noneLent(t *testing.T) {
	t.Helper()
	w.lentAtMost(t, 0)
}

func (w *world) lentAtMost(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); w.lent() > n; {
		if time.Now().After(end) {
			t.Fatalf("%d connections were never given back", w.lent()-n)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// count asks a server itself.
func (w *world) count(t *testing.T, server int, query string) int {
	t.Helper()
	connector, err := driver.NewConnector(w.servers[server].Config(""))
	must(t, err)
	db := sql.OpenDB(connector)
	defer db.Close()
	var n int
	must(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// connectionTo is one connection of a pool.
func connectionTo(t testing.TB, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(t.Context())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func run(t testing.TB, c *sql.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := c.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// fails runs a statement that must end in MySQL's error code.
func fails(t testing.TB, c *sql.Conn, code uint16, statement string) {
	t.Helper()
	_, err := c.ExecContext(t.Context(), statement)
	var my *driver.MySQLError
	if !errors.As(err, &my) || my.Number != code {
		t.Fatalf("%s: %v, want error %d", statement, err, code)
	}
}

// value is the only value of a query, as text.
func value(t testing.TB, c *sql.Conn, query string, args ...any) string {
	t.Helper()
	var v sql.NullString
	if err := c.QueryRowContext(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if !v.Valid {
		return "NULL"
	}
	return v.String
}

func want(t testing.TB, c *sql.Conn, query, expected string, args ...any) {
	t.Helper()
	if got := value(t, c, query, args...); got != expected {
		t.Errorf("%s: %s, want %s", query, got, expected)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// memoryStore is a sequence store.
type memoryStore struct {
	mu   sync.Mutex
	next map[string]uint64
}

func (m *memoryStore) Take(_ context.Context, keyspace, id string, n uint64) (first, last uint64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first = max(m.next[keyspace+id], 1)
	m.next[keyspace+id] = first + n
	return first, first + n - 1, nil
}

func (m *memoryStore) Advance(_ context.Context, keyspace, id string, atLeast uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := max(m.next[keyspace+id], 1)
	m.next[keyspace+id] = max(was, atLeast)
	return was, nil
}

// noControl has no control plane behind it.
type noControl struct{}

func (noControl) CreateKeyspace(context.Context, string, string, string) error { return nil }
func (noControl) DropKeyspace(context.Context, string) error                   { return nil }
func (noControl) DeclareTable(context.Context, string, *plan.CreateTable, parser.Declaration) error {
	return nil
}
func (noControl) ForgetTable(context.Context, string, string) error { return nil }
func (noControl) SchemaChanged(context.Context, string) error       { return nil }
func (noControl) BeginJob(_ context.Context, job topology.Job) (*topology.Job, error) {
	return &job, nil
}
func (noControl) ReportJob(context.Context, string, []topology.JobGroup, bool) error { return nil }
