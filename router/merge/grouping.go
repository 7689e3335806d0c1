package merge

import (
	"bytes"
	"io"
	"slices"

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
	having   condition
	order    keys
	budget   budget

	index  map[string]int
	groups []group
	read   bool
	given  int
}

type group struct {
	cells  []mysql.Cell
	states []state
	// key is what the group is sorted by.
	key []byte
}

// What a group takes beside its bytes, about: its place in the map and the
// slices, and one cell.
const (
	groupOverhead = 160 // bytes
	cellSize      = 32  // bytes
)

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
		if err == io.EOF { //nolint:errorlint // a source promises io.EOF itself
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
	} else if len(g.keys) == 0 {
		g.fill(&g.groups[i], cells)
	}
	into := &g.groups[i]
	for c := range into.states {
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

// open begins a group with the row's values that are not combined.
func (g *grouping) open(key []byte, cells []mysql.Cell) (int, error) {
	size := 0
	for i, keep := range g.combined {
		if !keep {
			size += len(cells[i].Data)
		}
	}
	total := size + len(key) + groupOverhead + len(cells)*cellSize + len(g.roles.combiners)*stateSize
	if err := g.budget.take(1, total); err != nil {
		return 0, err
	}
	own := make([]mysql.Cell, len(cells))
	data := make([]byte, 0, size)
	for i, combined := range g.combined {
		if combined || cells[i].Null {
			own[i].Null = true
			continue
		}
		start := len(data)
		data = append(data, cells[i].Data...)
		own[i].Data = data[start:len(data):len(data)]
	}
	g.groups = append(g.groups, group{cells: own, states: make([]state, len(g.roles.combiners))})
	g.index[string(key)] = len(g.groups) - 1
	return len(g.groups) - 1, nil
}

// fill gives the only row of an aggregate over everything the values that are
// not aggregated from a shard that has rows: one without has NULLs.
func (g *grouping) fill(into *group, cells []mysql.Cell) {
	for i, combined := range g.combined {
		if !combined && into.cells[i].Null && !cells[i].Null {
			replace(&into.cells[i], cells[i])
		}
	}
}

// finish completes the groups, drops those that HAVING does not want, and sorts.
func (g *grouping) finish() error {
	g.index = nil
	kept := g.groups[:0]
	for i := range g.groups {
		one := g.groups[i]
		if err := g.roles.finish(one.cells, one.states); err != nil {
			return err
		}
		one.states = nil
		if g.having != nil {
			is, err := g.having.judge(one.cells)
			if err != nil {
				return err
			}
			if is != yes {
				continue
			}
		}
		if len(g.order) > 0 {
			var err error
			if one.key, err = g.order.append(nil, one.cells); err != nil {
				return err
			}
			if err := g.budget.take(0, len(one.key)); err != nil {
				return err
			}
		}
		kept = append(kept, one)
	}
	clear(g.groups[len(kept):])
	g.groups = kept
	if len(g.order) > 0 {
		slices.SortStableFunc(g.groups, func(a, b group) int { return bytes.Compare(a.key, b.key) })
	}
	return nil
}
