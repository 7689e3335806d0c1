package fuzzsql

import (
	"fmt"
	"slices"
	"strings"
)

// query is a query, what it yields, and what puts its rows into a total order,
// if anything does.
type query struct {
	node    *Node
	columns []expr
	ordered *Node
	// floats: sums are rounded when they are compared.
	floats bool
}

// scalar is a subquery that yields one value.
func (g *gen) scalar(sc *scope, k Kind, depth int) expr {
	inner := &scope{outer: sc}
	from := g.from(inner, depth-1, 1)
	where := g.where(inner, depth-1)
	var value *Node
	made := expr{kind: k}
	local := &scope{sources: inner.sources} // an aggregate of outer columns alone would be the outer query's
	switch k {
	case Str:
		e := g.varying(local, extremeForm(g.str(local, 0)))
		value, made.coll = seq(g.pick("MIN(", "MAX("), e, ")"), e.coll
	case Date:
		value = seq(g.pick("MIN(", "MAX("), g.varying(local, g.date(local, 0)), ")")
	case Num, Other, Bytes, Clock, JSON, Bool, Query, From:
		value = g.count(local)
	}
	made.node = of(k, "(", of(Query, "SELECT ", value, " FROM ", from, where), ")")
	return made
}

// count is an aggregate that is a small number.
func (g *gen) count(sc *scope) *Node {
	switch g.IntN(5) {
	case 0:
		return leaf("COUNT(*)")
	case 1:
		return seq("COUNT(", g.any(sc, 0), ")")
	case 2:
		return seq(g.pick("SUM(", "MAX(", "MIN("), g.varying(sc, g.numLeaf(sc, true)), ")")
	case 3:
		return seq("COUNT(DISTINCT ", g.numLeaf(sc, false), ")")
	default:
		return seq(g.pick("MIN(", "MAX("), g.varying(sc, g.numLeaf(sc, true)), ")")
	}
}

// inner is a subquery of a condition; kinds says what columns it has, any if nil.
func (g *gen) inner(sc *scope, kinds []Kind, depth int) *Node {
	in := &scope{outer: sc}
	from := g.from(in, depth, 1+g.IntN(2))
	var columns []*Node
	for _, k := range kinds {
		columns = append(columns, g.ofKind(in, k).node)
	}
	if len(columns) == 0 {
		columns = append(columns, leaf(g.pick("1", "*")))
	}
	n := of(Query, "SELECT ", list(", ", 1, columns), " FROM ", from, g.where(in, depth))
	if len(kinds) == 1 && g.chance(15) {
		other := &scope{outer: sc}
		from := g.from(other, 0, 1)
		n = of(Query, n, g.pick(" UNION ", " UNION ALL "), of(Query, "SELECT ", g.ofKind(other, kinds[0]), " FROM ", from, g.where(other, 0)))
	}
	return n
}

func (g *gen) where(sc *scope, depth int) *Node {
	if g.chance(25) {
		return nil
	}
	return maybe(" WHERE ", g.bool(sc, depth))
}

// rows is a query without aggregates. Where sortable is set, columns that do not
// sort or group well are left out.
func (g *gen) rows(outer *scope, depth int, sortable bool) query {
	sc := &scope{outer: outer}
	from := g.from(sc, depth, 1+g.IntN(3))
	var q query
	var list_ []*Node
	for i := range 1 + g.IntN(4) {
		e := g.any(sc, depth)
		if sortable {
			if !grouped(e) {
				e = g.num(sc, 0)
			}
			if e.name == "f" {
				e = number("(", e, " * 2)")
			}
			e = distinctForm(e)
		}
		if outer != nil {
			e = g.varying(sc, e)
		}
		list_ = append(list_, g.as(&q, e, i))
	}
	hint := ""
	distinct := sortable && g.chance(25)
	if distinct {
		hint = "DISTINCT "
	}
	q.node = of(Query, "SELECT ", maybe(hint), list(", ", 1, list_), " FROM ", from, g.where(sc, depth))
	if outer != nil {
		return q
	}
	keys := totalKeys(sc)
	switch {
	case sortable:
		g.orderBy(&q, g.shuffled(q.columns))
	case keys != nil:
		g.orderBy(&q, append(g.someOf(g.sortables(sc)), keys...))
	}
	return q
}

// varying makes an expression depend on the sources' rows. Constants MySQL takes
// for what they are where there is no row: in a derived table that is joined by an
// outer join, unless an index is used.
func (g *gen) varying(sc *scope, e expr) expr {
	columns := g.columns(&scope{sources: sc.sources}, func(expr) bool { return true })
	text := e.node.String()
	for _, c := range columns {
		if strings.Contains(text, c.ref()) {
			return e
		}
	}
	if len(columns) == 0 {
		return e
	}
	c := columns[g.IntN(len(columns))]
	e.node, e.literal = of(e.kind, "IF(", c.again(), " IS NULL, ", e.again(), ", ", e.again(), ")"), false
	return e
}

// as gives a column of a query a name.
func (g *gen) as(q *query, e expr, i int) *Node {
	name := fmt.Sprintf("c%d", i+1)
	column := e
	column.node, column.name = &Node{text: name, kind: e.kind}, name
	column.literal = false
	q.columns = append(q.columns, column)
	return seq(e, " AS "+name)
}

// totalKeys are columns that tell apart all rows of the sources; nil if some
// source has none.
func totalKeys(sc *scope) []expr {
	var all []expr
	for _, s := range sc.sources {
		if s.key == nil {
			return nil
		}
		all = append(all, s.key...)
	}
	return all
}

// sortables are the columns that rows can be sorted by.
func (g *gen) sortables(sc *scope) []expr {
	return g.columns(&scope{sources: sc.sources}, func(e expr) bool { return e.kind != JSON })
}

func (g *gen) someOf(all []expr) []expr {
	all = g.shuffled(all)
	return all[:min(len(all), g.IntN(3))]
}

func (g *gen) shuffled(all []expr) []expr {
	all = slices.Clone(all)
	g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// orderBy puts the rows into a total order, by keys that make it one, and may
// cut it.
func (g *gen) orderBy(q *query, keys []expr) {
	if g.chance(15) {
		return
	}
	var parts []*Node
	for _, k := range keys {
		parts = append(parts, seq(k.again(), g.pick("", "", " DESC", " ASC")))
	}
	// Shrinking must not make the order partial: it goes only as a whole, and
	// then the LIMIT with it.
	order := maybe(" ORDER BY ", list(", ", len(parts), parts))
	if g.chance(35) {
		limit := fmt.Sprintf(" LIMIT %d", g.IntN(12))
		if g.chance(30) {
			limit += fmt.Sprintf(" OFFSET %d", g.IntN(6))
		}
		// MySQL 9.7 cuts the rows of a table that it has sorted by the LIMIT before it
		// joins them with what JSON_TABLE makes of each.
		if !strings.Contains(q.node.String(), "JSON_TABLE(") {
			order.parts = append(order.parts, maybe(limit))
		}
	}
	q.ordered = order
	q.node = of(Query, q.node, order)
}
