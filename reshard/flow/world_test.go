package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// world is a source and two targets, with a schema of the test's own on each.
type world struct {
	t       *testing.T
	schema  string
	mu      *sync.Mutex
	primary map[string]*testkit.MySQL
	reader  map[string]*testkit.MySQL
	replica map[string][]*testkit.MySQL
	db      map[string]*sql.DB
	spec    Spec
	options Options
}

var errTestOver = errors.New("the test is over")

func serverOf(s *testkit.MySQL) Server {
	return Server{Instance: fmt.Sprint("port", s.Port), Addr: s.Addr(), User: s.User, Password: s.Password}
}

func (w *world) Primary(_ context.Context, group string) (Server, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return serverOf(w.primary[group]), nil
}

func (w *world) Reader(_ context.Context, group string) (Server, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return serverOf(w.reader[group]), nil
}

func (w *world) Replicas(_ context.Context, group string) ([]Server, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []Server
	for _, s := range w.replica[group] {
		all = append(all, serverOf(s))
	}
	return all, nil
}

// newWorld makes the groups g1, the source, g2 and g3.
func newWorld(t *testing.T, servers ...*testkit.MySQL) *world {
	t.Helper()
	w := &world{
		t: t, mu: &sync.Mutex{}, schema: testkit.Name(), primary: map[string]*testkit.MySQL{}, reader: map[string]*testkit.MySQL{}, replica: map[string][]*testkit.MySQL{},
		db: map[string]*sql.DB{}, options: Options{ReplicaLagMax: -1},
	}
	for i, name := range []string{"g1", "g2", "g3"} {
		var s *testkit.MySQL
		if i < len(servers) {
			s = servers[i]
		} else {
			s = testkit.Server(t, testkit.Options{Name: name})
		}
		w.primary[name], w.reader[name] = s, s
		testkit.Exec(t, s.DB(t, ""), "CREATE DATABASE "+w.schema)
		t.Cleanup(func() { _, _ = s.DB(t, "").Exec("DROP DATABASE IF EXISTS " + w.schema) })
		w.db[name] = s.DB(t, w.schema)
	}
	half := topology.Range{End: 1 << 63}
	w.spec = Spec{
		Job: testkit.Name(), Source: "g1", Schema: w.schema,
		Targets: []Target{{Group: "g2", Ranges: []topology.Range{half}, Reference: true}, {Group: "g3", Ranges: []topology.Range{{Start: 1 << 63}}, Reference: true}},
	}
	return w
}

// table makes a table everywhere and has it moved.
func (w *world) table(kind topology.Kind, name, definition string, key ...shardkey.Column) {
	w.t.Helper()
	for _, db := range w.db {
		testkit.Exec(w.t, db, "CREATE TABLE "+name+" "+definition)
	}
	w.spec.Tables = append(w.spec.Tables, Table{Name: name, Kind: kind, Key: key})
}

// running is a flow that runs.
type running struct {
	*Flow
	w      *world
	cancel context.CancelCauseFunc
	ended  chan error
}

// start runs a flow until the test ends, or stop is called.
func (w *world) start() *running {
	w.t.Helper()
	f, err := New(w.spec, w, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	r := &running{Flow: f, w: w, cancel: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- f.Run(ctx) }()
	w.t.Cleanup(func() { cancel(errTestOver) })
	return r
}

// stop ends the flow and returns what Run returned.
func (r *running) stop() error {
	r.cancel(errTestOver)
	return <-r.ended
}

// until waits for a condition that the flow brings about.
func (r *running) until(what string, condition func() bool) {
	r.w.t.Helper()
	eventually(r.w.t, func() string { return fmt.Sprintf("%s: %+v", what, r.Progress()) }, func() bool {
		select {
		case err := <-r.ended:
			r.ended <- err
			r.w.t.Fatalf("%s: the flow has ended: %v", what, err)
		default:
		}
		return condition()
	})
}

// eventually waits for a condition.
func eventually(t *testing.T, what func() string, condition func() bool) {
	t.Helper()
	deadline := time.After(90 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(what())
		}
	}
}

