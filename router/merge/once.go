package merge

import (
	"encoding/binary"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// once knows which values have been seen in which group, for the aggregates of
// distinct values.
type once struct {
	sets []onceSet
	key  []byte
}

// onceSet is what one kind of aggregate counts once.
type onceSet struct {
	keys  keys
	seen  map[string]struct{}
	fresh bool // the present row's value is the first of its group
}

func newOnce(l *layout, distincts [][]plan.KeyRef, r *roles) (*once, error) {
	o := &once{}
	for _, refs := range distincts {
		ks, err := l.keys(refs)
		if err != nil {
			return nil, err
		}
		o.sets = append(o.sets, onceSet{keys: ks, seen: map[string]struct{}{}})
	}
	for i := range r.combiners {
		if r.combiners[i].once >= len(o.sets) {
			return nil, mismatch("an aggregate of distinct values that the plan does not name")
		}
	}
	return o, nil
}

// see looks at a row of a group.
func (o *once) see(group int, cells []mysql.Cell, b *budget) error {
	for i := range o.sets {
		s := &o.sets[i]
		o.key = binary.AppendUvarint(o.key[:0], uint64(group))
		var err error
		if o.key, err = s.keys.append(o.key, cells); err != nil {
			return err
		}
		if _, again := s.seen[string(o.key)]; again {
			s.fresh = false
			continue
		}
		if err := b.take(1, len(o.key)+distinctOverhead); err != nil {
			return err
		}
		s.seen[string(o.key)], s.fresh = struct{}{}, true
	}
	return nil
}

// counts reports whether the present row counts for an aggregate.
func (o *once) counts(set int) bool { return set < 0 || o.sets[set].fresh }
