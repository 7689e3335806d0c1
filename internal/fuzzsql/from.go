package fuzzsql

import (
	"fmt"
	"strings"
)

// from makes n sources, joined, and brings them into scope.
func (g *gen) from(sc *scope, depth, n int) *Node {
	node := g.source(sc, depth)
	for range n - 1 {
		left := len(sc.sources)
		switch g.IntN(10) {
		case 0:
			if n == 2 {
				right := g.source(sc, depth)
				node = of(From, node, g.pick(", ", " CROSS JOIN "), right)
				continue
			}
			fallthrough
		case 1:
			if names := sc.sources; len(names) == 1 {
				if joined := g.using(sc, node); joined != nil {
					node = joined
					continue
				}
			}
			fallthrough
		default:
			kind := g.pick(" JOIN ", " JOIN ", " JOIN ", " LEFT JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " STRAIGHT_JOIN ")
			right := g.source(sc, depth)
			if strings.HasPrefix(right.String(), "LATERAL") {
				// Of an outer join with one, MySQL does not always make NULL of what the
				// subquery shows of the rows before it.
				kind = " JOIN "
			}
			deep := depth
			switch text := node.String(); {
			// Of EXISTS and IN in the ON clauses of outer joins, and of joins within
			// them, MySQL makes semi-joins that join rows which they are not true for.
			case kind == " LEFT JOIN ":
				deep = 0
			case kind == " RIGHT JOIN " && (strings.Contains(text, "EXISTS (") || strings.Contains(text, "IN (SELECT")):
				kind = " JOIN "
			case kind == " RIGHT JOIN ":
				deep = 0
			}
			node = of(From, node, kind, right, " ON ", g.on(sc, left, deep))
		}
	}
	return node
}

// using joins a base table to one source by the columns of one name.
func (g *gen) using(sc *scope, left *Node) *Node {
	var shared []string
	t := g.tables[g.IntN(len(g.tables))]
	for _, e := range sc.sources[0].columns {
		if c := t.column(e.name); c != nil && c.kind == e.kind && c.coll == e.coll && e.kind != JSON && sc.sources[0].table != nil {
			shared = append(shared, e.name)
		}
	}
	if len(shared) == 0 {
		return nil
	}
	src := t.under(g.name("a"))
	sc.sources = append(sc.sources, src)
	kind := g.pick(" JOIN ", " LEFT JOIN ", " RIGHT JOIN ")
	if g.chance(20) {
		return of(From, left, g.pick(" NATURAL JOIN ", " NATURAL LEFT JOIN "), t.name+" "+src.alias)
	}
	return of(From, left, kind, t.name+" "+src.alias, " USING ("+shared[g.IntN(len(shared))]+")")
}

// on is a condition between the last source and those before it.
func (g *gen) on(sc *scope, left, depth int) *Node {
	right := sc.sources[len(sc.sources)-1]
	type pair struct{ a, b expr }
	var pairs, named []pair
	for _, s := range sc.sources[:left] {
		for _, a := range s.columns {
			for _, b := range right.columns {
				if a.kind != b.kind || a.coll != b.coll || a.kind == JSON || a.kind == Bytes || a.year != b.year {
					continue
				}
				pairs = append(pairs, pair{a, b})
				if a.name == b.name {
					named = append(named, pair{a, b})
				}
			}
		}
	}
	if len(named) > 0 && g.chance(60) {
		pairs = named
	}
	local := &scope{sources: sc.sources, outer: sc.outer}
	if len(pairs) == 0 {
		return g.bool(local, 0)
	}
	p := pairs[g.IntN(len(pairs))]
	eq := condition(p.a.again(), g.pick(" = ", " = ", " = ", " <=> ", " <= "), p.b.again())
	if g.chance(25) {
		return list(" AND ", 1, []*Node{eq, g.bool(local, min(1, depth))})
	}
	return eq
}

// source makes one source and brings it into scope.
func (g *gen) source(sc *scope, depth int) *Node {
	alias := g.name("a")
	if depth > 0 && g.chance(28) {
		switch g.IntN(6) {
		case 0, 1, 2:
			q := g.derivable(nil, depth-1)
			sc.sources = append(sc.sources, source{alias: alias, columns: under(alias, q.columns)})
			return of(From, "(", q.node, ") AS "+alias)
		case 3:
			q := g.derivable(sc, depth-1)
			sc.sources = append(sc.sources, source{alias: alias, columns: under(alias, q.columns)})
			return of(From, "LATERAL (", q.node, ") AS "+alias)
		case 4:
			if n := g.jsonTable(sc, alias); n != nil {
				return n
			}
		default:
			if len(g.ctes) > 0 {
				cte := g.ctes[g.IntN(len(g.ctes))]
				sc.sources = append(sc.sources, source{alias: alias, columns: under(alias, cte.columns)})
				return of(From, cte.alias+" AS "+alias)
			}
			return g.values(sc, alias)
		}
	}
	t := g.tables[g.IntN(len(g.tables))]
	sc.sources = append(sc.sources, t.under(alias))
	return of(From, t.name+" "+g.pick("AS ", "")+alias)
}

// derivable is a query for a derived table or a common table expression.
func (g *gen) derivable(outer *scope, depth int) query {
	var q query
	in := outer
	if in == nil {
		in = &scope{}
	}
	switch g.IntN(4) {
	case 0:
		q = g.groups(in, depth)
	case 1:
		q = g.rows(in, depth, true)
	default:
		q = g.rows(in, depth, false)
	}
	return q
}

// under are the columns of a query by the name that its rows have.
func under(alias string, columns []expr) []expr {
	all := make([]expr, len(columns))
	for i, c := range columns {
		name := c.name
		if name == "" {
			name = c.node.String()
		}
		all[i] = c
		all[i].name = name
		all[i].node = &Node{text: alias + "." + name, kind: c.kind}
	}
	return all
}

// jsonTable is JSON_TABLE over a column of a source before it.
func (g *gen) jsonTable(sc *scope, alias string) *Node {
	if len(sc.sources) == 0 {
		sc.sources = append(sc.sources, source{alias: alias, columns: under(alias, []expr{{kind: Num, name: "v"}, {kind: Num, name: "o"}})})
		return of(From, "JSON_TABLE('[1, 3, 5, null]', '$[*]' COLUMNS (v INT PATH '$', o FOR ORDINALITY)) AS "+alias)
	}
	j, ok := g.columnOf(&scope{sources: sc.sources}, JSON)
	if !ok {
		return nil
	}
	columns := []expr{{kind: Num, name: "o", unsigned: true}, {kind: Str, coll: bin, name: "w"}}
	sc.sources = append(sc.sources, source{alias: alias, columns: under(alias, columns)})
	return of(From, "JSON_TABLE(", j, ", '$.b[*]' COLUMNS (o FOR ORDINALITY, w VARCHAR(10) COLLATE "+bin+" PATH '$')) AS "+alias)
}

// values is a table of values.
func (g *gen) values(sc *scope, alias string) *Node {
	var rows []*Node
	for range 1 + g.IntN(4) {
		rows = append(rows, leaf(fmt.Sprintf("ROW(%d, %d)", g.IntN(8), g.IntN(5))))
	}
	columns := []expr{{kind: Num, name: "p"}, {kind: Num, name: "q"}}
	sc.sources = append(sc.sources, source{alias: alias, columns: under(alias, columns)})
	return of(From, "(VALUES ", list(", ", 1, rows), ") AS "+alias+" (p, q)")
}