// copied waits for the copy.
func (r *running) copied() {
	r.w.t.Helper()
	r.until("copy", func() bool { return r.Progress().Copied })
}

// drain waits until the targets have all that the source has now.
func (r *running) drain() mysql.GTIDSet {
	r.w.t.Helper()
	set := executedOn(r.w.t, r.w.db["g1"])
	ctx, cancel := context.WithTimeout(r.w.t.Context(), time.Minute)
	defer cancel()
	if err := r.Drain(ctx, set.String()); err != nil {
		r.w.t.Fatalf("drain: %v, %+v", err, r.Progress())
	}
	for _, target := range r.w.spec.Targets {
		if stored := r.w.stored(target.Group); !stored.Contains(set) {
			r.w.t.Errorf("group %s has stored %s, the source has executed %s", target.Group, stored, set)
		}
	}
	return set
}

// stored is the position on a target.
func (w *world) stored(group string) mysql.GTIDSet {
	w.t.Helper()
	var set mysql.GTIDSet
	if err := queryRows(w.t.Context(), w.db[group], func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		lane, err := mysql.ParseGTIDSet(text)
		set = set.Union(lane)
		return err
	}, "SELECT executed FROM _shardway.reshard_position WHERE job = ? AND source = ?", w.spec.Job, w.spec.Source); err != nil {
		w.t.Fatal(err)
	}
	return set
}

// content reads rows of a table that fit a condition, each as text that shows
// every byte; of all columns, or of some in their order.
func content(t *testing.T, db *sql.DB, schema, name, where string, columns ...string) []string {
	t.Helper()
	s, err := readShape(t.Context(), db, schema, name)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	if len(columns) == 0 {
		for i := range s.columns {
			columns = append(columns, s.columns[i].name)
		}
	}
	for _, name := range columns {
		i := s.column(name)
		parts = append(parts, fmt.Sprintf("COALESCE(HEX(CAST(%s AS BINARY)), 'NULL')", s.columns[i].read()))
	}
	var all []string
	query := "SELECT CONCAT_WS(' ', " + strings.Join(parts, ", ") + ") FROM " + quote(schema) + "." + quote(name) + " WHERE " + where
	if err := queryRows(t.Context(), db, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		all = append(all, text)
		return err
	}, query); err != nil {
		t.Fatal(query, err)
	}
	slices.Sort(all)
	return all
}

// equal compares every table of the source with the targets.
func (w *world) equal() {
	w.t.Helper()
	for i := range w.spec.Tables {
		for at, target := range w.spec.Targets {
			w.equalOn(&w.spec.Tables[i], at, &target)
		}
	}
}

func (w *world) equalOn(t *Table, at int, target *Target) {
	w.t.Helper()
	where := "FALSE"
	switch {
	case t.Kind == topology.KindReference && target.Reference, t.Kind == topology.KindSingle && w.spec.targetOf(0) == at:
		where = "TRUE"
	case t.Kind == topology.KindSharded:
		var parts []string
		for _, r := range target.Ranges {
			parts = append(parts, t.Key.RangePredicate("", r.Start, r.End))
		}
		where = "(" + strings.Join(parts, " OR ") + ")"
	}
	for i := range t.Key {
		if t.isIndex() {
			where += " AND " + quote(t.Key[i].Name) + " IS NOT NULL"
		}
	}
	want := content(w.t, w.db[w.spec.Source], w.schema, t.Name, where, t.Index...)
	have := content(w.t, w.db[target.Group], w.schema, t.into(), "TRUE")
	if slices.Equal(want, have) {
		return
	}
	missing, extra := 0, 0
	for _, row := range want {
		if _, found := slices.BinarySearch(have, row); !found {
			if missing++; missing < 4 {
				w.t.Logf("missing: %s", row)
			}
		}
	}
	for _, row := range have {
		if _, found := slices.BinarySearch(want, row); !found {
			if extra++; extra < 4 {
				w.t.Logf("extra: %s", row)
			}
		}
	}
	w.t.Errorf("table %s on %s: %d rows in place of %d, %d missing, %d too many", t.id(), target.Group, len(have), len(want), missing, extra)
}
