package fuzzsql

import (
	"strings"
)

// Case is a schema with rows, and statements that run on it one after the other.
type Case struct {
	Seed       uint64
	Statements []*Statement
	tables     []*table
}

// Statement is a statement, and how its answer is to be judged.
type Statement struct {
	node *Node
	// order puts the rows into a total order, as long as it is part of node.
	order *Node
	// Rounded: numbers depend on the order in which they were added up.
	Rounded bool
	// Writes names the tables that the statement may change.
	Writes []string
	// Class says what kind of statement it is.
	Class string
	// Prepared: to be sent as a prepared statement, its literals as parameters.
	Prepared bool
	gone     bool
	// locks is FOR UPDATE or FOR SHARE at the end of node, nil if there is none.
	locks *Node
}

// String is the statement as SQL.
func (s *Statement) String() string { return s.node.String() }

// Unlocked is the statement without FOR UPDATE and FOR SHARE.
func (s *Statement) Unlocked() string {
	if s.locks == nil {
		return s.String()
	}
	return strings.TrimSuffix(s.String(), s.locks.String())
}

// Ordered reports whether the order of the rows is total.
func (s *Statement) Ordered() bool { return s.order != nil && s.node.has(s.order) }

// New makes the case of a seed, with about n statements.
func New(seed uint64, n int) *Case {
	g := newGen(seed)
	g.schema()
	c := &Case{Seed: seed, tables: g.tables}
	for len(c.Statements) < n {
		if g.chance(4) {
			c.Statements = append(c.Statements, g.transaction()...)
			continue
		}
		c.Statements = append(c.Statements, g.statement())
	}
	return c
}

// statement is a query, or a change in every fourth case.
func (g *gen) statement() *Statement {
	if g.chance(25) {
		return g.changing()
	}
	return g.asking()
}

func (g *gen) changing() *Statement {
	node, writes := g.change()
	s := &Statement{node: node, Class: "change", Prepared: g.chance(50)}
	for _, t := range writes {
		s.Writes = append(s.Writes, t.name)
	}
	return s
}

func (g *gen) asking() *Statement {
	g.ctes = nil
	var q query
	class := ""
	switch g.IntN(20) {
	case 0, 1, 2, 3, 4:
		q, class = g.rows(nil, 2, false), "rows"
	case 5, 6:
		q, class = g.rows(nil, 1, true), "sorted"
	case 7, 8:
		q, class = g.rows(nil, 3, false), "deep"
	case 9, 10, 11, 12:
		q, class = g.groups(nil, 1), "groups"
	case 13, 14:
		q, class = g.windows(1), "windows"
	case 15, 16:
		q, class = g.sets(2), "sets"
	case 17, 18:
		q, class = g.with(2), "with"
	default:
		q, class = g.recursive(), "recursive"
	}
	s := &Statement{node: q.node, order: q.ordered, Rounded: q.floats, Class: class, Prepared: g.chance(50)}
	if class == "rows" && g.chance(5) {
		s.locks = maybe(g.pick(" FOR UPDATE", " FOR SHARE"))
		s.node = seq(q.node, s.locks)
	}
	return s
}

// transaction is some statements between BEGIN and its end.
func (g *gen) transaction() []*Statement {
	control := func(sql string) *Statement { return &Statement{node: leaf(sql), Class: "transaction"} }
	all := []*Statement{control(g.pick("BEGIN", "START TRANSACTION"))}
	saved := false
	for range 2 + g.IntN(5) {
		switch {
		case !saved && g.chance(20):
			saved = true
			all = append(all, control("SAVEPOINT here"))
		case saved && g.chance(20):
			all = append(all, control("ROLLBACK TO SAVEPOINT here"))
		case g.chance(60):
			all = append(all, g.changing())
		default:
			all = append(all, g.asking())
		}
	}
	end := control(g.pick("COMMIT", "COMMIT", "ROLLBACK"))
	for _, t := range g.tables {
		end.Writes = append(end.Writes, t.name)
	}
	return append(all, end)
}

// Tables are the names of the tables.
func (c *Case) Tables() []string {
	var all []string
	for _, t := range c.tables {
		all = append(all, t.name)
	}
	return all
}

// Setup are the statements that make the tables and fill them.
func (c *Case) Setup() []string {
	var all []string
	for _, t := range c.tables {
		all = append(all, "DROP TABLE IF EXISTS "+t.name, t.create())
		if sql := t.insert(); sql != "" {
			all = append(all, sql)
		}
	}
	return all
}

// Alive are the statements that shrinking has left.
func (c *Case) Alive() []*Statement {
	var all []*Statement
	for _, s := range c.Statements {
		if !s.gone {
			all = append(all, s)
		}
	}
	return all
}

// Script is the whole case, to be pasted into a client.
func (c *Case) Script() string {
	var b strings.Builder
	statements := ""
	for _, s := range c.Alive() {
		if s.Prepared {
			statements += "-- as a prepared statement, its literals as parameters:\n"
		}
		statements += s.String() + ";\n"
	}
	for _, t := range c.tables {
		if !strings.Contains(statements, t.name) {
			continue
		}
		b.WriteString("DROP TABLE IF EXISTS " + t.name + ";\n" + t.create() + ";\n")
		if sql := t.insert(); sql != "" {
			b.WriteString(sql + ";\n")
		}
	}
	b.WriteString(statements)
	return b.String()
}
