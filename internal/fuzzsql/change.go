package fuzzsql

import "fmt"

// change is a statement that writes, and the table that it writes.
func (g *gen) change() (*Node, []*table) {
	g.inChange = true
	defer func() { g.inChange = false }()
	t := g.tables[g.IntN(len(g.tables))]
	switch g.IntN(16) {
	case 0, 1, 2, 3:
		return g.insertRows(t), []*table{t}
	case 4, 5:
		return g.insertSelect(t), []*table{t}
	case 6, 7, 8, 9:
		return g.update(t), []*table{t}
	case 10, 11:
		return g.updateJoined(t), []*table{t}
	case 12, 13, 14:
		return g.remove(t), []*table{t}
	default:
		return g.removeJoined(t), []*table{t}
	}
}

// insertRows is INSERT or REPLACE with rows.
func (g *gen) insertRows(t *table) *Node {
	columns := t.written()
	var names []*Node
	for _, c := range columns {
		names = append(names, leaf(c.name))
	}
	var rows []*Node
	for range 1 + g.IntN(4) {
		var values []*Node
		for _, c := range columns {
			values = append(values, leaf(g.value(c)))
		}
		rows = append(rows, seq("(", list(", ", len(values), values), ")"))
	}
	verb, tail := g.pick("INSERT INTO ", "REPLACE INTO ", "INSERT IGNORE INTO ", "INSERT INTO "), (*Node)(nil)
	if verb == "INSERT INTO " && g.chance(55) {
		tail = g.upsert(t)
	}
	return seq(verb+t.name+" (", list(", ", len(names), names), ") VALUES ", list(", ", 1, rows), tail)
}

// plainColumns are columns that an UPDATE may set: of no key.
func (g *gen) plainColumns(t *table) []*column {
	var all []*column
	for _, c := range t.columns[len(t.key):] {
		if !c.generated {
			all = append(all, c)
		}
	}
	return all
}

func (g *gen) upsert(t *table) *Node {
	columns := g.plainColumns(t)
	if len(columns) == 0 {
		return nil
	}
	c := columns[g.IntN(len(columns))]
	value := g.value(c)
	switch {
	case g.chance(30):
		return seq(" AS fresh ON DUPLICATE KEY UPDATE ", c.name, " = fresh.", c.name)
	case g.chance(50):
		value = "VALUES(" + c.name + ")"
	}
	return seq(" ON DUPLICATE KEY UPDATE ", c.name, " = ", value)
}

// insertSelect is INSERT … SELECT; only columns that the source has in the same
// type are selected, the rest are literals.
func (g *gen) insertSelect(t *table) *Node {
	from := g.tables[g.IntN(len(g.tables))]
	src := from.under("s")
	var names, values []*Node
	for _, c := range t.written() {
		names = append(names, leaf(c.name))
		value := leaf(g.value(c))
		if o := from.column(c.name); o != nil && (!c.notNull || o.notNull) {
			value = leaf("s." + c.name)
		}
		values = append(values, value)
	}
	// A key that is a literal would make which row wins depend on the order.
	verb := g.pick("INSERT IGNORE INTO ", "REPLACE INTO ", "INSERT INTO ")
	tail := (*Node)(nil)
	for i, k := range t.key {
		if !covers(from, t) {
			verb = "INSERT INTO "
		}
		if k == "id" && covers(from, t) && g.chance(50) {
			values[i] = leaf("s.id + 100")
		}
	}
	if verb == "INSERT INTO " && covers(from, t) && g.chance(40) {
		if columns := g.plainColumns(t); len(columns) > 0 {
			c := columns[g.IntN(len(columns))]
			tail = seq(" ON DUPLICATE KEY UPDATE "+t.name+"."+c.name+" = ", g.value(c))
		}
	}
	sc := &scope{sources: []source{src}}
	return seq(verb+t.name+" (", list(", ", len(names), names), ") SELECT ", list(", ", len(values), values), " FROM "+from.name+" AS s", g.where(sc, 1), tail)
}

