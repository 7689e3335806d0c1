package fuzzsql

import (
	"fmt"
	"strings"
)

// groups is a query with aggregates, with or without GROUP BY.
func (g *gen) groups(outer *scope, depth int) query {
	sc := &scope{outer: outer}
	from := g.from(sc, depth, 1+g.IntN(2))
	var q query
	var columns, keys []*Node
	keyExprs := []expr{}
	if !g.chance(20) {
		for range 1 + g.IntN(3) {
			e := g.groupKey(sc)
			i := len(columns)
			if e.ambiguous {
				keys = append(keys, e.again())
			} else {
				keys = append(keys, leaf(fmt.Sprintf("c%d", i+1)))
			}
			columns = append(columns, g.as(&q, distinctForm(e), i))
			keyExprs = append(keyExprs, q.columns[i])
		}
	}
	for range 1 + g.IntN(3) {
		columns = append(columns, g.as(&q, g.aggregate(sc, &q), len(columns)))
	}
	where := g.where(sc, depth)
	q.node = of(Query, "SELECT ", list(", ", 1, columns), " FROM ", from, where)
	if len(keys) > 0 {
		q.node.parts = append(q.node.parts, leaf(" GROUP BY "), list(", ", 1, keys))
		if g.chance(12) {
			q.node.parts = append(q.node.parts, maybe(" WITH ROLLUP"))
		}
	}
	if g.chance(30) {
		q.node.parts = append(q.node.parts, g.having(sc, keyExprs))
	}
	if outer == nil && !q.floats {
		g.orderBy(&q, q.columns)
	}
	return q
}

// groupKey is what a query is grouped by: mostly a column.
func (g *gen) groupKey(sc *scope) expr {
	e, ok := g.column(sc, func(e expr) bool { return grouped(e) && e.kind != Bytes })
	if !ok || e.name == "" {
		return number(g.numLeaf(sc, true), " * 2")
	}
	switch {
	case g.chance(70):
		return e
	case e.kind == Date:
		return number(g.pick("YEAR(", "MONTH("), e, ")")
	case e.kind == Num && !e.raw && !e.unsigned:
		return number("(", e, g.pick(" % 2", " DIV 3", " > 2"), ")")
	case e.kind == Str:
		return number("CHAR_LENGTH(", e, ")")
	}
	return e
}

func (g *gen) having(sc *scope, keys []expr) *Node {
	if len(keys) > 0 && g.chance(30) {
		k := keys[g.IntN(len(keys))]
		return maybe(" HAVING ", condition(k.again(), g.pick(" IS NOT NULL", " IS NULL")))
	}
	return maybe(" HAVING ", condition(g.count(&scope{sources: sc.sources}), g.comparisonAll(), g.numLiteral()))
}

// aggregate is an aggregate, or an expression over some.
func (g *gen) aggregate(sc *scope, q *query) expr {
	local := &scope{sources: sc.sources}
	distinct := g.pick("", "", "DISTINCT ")
	switch g.IntN(18) {
	case 0, 1, 2:
		return number(g.count(local))
	case 3:
		return number("SUM(", distinct, g.exact(local), ")")
	case 4:
		return number("AVG(", distinct, g.exact(local), ")")
	case 5:
		e := extremeForm(g.str(local, 1))
		return expr{node: of(Str, g.pick("MIN(", "MAX("), e, ")"), kind: Str, coll: e.coll}
	case 6:
		return expr{node: of(Date, g.pick("MIN(", "MAX("), g.date(local, 1), ")"), kind: Date}
	case 7:
		return number("COUNT(DISTINCT ", g.numLeaf(local, false), ", ", g.str(local, 0), ")")
	case 8:
		return expr{node: of(Num, g.pick("BIT_AND(", "BIT_OR(", "BIT_XOR("), g.exact(local), ")"), kind: Num, unsigned: true, raw: true}
	case 9:
		q.floats = true
		// Its last digits depend on the order of the rows: what is added keeps it from
		// being half of what is rounded to.
		return number("ROUND(", g.pick("STDDEV_POP(", "VAR_SAMP(", "STD(", "VARIANCE("), g.exact(local), ") + 0.00013, 3)")
	case 10, 11:
		e := distinctForm(g.groupable(local))
		text := e.ref()
		return digits("GROUP_CONCAT(", distinct, text, " ORDER BY ", text, g.pick("", " DESC"), g.pick("", " SEPARATOR '|'"), ")")
	case 12:
		return number("JSON_LENGTH(JSON_ARRAYAGG(", g.any(local, 0), "))")
	case 13:
		return number("SUM(", g.exact(local), ") / COUNT(*)")
	case 14:
		return number("(", g.count(local), " + ", g.count(local), ")")
	case 15:
		return number("COALESCE(", g.count(local), ", 0)")
	case 16:
		e := g.str(local, 1)
		if strings.Contains(e.node.String(), "SELECT") {
			// MySQL counts the NULL of (SELECT MAX(c) FROM nothing), unless it is a literal.
			e = g.str(local, 0)
		}
		return number("COUNT(DISTINCT ", e, ")")
	default:
		return number("SUM(", g.bool(local, 0), ")")
	}
}

// groupable is a column that GROUP_CONCAT can order by.
func (g *gen) groupable(sc *scope) expr {
	e, ok := g.column(sc, func(e expr) bool {
		return grouped(e) && e.kind != Bytes && e.name != "x" && e.name != "bi" && e.name != "e" && e.name != "se"
	})
	if !ok {
		return digits("'a'")
	}
	return e
}

// exact is a number whose sums are exact.
func (g *gen) exact(sc *scope) expr { return g.numLeaf(sc, true) }
