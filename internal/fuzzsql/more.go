package fuzzsql

import "fmt"

// windows is a query with window functions.
func (g *gen) windows(depth int) query {
	sc := &scope{}
	from := g.from(sc, 0, 1+g.IntN(2))
	var q query
	keys := totalKeys(sc)
	if keys == nil {
		return g.rows(nil, depth, false)
	}
	var columns []*Node
	for _, k := range keys {
		columns = append(columns, g.as(&q, k, len(columns)))
	}
	order := " ORDER BY " + g.sortKey(sc) + joinTexts(keys, ", ")
	for range 1 + g.IntN(3) {
		partition := ""
		if e, ok := g.column(sc, grouped); ok && g.chance(70) {
			partition = "PARTITION BY " + e.ref()
		}
		columns = append(columns, g.as(&q, g.window(sc, partition, order), len(columns)))
	}
	q.node = of(Query, "SELECT ", list(", ", 1, columns), " FROM ", from, g.where(sc, depth))
	g.orderBy(&q, keys)
	return q
}

func (g *gen) sortKey(sc *scope) string {
	if e, ok := g.column(sc, func(e expr) bool { return e.kind != JSON }); ok && g.chance(60) {
		return e.ref() + g.pick("", " DESC") + ", "
	}
	return ""
}

func (g *gen) window(sc *scope, partition, order string) expr {
	n := g.numLeaf(sc, true)
	frame := g.pick("", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", " ROWS 2 PRECEDING")
	over := " OVER (" + partition + order
	switch g.IntN(9) {
	case 0:
		return number("ROW_NUMBER()", over, ")")
	case 1:
		return number(g.pick("RANK()", "DENSE_RANK()"), over, ")")
	case 2:
		return number(g.pick("LAG(", "LEAD("), n, g.pick(")", ", 2)", ", 1, 0)"), over, ")")
	case 3:
		return number(g.pick("FIRST_VALUE(", "LAST_VALUE("), n, ")", over, frame, ")")
	case 4:
		return number("NTILE(3)", over, ")")
	case 5:
		return number(g.pick("SUM(", "MIN(", "MAX(", "COUNT("), n, ")", over, frame, ")")
	case 6:
		return number(g.pick("SUM(", "MAX(", "COUNT("), n, ") OVER (", partition, ")")
	case 7:
		return number("COUNT(*) OVER (", partition, ")")
	default:
		return number("SUM(", n, ")", over, frame, ")")
	}
}

// sets is a query of several arms.
func (g *gen) sets(depth int) query {
	n := 1 + g.IntN(3)
	kinds := make([]Kind, n)
	for i := range kinds {
		kinds[i] = []Kind{Num, Num, Date, Str}[g.IntN(4)]
	}
	var q query
	node := g.arm(kinds, depth, &q)
	for range 1 + g.IntN(2) {
		op := g.pick(" UNION ", " UNION ALL ", " UNION ", " INTERSECT ", " EXCEPT ", " EXCEPT ALL ", " INTERSECT ALL ")
		node = of(Query, node, op, g.arm(kinds, depth, nil))
	}
	q.node = node
	g.orderBy(&q, q.columns)
	return q
}

// arm is a query of such columns whose equal values look the same.
func (g *gen) arm(kinds []Kind, depth int, q *query) *Node {
	sc := &scope{}
	from := g.from(sc, depth-1, 1+g.IntN(2))
	var columns []*Node
	for i, k := range kinds {
		e := g.ofKind(sc, k)
		if k == Num {
			e = number("CAST(", g.numLeaf(sc, true), " AS DECIMAL(12,3))")
		}
		if k == Date {
			e.node = of(Date, "CAST(", e, " AS DATETIME(6))")
		}
		if k == Str {
			e.ambiguous = true // one form for all arms
		}
		e = distinctForm(e)
		if q != nil {
			columns = append(columns, g.as(q, e, i))
		} else {
			columns = append(columns, e.node)
		}
	}
	n := of(Query, "SELECT ", g.pick("", "", "DISTINCT "), list(", ", 1, columns), " FROM ", from, g.where(sc, depth-1))
	if g.chance(10) {
		return of(Query, "(", n, ")")
	}
	return n
}

// with is a query over common table expressions.
func (g *gen) with(depth int) query {
	g.ctes = nil
	var defs []*Node
	for range 1 + g.IntN(2) {
		name := g.name("w")
		q := g.derivable(nil, depth-1)
		defs = append(defs, seq(name+" AS (", q.node, ")"))
		g.ctes = append(g.ctes, source{alias: name, columns: q.columns})
	}
	sc := &scope{}
	cte := g.ctes[g.IntN(len(g.ctes))]
	alias := g.name("a")
	sc.sources = []source{{alias: alias, columns: under(alias, cte.columns)}}
	from := seq(cte.alias + " AS " + alias)
	if g.chance(60) {
		right := g.source(sc, 1)
		from = of(From, from, g.pick(" JOIN ", " LEFT JOIN "), right, " ON ", g.on(sc, 1, 0))
	}
	var q query
	var columns []*Node
	for i := range 1 + g.IntN(3) {
		e := g.any(sc, 1)
		if !grouped(e) {
			e = g.num(sc, 1)
		}
		columns = append(columns, g.as(&q, distinctForm(e), i))
	}
	q.node = of(Query, "SELECT ", list(", ", 1, columns), " FROM ", from, g.where(sc, depth-1))
	g.orderBy(&q, q.columns)
	q.node = of(Query, "WITH ", list(", ", 1, defs), " ", q.node)
	g.ctes = nil
	return q
}

// recursive is a query over a recursive common table expression.
func (g *gen) recursive() query {
	sc := &scope{}
	t := g.tables[g.IntN(len(g.tables))]
	sc.sources = []source{t.under("s")}
	start, step := g.numLeaf(sc, true), ""
	next := &scope{sources: []source{t.under("s")}}
	b := g.numLeaf(next, true)
	switch g.IntN(2) {
	case 0:
		step = "SELECT CAST(r.v + 1 AS SIGNED), r.lvl + 1 FROM r WHERE r.lvl < " + g.pick("2", "3", "5")
	default:
		step = fmt.Sprintf("SELECT CAST(%s AS SIGNED), r.lvl + 1 FROM r JOIN %s s ON s.%s = r.v WHERE r.lvl < 3", b.ref(), t.name, g.anyColumn(t))
	}
	var q query
	var columns []*Node
	columns = append(columns, g.as(&q, expr{node: leaf("r.v"), kind: Num}, 0), g.as(&q, expr{node: leaf("r.lvl"), kind: Num}, 1), g.as(&q, number("COUNT(*)"), 2))
	q.node = of(Query, "SELECT ", list(", ", 1, columns), " FROM r GROUP BY r.v, r.lvl")
	g.orderBy(&q, q.columns)
	q.node = of(Query, "WITH RECURSIVE r AS (SELECT CAST(", start, " AS SIGNED) AS v, 0 AS lvl FROM "+t.name+" s", g.where(sc, 0), g.pick(" UNION ", " UNION ALL ", " UNION "), step, ") ", q.node)
	return q
}

func (g *gen) anyColumn(t *table) string {
	for _, c := range t.columns {
		if c.kind == Num && !c.raw {
			return c.name
		}
	}
	return t.key[0]
}
