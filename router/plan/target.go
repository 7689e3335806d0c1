package plan

import (
	"errors"
	"fmt"

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
	// Stored: Values are what an UPDATE stores in the shard key. The rows
	// must stay on the group on which they are.
	Stored bool
	// Lookup finds the one shard of a ModeAll whose rows are wanted; nil if there is none.
	Lookup *Lookup
	// Why says how the mode was proven, for EXPLAIN.
	Why string
}

// Target is where a statement goes: the parts' common group, or the groups of
// its only part that is not ModeAny.
type Target struct {
	Parts []Part
	// Apart says why the parts need not meet; empty if they always do.
	Apart string
}

// keyCombinationsMax bounds the product of a multi-column key's IN lists;
// beyond it the statement goes to every shard.
const keyCombinationsMax = 1024

// ErrSeveralClasses is returned by Groups for a statement whose tables are not
// colocated and do not meet on one group.
var ErrSeveralClasses = errors.New("its tables live on different groups")

// ErrRowMoves is returned by Groups for an UPDATE that gives rows a shard key
// whose shard is on another group.
var ErrRowMoves = errors.New("the new value of the shard key belongs to another shard, and UPDATE does not move rows; delete the row and insert it anew")

// Placed is where one execution of a statement goes.
type Placed struct {
	// Groups are in the order of the keyspace's shards, each once.
	Groups []string
	// Any: one of Groups is enough.
	Any bool
}

// Groups resolves the target for one execution. dst is memory to use.
func (t *Target) Groups(dst []string, args Args) (Placed, error) {
	p := Placed{Groups: dst[:0]}
	solid, others := 0, false
	for i := range t.Parts {
		part := &t.Parts[i]
		if part.Mode == ModeAny || part.Stored {
			others = true
			continue
		}
		solid++
		if solid == 1 {
			p.Groups = part.groups(p.Groups, args)
			continue
		}
		other := part.groups(nil, args)
		if len(other) != 1 || len(p.Groups) != 1 || other[0] != p.Groups[0] {
			return Placed{}, t.severalClasses()
		}
	}
	if !others {
		return p, nil
	}
	if err := t.stays(p, args); err != nil {
		return Placed{}, err
	}
	return t.meetAny(p, solid, args)
}

func (t *Target) severalClasses() error {
	if t.Apart == "" {
		return ErrSeveralClasses
	}
	return fmt.Errorf("%w: %s", ErrSeveralClasses, t.Apart)
}

// stays checks that rows whose shard key is changed need not move.
func (t *Target) stays(p Placed, args Args) error {
	for i := range t.Parts {
		part := &t.Parts[i]
		if !part.Stored {
			continue
		}
		home, known := part.storedGroup(args)
		if !known || len(p.Groups) != 1 || home != p.Groups[0] {
			return ErrRowMoves
		}
	}
	return nil
}

// meetAny narrows the placement to groups that hold the reference tables too.
func (t *Target) meetAny(p Placed, solid int, args Args) (Placed, error) {
	for i := range t.Parts {
		part := &t.Parts[i]
		if part.Mode != ModeAny || solid > 0 && t.solidIn(part.Keyspace) {
			continue
		}
		if solid == 0 && !p.Any {
			p.Groups, p.Any = part.groups(p.Groups, args), true
			continue
		}
		both := intersect(p.Groups, part.groups(nil, args))
		if len(both) == 0 || solid > 0 && len(both) != len(p.Groups) {
			return Placed{}, t.severalClasses()
		}
		p.Groups = both
	}
	return p, nil
}

// solidIn reports whether a part that is not ModeAny is in the keyspace, whose
// reference tables are then on its groups too.
func (t *Target) solidIn(ks *topology.Keyspace) bool {
	for i := range t.Parts {
		if p := &t.Parts[i]; p.Mode != ModeAny && !p.Stored && p.Keyspace == ks {
			return true
		}
	}
	return false
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
