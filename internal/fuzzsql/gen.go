package fuzzsql

import (
	"fmt"
	"math/rand/v2"
)

// gen makes the parts of a case.
type gen struct {
	*rand.Rand
	tables []*table
	// names counts the aliases given, so that each is another.
	names int
	// ctes are the common table expressions in reach.
	ctes []source
	// inChange: the statement writes, so that what only warns in a query fails.
	inChange bool
}

func newGen(seed uint64) *gen { return &gen{Rand: rand.New(rand.NewPCG(seed, 0x5ca1ab1e))} }

func (g *gen) pick(options ...string) string { return options[g.IntN(len(options))] }

// chance is true in n of 100 cases.
func (g *gen) chance(n int) bool { return g.IntN(100) < n }

func (g *gen) name(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

// source is what stands behind FROM under one name.
type source struct {
	alias   string
	columns []expr
	// key are columns that together tell its rows apart; nil if none are known.
	key []expr
	// table is the base table, if it is one.
	table *table
}

// scope is what a query can name: its own sources, and those around it.
type scope struct {
	sources []source
	outer   *scope
	// group: only these may stand outside aggregates.
	group []expr
}

// expr is an expression, and what is known of its value.
type expr struct {
	node *Node
	kind Kind
	coll string
	// ambiguous: values that compare as equal can look different.
	ambiguous bool
	unsigned  bool
	// raw numbers are compared and grouped by, not computed with.
	raw bool
	// year: MySQL compares a number below 100 with it, be it a literal, a parameter or
	// what a table of one row has, as a year of this century or as a number, as the plan has it.
	year bool
	// literal text has the collation of the connection and yields to a column's.
	literal bool
	// name is the column's name, without its table.
	name string
}

// ref is the text of an expression that is a column.
func (e expr) ref() string { return e.node.String() }

// again is the same expression in another place.
func (e expr) again() *Node { return &Node{text: e.node.String(), kind: e.kind} }

// of makes an expression of a column under an alias.
func (c *column) of(alias string) expr {
	text := c.name
	if alias != "" {
		text = alias + "." + c.name
	}
	return expr{
		node: &Node{text: text, kind: c.kind}, kind: c.kind, coll: c.coll,
		ambiguous: c.ambiguous, unsigned: c.unsigned, raw: c.raw, year: c.decl == "YEAR", name: c.name,
	}
}

// under is a source of a base table.
func (t *table) under(alias string) source {
	s := source{alias: alias, table: t}
	for _, c := range t.columns {
		e := c.of(alias)
		s.columns = append(s.columns, e)
		for _, k := range t.key {
			if k == c.name {
				s.key = append(s.key, e)
			}
		}
	}
	return s
}

// columns returns the columns in scope for which fits says yes, now and then
// those of the queries around it.
func (g *gen) columns(sc *scope, fits func(expr) bool) []expr {
	var all []expr
	collect := func(s *scope) {
		if s.group != nil {
			for _, e := range s.group {
				if fits(e) {
					all = append(all, e)
				}
			}
			return
		}
		for _, src := range s.sources {
			for _, e := range src.columns {
				if fits(e) {
					all = append(all, e)
				}
			}
		}
	}
	if sc == nil {
		return nil
	}
	if sc.outer != nil && g.chance(30) {
		collect(sc.outer)
	}
	if len(all) == 0 {
		collect(sc)
	}
	return all
}

func (g *gen) column(sc *scope, fits func(expr) bool) (expr, bool) {
	all := g.columns(sc, fits)
	if len(all) == 0 {
		return expr{}, false
	}
	e := all[g.IntN(len(all))]
	e.node = e.again()
	return e, true
}

func (g *gen) columnOf(sc *scope, k Kind) (expr, bool) {
	return g.column(sc, func(e expr) bool { return e.kind == k })
}
