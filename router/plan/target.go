package plan

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// Mode says which of a keyspace's shards a part of a statement needs.
type Mode uint8

// The modes of a Part.
const (
	ModeKey  Mode = iota // the shards of the key values in Part.Values
	ModeZero             // the shard of token 0: single tables
	ModeAll              // every shard
	ModeAny              // any one shard: reference tables and statements without tables
	ModeCopy             // every shard, each doing the same: writes to reference tables
)

// Part is what the tables of one colocation class need.
type Part struct {
	Keyspace *topology.Keyspace
	Mode     Mode
	// Key and Values are set for ModeKey: for each key column the values
	// that it may have.
	Key    shardkey.Key
	Values [][]Operand
	// Why says how the mode was proven, for EXPLAIN.
	Why string
}

// Target is where a statement goes: the parts' common group, or the groups of
// its only part that is not ModeAny.
type Target struct {
	Parts []Part
}

// keyCombinationsMax bounds the product of a multi-column key's IN lists;
// beyond it the statement goes to every shard.
const keyCombinationsMax = 1024

// ErrSeveralClasses is returned by Groups for a statement whose tables are not
// colocated and do not meet on one group.
var ErrSeveralClasses = errors.New("its tables live on different groups and are not joined by their shard keys")

// Placed is where one execution of a statement goes.
type Placed struct {
	// Groups are in the order of the keyspace's shards, each once.
	Groups []string
	// Any: one of Groups is enough.
	Any bool
}

// Groups resolves the target for one execution.
func (t *Target) Groups(dst []string, args Args) (Placed, error) {
	p := Placed{Groups: dst[:0]}
	solid := 0
	for i := range t.Parts {
		part := &t.Parts[i]
		if part.Mode == ModeAny {
			continue
		}
		solid++
		if solid == 1 {
			p.Groups = part.groups(p.Groups, args)
			continue
		}
		other := part.groups(nil, args)
		if len(other) != 1 || len(p.Groups) != 1 || other[0] != p.Groups[0] {
			return Placed{}, ErrSeveralClasses
		}
	}
	return t.meetAny(p, solid, args)
}

// meetAny narrows the placement to groups that hold the reference tables too.
func (t *Target) meetAny(p Placed, solid int, args Args) (Placed, error) {
	for i := range t.Parts {
		part := &t.Parts[i]
		if part.Mode != ModeAny {
			continue
		}
		has := part.groups(nil, args)
		switch {
		case solid == 0 && !p.Any:
			p.Groups, p.Any = has, true
		case solid == 0:
			if p.Groups = intersect(p.Groups, has); len(p.Groups) == 0 {
				return Placed{}, ErrSeveralClasses
			}
		case len(intersect(p.Groups, has)) != len(p.Groups):
			return Placed{}, ErrSeveralClasses
		}
	}
	return p, nil
}

func intersect(a, b []string) []string {
	var both []string
	for _, x := range a {
		for _, y := range b {
			if x == y {
				both = append(both, x)
			}
		}
	}
	return both
}

func (p *Part) groups(dst []string, args Args) []string {
	switch p.Mode {
	case ModeKey:
		return p.keyGroups(dst, args)
	case ModeZero:
		return append(dst, p.Keyspace.ShardFor(0).Group)
	case ModeAll, ModeAny, ModeCopy:
		return allGroups(dst, p.Keyspace)
	default:
		panic(fmt.Sprintf("plan: mode %d", p.Mode))
	}
}

func allGroups(dst []string, ks *topology.Keyspace) []string {
	for i := range ks.Shards {
		dst = addGroup(dst, ks.Shards[i].Group)
	}
	return dst
}

func addGroup(dst []string, group string) []string {
	for _, g := range dst {
		if g == group {
			return dst
		}
	}
	return append(dst, group)
}

// keyGroups asks for the token of every combination of key values. One value
// that routing cannot use (safety rule 21) sends the statement everywhere.
func (p *Part) keyGroups(dst []string, args Args) []string {
	var vals [4]shardkey.Value
	var buf [128]byte
	if len(p.Key) == 1 {
		for _, op := range p.Values[0] {
			for i, n := 0, op.len(args); i < n; i++ {
				vals[0] = op.value(args, i)
				canon, ok := p.Key.Route(buf[:0], vals[:1])
				if !ok {
					return allGroups(dst[:0], p.Keyspace)
				}
				dst = addGroup(dst, p.Keyspace.ShardFor(shardkey.Of(canon)).Group)
			}
		}
		return dst
	}
	combos := 1
	for _, ops := range p.Values {
		n := 0
		for _, op := range ops {
			n += op.len(args)
		}
		combos *= n
		if combos > keyCombinationsMax {
			return allGroups(dst[:0], p.Keyspace)
		}
	}
	ok := p.product(args, make([]shardkey.Value, 0, len(p.Key)), func(v []shardkey.Value) bool {
		canon, ok := p.Key.Route(buf[:0], v)
		if ok {
			dst = addGroup(dst, p.Keyspace.ShardFor(shardkey.Of(canon)).Group)
		}
		return ok
	})
	if !ok {
		return allGroups(dst[:0], p.Keyspace)
	}
	return dst
}

func (p *Part) product(args Args, prefix []shardkey.Value, yield func([]shardkey.Value) bool) bool {
	if len(prefix) == len(p.Key) {
		return yield(prefix)
	}
	for _, op := range p.Values[len(prefix)] {
		for i, n := 0, op.len(args); i < n; i++ {
			if !p.product(args, append(prefix, op.value(args, i)), yield) {
				return false
			}
		}
	}
	return true
}

func (o Operand) len(args Args) int {
	if o.Slot < 0 {
		return 1
	}
	return args.Len(o.Slot)
}

func (o Operand) value(args Args, i int) shardkey.Value {
	v := o.Const
	if o.Slot >= 0 {
		v = args.Value(o.Slot, i)
	}
	if o.Negative {
		return negated(v)
	}
	return v
}

// String prints the target for golden files and EXPLAIN.
func (t *Target) String() string {
	var parts []string
	for i := range t.Parts {
		parts = append(parts, t.Parts[i].String())
	}
	return strings.Join(parts, " + ")
}

// String prints one part.
func (p *Part) String() string {
	name := ""
	if p.Keyspace != nil {
		name = p.Keyspace.Name
	}
	switch p.Mode {
	case ModeKey:
		var keys []string
		for i, ops := range p.Values {
			var vals []string
			for _, op := range ops {
				vals = append(vals, op.String())
			}
			keys = append(keys, p.Key[i].Name+" in ("+strings.Join(vals, ", ")+")")
		}
		return name + " by key " + strings.Join(keys, ", ")
	case ModeZero:
		return name + " shard of token 0"
	case ModeAll:
		return name + " all shards"
	case ModeAny:
		return name + " any shard"
	case ModeCopy:
		return name + " all shards, a copy each"
	default:
		return fmt.Sprintf("mode %d", p.Mode)
	}
}

// String prints the operand, a slot as ?N.
func (o Operand) String() string {
	sign := ""
	if o.Negative {
		sign = "-"
	}
	if o.Slot >= 0 {
		return fmt.Sprintf("%s?%d", sign, o.Slot)
	}
	return sign + string(o.Const.Bytes)
}
