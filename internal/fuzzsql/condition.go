package fuzzsql

// condition is a Bool part.
func condition(parts ...any) *Node { return of(Bool, parts...) }

// bool is a condition over what is in scope.
func (g *gen) bool(sc *scope, depth int) *Node {
	if depth > 0 && g.chance(30) {
		switch g.IntN(5) {
		case 0:
			return condition("NOT (", g.bool(sc, depth-1), ")")
		case 1:
			return condition("(", g.bool(sc, depth-1), g.pick(" IS TRUE", " IS NOT TRUE", " IS UNKNOWN", " IS FALSE"), ")")
		default:
			op := g.pick(" AND ", " OR ", " OR ", " AND ", " XOR ")
			return condition("(", list(op, 1, []*Node{g.bool(sc, depth-1), g.bool(sc, depth-1)}), ")")
		}
	}
	if g.chance(22) {
		if n := g.byKey(sc); n != nil {
			return n
		}
	}
	if depth > 0 && g.chance(22) {
		if n := g.nested(sc, depth); n != nil {
			return n
		}
	}
	return g.simple(sc, depth)
}

// byKey is a condition on a base table's key, which often says where rows live.
func (g *gen) byKey(sc *scope) *Node {
	if sc == nil || sc.group != nil || len(sc.sources) == 0 {
		return nil
	}
	src := sc.sources[g.IntN(len(sc.sources))]
	if src.table == nil {
		return nil
	}
	i := g.IntN(len(src.key))
	c, k := src.table.column(src.table.key[i]), src.key[i].again()
	value := func() *Node { return &Node{text: g.pick(c.values...), kind: c.kind} }
	switch g.IntN(6) {
	case 0, 1:
		return condition(k, " = ", value())
	case 2:
		return condition(k, " IN (", list(", ", 1, []*Node{value(), value(), value()}), ")")
	case 3:
		return condition("(", k, " = ", value(), " OR ", k, " = ", value(), ")")
	case 4:
		return condition(k, g.pick(" > ", " < ", " >= ", " <> "), value())
	default:
		return condition(k, " BETWEEN ", value(), " AND ", value())
	}
}

func (g *gen) comparison() string {
	return g.pick(" = ", " = ", " <> ", " < ", " >= ", " > ", " <= ", " <=> ")
}

// simple is a condition without a query in it, unless its expressions have one.
func (g *gen) simple(sc *scope, depth int) *Node {
	depth--
	switch g.IntN(13) {
	case 0, 1, 2:
		return condition(g.num(sc, depth), g.comparison(), g.num(sc, depth))
	case 3, 4:
		a := g.str(sc, depth)
		return condition(a, g.comparison(), g.like(sc, a))
	case 5:
		return condition(g.date(sc, depth), g.comparison(), g.date(sc, depth))
	case 6, 7:
		return condition(g.any(sc, depth), g.pick(" IS NULL", " IS NOT NULL"))
	case 8:
		return condition(g.num(sc, depth), g.pick(" ", " NOT "), "BETWEEN ", g.num(sc, 0), " AND ", g.num(sc, 0))
	case 9:
		return condition(g.num(sc, depth), g.pick(" ", " NOT "), "IN (", list(", ", 1, []*Node{leaf(g.numLiteral()), leaf(g.numLiteral()), leaf(g.pick("NULL", "3"))}), ")")
	case 10:
		return condition(g.str(sc, 0), g.pick(" LIKE ", " NOT LIKE "), g.pick("'a%'", "'%b%'", "'_1'", "'%'", "'x_'"))
	case 11:
		if j, ok := g.columnOf(sc, JSON); ok {
			return condition(g.pick("JSON_CONTAINS(", "JSON_OVERLAPS("), j, ", '1')")
		}
		return condition(g.num(sc, depth), " > 1")
	default:
		return condition("(", g.num(sc, 0), ", ", g.num(sc, 0), ")", g.pick(" = ", " <> ", " = "), "(", g.num(sc, 0), ", ", g.numLiteral(), ")")
	}
}

// like is text that can be compared with e: of its collation, or a literal.
func (g *gen) like(sc *scope, e expr) expr {
	if !e.literal && g.chance(50) {
		if o, ok := g.column(sc, func(o expr) bool { return o.kind == Str && o.coll == e.coll }); ok {
			return o
		}
	}
	return g.strLiteral()
}

// nested is a condition with a query in it.
func (g *gen) nested(sc *scope, depth int) *Node {
	switch g.IntN(6) {
	case 0, 1:
		return condition(g.pick("EXISTS (", "NOT EXISTS ("), g.inner(sc, nil, depth-1), ")")
	case 2, 3:
		want := []Kind{[]Kind{Num, Num, Date}[g.IntN(3)]}
		return condition(g.ofKind(sc, want[0]), g.pick(" IN (", " IN (", " NOT IN ("), g.inner(sc, want, depth-1), ")")
	case 4:
		return condition(g.num(sc, 0), g.comparisonAll(), g.pick("ANY (", "ALL (", "SOME ("), g.inner(sc, []Kind{Num}, depth-1), ")")
	default:
		return condition("(", g.num(sc, 0), ", ", g.date(sc, 0), ")", g.pick(" IN (", " NOT IN ("), g.inner(sc, []Kind{Num, Date}, depth-1), ")")
	}
}

func (g *gen) comparisonAll() string { return g.pick(" = ", " <> ", " < ", " >= ", " > ", " <= ") }

func (g *gen) ofKind(sc *scope, k Kind) expr {
	switch k {
	case Str:
		return g.str(sc, 0)
	case Date:
		return g.date(sc, 0)
	case Num, Other, Bytes, Clock, JSON, Bool, Query, From:
	}
	return g.num(sc, 0)
}
