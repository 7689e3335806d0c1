package integration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// wide is the cluster that the differential tests run on: each keyspace has as
// many of its groups as shards. Nothing in them is about replicas.
func wide() cluster.Shape { return cluster.Shape{Groups: 4} }

// files are the files of statements, in the order in which they run: a later
// one finds the rows as the ones before have left them. What is in whole.sql is
// promised for one shard only.
func files(shards int) []string {
	list := []string{
		"point.sql", "range.sql", "scatter.sql", "aggregate.sql", "join.sql", "types.sql", "collations.sql",
		"errors.sql", "prepared.sql", "dml.sql", "ddl.sql", "session.sql",
	}
	if shards == 1 {
		return append(list, "whole.sql")
	}
	return list
}

// run is one pass over the files: all of them through the proxy over a number
// of shards, in one protocol and one framing, beside a plain MySQL.
type run struct {
	shards   int
	prepared bool
	variant  mysql.Variant
	// plain and proxy are the two sides; schema is the name of the keyspace, and
	// of the schema on the plain server.
	plain, proxy *client
	schema       string
}

// TestDifferential runs each statement on a plain MySQL and through the proxy,
// over 1, 2 and 4 shards, as text and prepared with its literals as parameters.
func TestDifferential(t *testing.T) {
	tally := newTally()
	for _, shards := range []int{1, 2, 4} {
		for _, prepared := range []bool{false, true} {
			name := fmt.Sprintf("%d/text", shards)
			if prepared {
				name = fmt.Sprintf("%d/prepared", shards)
			}
			t.Run(name, func(t *testing.T) {
				r := begin(t, shards, prepared)
				r.load(t)
				if prepared {
					r.parameters(t)
					r.rebind(t)
					r.longData(t)
				}
				r.commands(t)
				for _, file := range files(shards) {
					for _, s := range readStatements(t, file) {
						r.judge(t, s, tally)
					}
				}
			})
		}
	}
	tally.report(t)
}

// begin makes the keyspace and the schema beside it and connects to both.
func begin(t *testing.T, shards int, prepared bool) *run {
	t.Helper()
	c := cluster.Get(t, wide())
	r := &run{shards: shards, prepared: prepared, variant: mysql.Variant{DeprecateEOF: prepared == (shards == 2)}}
	r.schema = c.Keyspace(t, cluster.Keyspace{Shards: shards})
	r.plain, r.proxy = plainServer(t).connect(t, r.variant), proxyOf(c).connect(t, r.variant)
	r.plain.must(t, "CREATE DATABASE "+r.schema)
	plain := r.plain
	t.Cleanup(func() {
		if _, err := plain.query("DROP DATABASE " + r.schema); err != nil {
			t.Error(err)
		}
	})
	r.plain.must(t, "USE "+r.schema)
	r.proxy.must(t, "USE "+r.schema)
	return r
}

// plainServer is the MySQL that Shardway is compared with.
func plainServer(t *testing.T) server {
	t.Helper()
	s := testkit.Server(t, testkit.Options{})
	return server{s.Addr(), s.User, s.Password}
}

func proxyOf(c *cluster.Cluster) server {
	return server{fmt.Sprintf("127.0.0.1:%d", c.Port), c.User, c.Password}
}

// load makes the tables and rows, and checks that every shard holds rows.
func (r *run) load(t *testing.T) {
	t.Helper()
	for _, file := range []string{"schema.sql", "rows.sql"} {
		for _, s := range readStatements(t, file) {
			if differences := r.compare(t, s, false); len(differences) > 0 {
				t.Fatalf("%s: %s\n%s\n\t%v", s.where(), s.sql, s.differs, differences)
			}
		}
	}
	r.spread(t)
}

// spread checks on the servers themselves that each group has rows of each
// sharded table, and that no row is in two.
func (r *run) spread(t *testing.T) {
	t.Helper()
	c := cluster.Get(t, wide())
	tables, err := c.Admin.Tables(t.Context(), r.schema)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := c.Admin.Shards(t.Context(), r.schema)
	if err != nil {
		t.Fatal(err)
	}
	if len(placed) != r.shards {
		t.Fatalf("%d shards, want %d", len(placed), r.shards)
	}
	for _, table := range tables {
		if table.Kind != "sharded" {
			continue
		}
		count, total := "SELECT COUNT(*) FROM "+table.Name, 0
		for _, shard := range placed {
			var n int
			if err := c.Servers[shard.Group+"-1"].DB(t, r.schema).QueryRow(count).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				t.Errorf("%s: group %s has no row", table.Name, shard.Group)
			}
			total += n
		}
		if want := r.plain.must(t, count).rows[0][0]; fmt.Sprint(total) != want {
			t.Errorf("%s: the groups have %d rows together, plain MySQL %s", table.Name, total, want)
		}
	}
}

