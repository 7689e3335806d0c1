package integration

import (
	"fmt"
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
		"point.sql", "range.sql", "scatter.sql", "aggregate.sql", "aggregate_streams.sql", "join.sql", "types.sql", "collations.sql",
		"errors.sql", "prepared.sql", "gather.sql", "dml.sql", "ddl.sql", "ddl_programs.sql", "show_schema.sql", "session.sql", "functions.sql", "families.sql",
		"collected.sql", "windows.sql", "subqueries.sql", "writes.sql", "transactions.sql", "atomicity.sql", "views.sql", "spatial.sql",
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
// over 1, 2, 4 and 7 shards, as text and prepared with its literals as
// parameters. Seven shards are on four groups.
func TestDifferential(t *testing.T) {
	tally := newTally(readAccepted(t))
	passes(t, []int{1, 2, 4, 7}, func(t *testing.T, r *run) {
		if r.prepared {
			r.parameters(t)
			r.rebind(t)
			r.longData(t)
		}
		r.commands(t)
		for _, file := range files(r.shards) {
			for _, s := range readStatements(t, file) {
				r.judge(t, s, tally)
			}
		}
	})
	if *mark {
		tally.write(t)
	}
	tally.report(t)
}

// passes runs one pass over each number of shards and in each protocol, as many
// side by side as there are processors, and returns when all of them have ended.
func passes(t *testing.T, shards []int, pass func(*testing.T, *run)) {
	t.Helper()
	t.Run("shards", func(t *testing.T) {
		for _, n := range shards {
			for _, protocol := range []string{"text", "prepared"} {
				t.Run(fmt.Sprintf("%d/%s", n, protocol), func(t *testing.T) {
					t.Parallel()
					r := begin(t, n, protocol == "prepared")
					r.load(t)
					pass(t, r)
				})
			}
		}
	})
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
	for _, file := range []string{"schema.sql", "rows.sql", "schema_more.sql", "rows_more.sql"} {
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
	groups := map[string]bool{}
	for _, shard := range placed {
		groups[shard.Group] = true
	}
	for _, table := range tables {
		if table.Kind != "sharded" {
			continue
		}
		count, total := "SELECT COUNT(*) FROM "+table.Name, 0
		for group := range groups {
			var n int
			if err := c.Servers[group+"-1"].DB(t, r.schema).QueryRow(count).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n == 0 && len(groups) == len(placed) {
				t.Errorf("%s: group %s has no row", table.Name, group)
			}
			total += n
		}
		if want := r.plain.must(t, count).rows[0][0]; fmt.Sprint(total) != want {
			t.Errorf("%s: the groups have %d rows together, plain MySQL %s", table.Name, total, want)
		}
	}
}

// judge runs one statement on both sides, first through the proxy: what is
// refused does not run on the plain server. A statement that is marked as
// refused may be answered, if rightly.
func (r *run) judge(t *testing.T, s *statement, tally *tally) {
	t.Helper()
	tally.count(s, r)
	prepared := r.prepared && !s.text
	given := r.ask(t, r.proxy, s, prepared)
	if given.err != nil && given.err.Code == mysql.ErUnsupportedPS {
		if want := r.ask(t, r.plain, s, prepared); want.err == nil || want.err.Code != mysql.ErUnsupportedPS {
			t.Errorf("%s: %s\n\tMySQL prepares it, Shardway does not", s.where(), s.sql)
		}
		prepared = false // not for the prepared protocol
		given = r.ask(t, r.proxy, s, prepared)
	}
	if given.err != nil && isRefusal(given.err) {
		tally.refuse(s, r, given.err.Message)
		if !s.refusedOver(r.shards) && !*mark {
			t.Errorf("%s: %s\n\tis refused, and not marked so: %s", s.where(), s.sql, given.err.Message)
		}
		return
	}
	var unexpected []string
	accepted := tally.accepted[s.differs]
	for _, d := range r.differences(s, r.ask(t, r.plain, s, prepared), given) {
		if accepted.covers(d.field, r.shards) {
			tally.differs(s)
			continue
		}
		unexpected = append(unexpected, d.String())
	}
	if len(unexpected) > 0 {
		t.Errorf("%s: %s\n\t%s", s.where(), s.sql, strings.Join(unexpected, "\n\t"))
	}
}

// isRefusal tells the proxy's refusals from the server's own errors of that number.
func isRefusal(e *mysql.Error) bool {
	return e.Code == mysql.ErNotSupportedYet && !strings.Contains(e.Message, "This version of MySQL doesn't yet support")
}

// asked is the answer to a statement, and what was said when it was prepared.
type asked struct {
	answer
	definitions
	prepared bool
}

// ask runs a statement on one side.
func (r *run) ask(t *testing.T, c *client, s *statement, prepared bool) asked {
	t.Helper()
	a, sql := asked{prepared: prepared}, s.sql
	var err error
	if prepared {
		var params []mysql.Param
		sql, params = parametrize(s.sql)
		a.definitions, a.answer, err = c.execute(sql, params)
	} else {
		a.answer, err = c.query(sql)
	}
	if err != nil {
		side := "Shardway"
		if c == r.plain {
			side = "plain MySQL"
		}
		t.Fatalf("%s: %s\n\t%s: %v", s.where(), sql, side, err)
	}
	return a
}

// compare runs a statement on both sides.
func (r *run) compare(t *testing.T, s *statement, prepared bool) []difference {
	t.Helper()
	want, given := r.ask(t, r.plain, s, prepared), r.ask(t, r.proxy, s, prepared)
	if prepared && want.err != nil && want.err.Code == mysql.ErUnsupportedPS && given.err != nil && given.err.Code == want.err.Code {
		return r.compare(t, s, false) // not for the prepared protocol
	}
	return r.differences(s, want, given)
}

// differences lists how two answers differ.
func (r *run) differences(s *statement, want, given asked) []difference {
	j := judgement{ordered: !s.ties && strings.Contains(strings.ToUpper(s.sql), "ORDER BY"), approximate: s.approximate && r.shards > 1}
	all := compare(want.answer, given.answer, j)
	if !want.prepared || want.err != nil || given.err != nil {
		return all // the one may refuse at preparing what the other does when it executes
	}
	if want.params != given.params {
		all = append(all, difference{"definitions", fmt.Sprint(want.params), fmt.Sprint(given.params)})
	}
	return append(all, compareColumns("definitions", want.columns, given.columns)...)
}