// covers: the key of the rows that t gets is the whole key of from.
func covers(from, t *table) bool {
	if len(from.key) != len(t.key) {
		return false
	}
	for i := range t.key {
		if from.key[i] != t.key[i] {
			return false
		}
	}
	return true
}

// assignment is a value that a column can take.
func (g *gen) assignment(c *column, sc *scope) *Node {
	if c.kind == Num && !c.raw && !c.unsigned && c.name != "ti" && c.name != "ok" && g.chance(50) {
		e, ok := g.column(&scope{sources: sc.sources}, func(e expr) bool { return e.kind == Num && !e.raw && !e.unsigned && e.name == c.name })
		if ok {
			return of(Num, e, g.pick(" + 1", " * 2", " - 3"))
		}
	}
	if c.kind == Str && g.chance(25) && c.name != "e" && c.name != "se" {
		return leaf("'new'")
	}
	return leaf(g.value(c))
}

func (g *gen) update(t *table) *Node {
	alias := t.name
	sc := &scope{sources: []source{t.under(alias)}}
	columns := g.plainColumns(t)
	var sets []*Node
	g.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	for _, c := range columns[:min(len(columns), 1+g.IntN(2))] {
		sets = append(sets, seq(c.name+" = ", g.assignment(c, sc)))
	}
	if len(sets) == 0 || g.chance(15) {
		// The key moves: one row's, so that no two can meet in an order of their own.
		k := t.column(t.key[g.IntN(len(t.key))])
		where := ""
		for i, name := range t.key {
			if i > 0 {
				where += " AND "
			}
			where += name + " = " + g.pick(t.column(name).values...)
		}
		return seq("UPDATE "+t.name+" SET ", list(", ", 1, append(sets, leaf(k.name+" = "+g.pick(k.values...)))), " WHERE "+where)
	}
	n := seq("UPDATE "+t.name+" SET ", list(", ", 1, sets), g.where(sc, 1))
	n.parts = append(n.parts, g.cut(sc))
	return n
}

// cut is ORDER BY with LIMIT, now and then.
func (g *gen) cut(sc *scope) *Node {
	if !g.chance(20) {
		return seq("")
	}
	return maybe(" ORDER BY ", g.sortKey(sc), joinTexts(sc.sources[0].key, ", "), fmt.Sprintf(" LIMIT %d", 1+g.IntN(5)))
}

// updateJoined is UPDATE of a table joined with another. What is set does not
// depend on which of several matches is taken.
func (g *gen) updateJoined(t *table) *Node {
	sc := &scope{sources: []source{t.under("u")}}
	other := g.tables[g.IntN(len(g.tables))]
	sc.sources = append(sc.sources, other.under("o"))
	columns := g.plainColumns(t)
	if len(columns) == 0 || other == t {
		return g.update(t)
	}
	c := columns[g.IntN(len(columns))]
	return seq("UPDATE "+t.name+" AS u ", g.pick("JOIN ", "LEFT JOIN ", "JOIN "), other.name+" AS o ON ", g.on(sc, 1, 0), " SET u."+c.name+" = ", g.value(c), g.where(sc, 1))
}

func (g *gen) remove(t *table) *Node {
	sc := &scope{sources: []source{t.under(t.name)}}
	n := seq("DELETE FROM "+t.name, seq(" WHERE ", g.bool(sc, 1)))
	n.parts = append(n.parts, g.cut(sc))
	return n
}

func (g *gen) removeJoined(t *table) *Node {
	sc := &scope{sources: []source{t.under("u")}}
	other := g.tables[g.IntN(len(g.tables))]
	if other == t {
		return g.remove(t)
	}
	sc.sources = append(sc.sources, other.under("o"))
	return seq("DELETE u FROM "+t.name+" AS u JOIN "+other.name+" AS o ON ", g.on(sc, 1, 0), " WHERE ", g.bool(sc, 1))
}