// judge runs one statement on both sides and holds the proxy to what the file says.
func (r *run) judge(t *testing.T, s *statement, tally *tally) {
	t.Helper()
	tally.count(s, r)
	if s.refusedOver(r.shards) {
		if err := r.refused(s); err != nil {
			t.Errorf("%s: %s\n\t%v", s.where(), s.sql, err)
		}
		return
	}
	var unexpected []string
	accepted := strings.Split(s.accepted(r.shards), ",")
	for _, d := range r.compare(t, s, r.prepared && !s.text) {
		if slices.Contains(accepted, d.field) {
			tally.seen[s.where()+" "+d.field] = true
			continue
		}
		unexpected = append(unexpected, d.String())
	}
	if len(unexpected) > 0 {
		t.Errorf("%s: %s\n\t%s", s.where(), s.sql, strings.Join(unexpected, "\n\t"))
	}
}

// refused checks that the proxy refuses a statement with error 1235.
func (r *run) refused(s *statement) error {
	sql, params := s.sql, []mysql.Param(nil)
	if r.prepared && !s.text {
		sql, params = parametrize(s.sql)
	}
	var a answer
	var err error
	if r.prepared && !s.text {
		_, a, err = r.proxy.execute(sql, params)
	} else {
		a, err = r.proxy.query(sql)
	}
	switch {
	case err != nil:
		return err
	case a.err == nil:
		return fmt.Errorf("is answered, but marked as refused over %d shards", r.shards)
	case a.err.Code == mysql.ErUnsupportedPS:
		if a, err = r.proxy.query(s.sql); err != nil || a.err == nil || a.err.Code != mysql.ErNotSupportedYet {
			return fmt.Errorf("cannot be prepared, and as text it is not refused: %v %v", err, a.err)
		}
	case a.err.Code != mysql.ErNotSupportedYet:
		return fmt.Errorf("marked as refused over %d shards, but the answer is %v", r.shards, a.err)
	}
	return nil
}

// compare runs a statement on both sides.
func (r *run) compare(t *testing.T, s *statement, prepared bool) []difference {
	t.Helper()
	j := judgement{ordered: !s.ties && strings.Contains(strings.ToUpper(s.sql), "ORDER BY"), approximate: s.approximate && r.shards > 1}
	if !prepared {
		want, err := r.plain.query(s.sql)
		if err != nil {
			t.Fatalf("%s: %s\n\tplain MySQL: %v", s.where(), s.sql, err)
		}
		given, err := r.proxy.query(s.sql)
		if err != nil {
			t.Fatalf("%s: %s\n\tShardway: %v", s.where(), s.sql, err)
		}
		return compare(want, given, j)
	}
	sql, params := parametrize(s.sql)
	wantDefs, want, err := r.plain.execute(sql, params)
	if err != nil {
		t.Fatalf("%s: %s\n\tplain MySQL: %v", s.where(), sql, err)
	}
	givenDefs, given, err := r.proxy.execute(sql, params)
	if err != nil {
		t.Fatalf("%s: %s\n\tShardway: %v", s.where(), sql, err)
	}
	all := compare(want, given, j)
	if want.err != nil && want.err.Code == 1295 && given.err != nil && given.err.Code == 1295 {
		return r.compare(t, s, false) // not for the prepared protocol
	}
	if want.err != nil || given.err != nil {
		return all // the one may refuse at preparing what the other does when it executes
	}
	if wantDefs.params != givenDefs.params {
		all = append(all, difference{"definitions", fmt.Sprint(wantDefs.params), fmt.Sprint(givenDefs.params)})
	}
	return append(all, compareColumns("definitions", wantDefs.columns, givenDefs.columns)...)
}

// tally counts statements by class.
type tally struct {
	statements map[string]map[string]bool
	refusals   map[string]map[string]bool
	shapes     map[string]bool
	// differs are the accepted differences, seen the ones that showed.
	differs map[string]*statement
	seen    map[string]bool
}

func newTally() *tally {
	return &tally{statements: map[string]map[string]bool{}, refusals: map[string]map[string]bool{}, shapes: map[string]bool{}, differs: map[string]*statement{}, seen: map[string]bool{}}
}

func (y *tally) count(s *statement, r *run) {
	if s.setup {
		return
	}
	add := func(m map[string]map[string]bool) {
		if m[s.class] == nil {
			m[s.class] = map[string]bool{}
		}
		m[s.class][s.where()] = true
	}
	add(y.statements)
	y.shapes[s.shape()] = true
	if s.refusedOver(r.shards) {
		add(y.refusals)
	}
	if s.differs != "" {
		y.differs[s.where()] = s
	}
}

func (y *tally) report(t *testing.T) {
	t.Helper()
	total := 0
	for _, class := range slices.Sorted(maps.Keys(y.statements)) {
		n := len(y.statements[class])
		total += n
		t.Logf("%-12s %3d statements, %2d refused over several shards", class, n, len(y.refusals[class]))
	}
	for _, where := range slices.Sorted(maps.Keys(y.differs)) {
		s := y.differs[where]
		t.Logf("accepted: %s: %s: %s", where, s.differs, s.reason)
		for field := range strings.SplitSeq(s.differs, ",") {
			if !y.seen[where+" "+field] {
				t.Errorf("%s: %s do not differ any more: %s", where, field, s.sql)
			}
		}
	}
	t.Logf("%d statements, %d of different shape", total, len(y.shapes))
	if len(y.shapes) < 300 {
		t.Errorf("%d statements of different shape, want 300", len(y.shapes))
	}
}
