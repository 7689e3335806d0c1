package merge

import (
	"io"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// grouping combines partial rows that agree in their keys. It reads everything
// before it gives the first row; groups come in the order in which they were
// first seen, or sorted.
type grouping struct {
	l        *layout
	from     source
	keys     keys
	roles    *roles
	combined []bool // for each column: a combiner writes it
	once     *once
	having   condition
	order    keys
	budget   budget

	index  map[string]int
	groups []group
	read   bool
	given  int
}

func newGrouping(l *layout, spec *plan.Group, args plan.Args, order keys, streams []Stream, limits Limits) (*grouping, error) {
	g := &grouping{
		l: l, from: &concat{streams: streams}, order: order,
		index: map[string]int{}, budget: budget{what: "GROUP BY", limits: limits},
	}
	var err error
	if g.keys, err = l.keys(spec.Keys); err != nil {
		return nil, err
	}
	if g.roles, err = newRoles(l, spec.Aggregates); err != nil {
		return nil, err
	}
	g.combined = g.roles.combined()
	if g.once, err = newOnce(l, spec.Distincts, g.roles); err != nil {
		return nil, err
	}
	if spec.Having != nil {
		g.having, err = newCondition(l, spec.Having, args)
	}
	return g, err
}

func (g *grouping) next(r *row) error {
	if !g.read {
		if err := g.readAll(); err != nil {
			return err
		}
		g.read = true
	}
	if g.given == len(g.groups) {
		return io.EOF
	}
	r.payload, r.cells = nil, g.groups[g.given].cells
	g.given++
	return nil
}

func (g *grouping) readAll() error {
	var in row
	var cells []mysql.Cell
	var key []byte
	for {
		err := g.from.next(&in)
		if isEnd(err) {
			break
		}
		if err != nil {
			return err
		}
		if cells, err = g.l.decode(cells[:0], in.payload); err != nil {
			return err
		}
		if key, err = g.keys.append(key[:0], cells); err != nil {
			return err
		}
		if err := g.take(key, cells); err != nil {
			return err
		}
	}
	if len(g.keys) == 0 && len(g.groups) == 0 {
		if _, err := g.open(nil, nullCells(len(g.l.columns))); err != nil {
			return err
		}
	}
	return g.finish()
}

func nullCells(n int) []mysql.Cell {
	cells := make([]mysql.Cell, n)
	for i := range cells {
		cells[i].Null = true
	}
	return cells
}

// take adds a partial row to its group.
func (g *grouping) take(key []byte, cells []mysql.Cell) error {
	i, ok := g.index[string(key)]
	if !ok {
		var err error
		if i, err = g.open(key, cells); err != nil {
			return err
		}
	}
	if len(g.keys) == 0 {
		if err := g.fill(&g.groups[i], cells); err != nil {
			return err
		}
	}
	into := &g.groups[i]
	if err := g.once.see(i, cells, &g.budget); err != nil {
		return err
	}
	for c := range into.states {
		if !g.once.counts(g.roles.combiners[c].once) {
			continue
		}
		grown, err := g.roles.combiners[c].add(&into.states[c], into.cells, cells)
		if err != nil {
			return err
		}
		if grown > 0 {
			if err := g.budget.take(0, grown); err != nil {
				return err
			}
		}
	}
	return nil
}
