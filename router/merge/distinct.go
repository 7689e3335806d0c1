package merge

import (
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// distinct lets the first of equal rows through.
type distinct struct {
	l      *layout
	keys   keys
	from   source
	seen   map[string]struct{}
	budget budget
	cells  []mysql.Cell
	key    []byte
}

// distinctOverhead is about what an entry of the set takes beside its key.
const distinctOverhead = 48 // bytes

func newDistinct(l *layout, refs []plan.KeyRef, from source, limits Limits) (*distinct, error) {
	ks, err := l.keys(refs)
	if err != nil {
		return nil, err
	}
	return &distinct{l: l, keys: ks, from: from, seen: map[string]struct{}{}, budget: budget{what: "DISTINCT", limits: limits}}, nil
}

func (d *distinct) next(r *row) error {
	for {
		if err := d.from.next(r); err != nil {
			return err
		}
		if r.cells == nil {
			cells, err := d.l.decode(d.cells[:0], r.payload)
			if err != nil {
				return err
			}
			d.cells, r.cells = cells, cells
		}
		var err error
		if d.key, err = d.keys.append(d.key[:0], r.cells); err != nil {
			return err
		}
		if _, again := d.seen[string(d.key)]; again {
			continue
		}
		if err := d.budget.take(1, len(d.key)+distinctOverhead); err != nil {
			return err
		}
		d.seen[string(d.key)] = struct{}{}
		return nil
	}
}
