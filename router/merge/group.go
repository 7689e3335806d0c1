package merge

import (
	"bytes"
	"slices"

	"github.com/shardway/shardway/mysql"
)

// group is the rows that agree in their keys, as far as they were read.
type group struct {
	cells  []mysql.Cell
	states []state
	// key is what the group is sorted by.
	key []byte
	// filled: the values that are not aggregated are those of a row.
	filled bool
}

// What a group takes beside its bytes, about: its place in the map and the
// slices, and one cell.
const (
	groupOverhead = 160 // bytes
	cellSize      = 32  // bytes
)

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
// not aggregated: constants, which are NULL where there is no row yet, and
// values of some row, which only a shard that has rows can give.
func (g *grouping) fill(into *group, cells []mysql.Cell) error {
	for i, combined := range g.combined {
		if !combined && !g.roles.rowed[i] && into.cells[i].Null && !cells[i].Null {
			replace(&into.cells[i], cells[i])
		}
	}
	if into.filled || g.roles.rows < 0 {
		return nil
	}
	rows, _, err := g.l.integer(g.roles.rows, cells[g.roles.rows])
	if err != nil || rows == 0 {
		return err
	}
	for i, rowed := range g.roles.rowed {
		if rowed {
			replace(&into.cells[i], cells[i])
		}
	}
	into.filled = true
	return nil
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
