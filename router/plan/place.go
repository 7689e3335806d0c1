package plan

import (
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// keyColumnsMax bounds the columns of a shard key.
const keyColumnsMax = 8

// keyGroups lists the groups of every combination of key values. One value
// that routing cannot use (safety rule 21) sends the statement everywhere.
func (p *Part) keyGroups(dst []string, args Args) []string {
	if len(p.Key) != 1 {
		return p.combinedGroups(dst, args)
	}
	var vals [1]shardkey.Value
	buf := canonical(args)
	kind, first := shardkey.Other, true
	for _, op := range p.Values[0] {
		for i, n := 0, op.Len(args); i < n; i++ {
			vals[0] = op.Value(args, i)
			if !first && vals[0].Kind != kind {
				// MySQL compares a list of several kinds by rules of its own.
				return allGroups(dst[:0], p.Keyspace)
			}
			kind, first = vals[0].Kind, false
			canon, ok := p.Key.Route(buf, vals[:])
			if !ok {
				return allGroups(dst[:0], p.Keyspace)
			}
			dst = addGroup(dst, p.Keyspace.ShardFor(shardkey.Of(canon)).Group)
		}
	}
	return ordered(dst, p.Keyspace)
}

// canonicalMax is the room for canonical bytes that is had without asking.
const canonicalMax = 128

// canonical is memory for a key's canonical bytes: the arguments' own if they
// have some, for on the stack it would not stay.
func canonical(args Args) []byte {
	if a, ok := args.(*ShapeArgs); ok {
		return a.key[:0]
	}
	return make([]byte, 0, canonicalMax)
}

// combinedGroups does the same for a key of several columns, whose lists are
// multiplied.
func (p *Part) combinedGroups(dst []string, args Args) []string {
	var columns [keyColumnsMax][]shardkey.Value
	if len(p.Key) > keyColumnsMax {
		return allGroups(dst[:0], p.Keyspace)
	}
	combinations := 1
	for c, ops := range p.Values {
		columns[c] = listed(ops, args)
		combinations *= len(columns[c])
		if columns[c] == nil || combinations > keyCombinationsMax {
			return allGroups(dst[:0], p.Keyspace)
		}
	}
	var vals [keyColumnsMax]shardkey.Value
	buf := canonical(args)
	for n := range combinations {
		for c := range p.Key {
			vals[c] = columns[c][n%len(columns[c])]
			n /= len(columns[c])
		}
		canon, ok := p.Key.Route(buf, vals[:len(p.Key)])
		if !ok {
			return allGroups(dst[:0], p.Keyspace)
		}
		dst = addGroup(dst, p.Keyspace.ShardFor(shardkey.Of(canon)).Group)
	}
	return ordered(dst, p.Keyspace)
}

// ordered puts groups in the order of the keyspace's shards, so that two
// statements never lock them the other way round.
func ordered(groups []string, ks *topology.Keyspace) []string {
	if len(groups) < 2 {
		return groups
	}
	next := 0
	for i := range ks.Shards {
		for j := next; j < len(groups); j++ {
			if groups[j] == ks.Shards[i].Group {
				groups[next], groups[j] = groups[j], groups[next]
				next++
				break
			}
		}
	}
	return groups
}

// listed are a column's values with memory of their own, nil if they are of
// several kinds or too many.
func listed(ops []Operand, args Args) []shardkey.Value {
	var all []shardkey.Value
	for _, op := range ops {
		for i, n := 0, op.Len(args); i < n; i++ {
			v := op.Value(args, i)
			if len(all) == keyCombinationsMax || len(all) > 0 && all[0].Kind != v.Kind {
				return nil
			}
			v.Bytes = append([]byte(nil), v.Bytes...)
			all = append(all, v)
		}
	}
	return all
}

// storedGroup is the group of the row that an UPDATE makes, if that is known.
func (p *Part) storedGroup(args Args) (group string, known bool) {
	var vals [keyColumnsMax]shardkey.Value
	if len(p.Key) > keyColumnsMax {
		return "", false
	}
	for c, ops := range p.Values {
		if len(ops) != 1 || ops[0].Len(args) != 1 {
			return "", false
		}
		vals[c] = ops[0].Value(args, 0)
		vals[c].Bytes = append([]byte(nil), vals[c].Bytes...)
	}
	canon, outcome := p.Key.Store(canonical(args), vals[:len(p.Key)])
	if outcome != shardkey.Stored {
		return "", false
	}
	return p.Keyspace.ShardFor(shardkey.Of(canon)).Group, true
}

// OneKey returns the keyspace and the token of the one shard key that the
// statement is confined to, and a value of it, as written; ok is false if it is
// confined to none, or to several. text is valid until args are used again.
func (t *Target) OneKey(args Args) (keyspace string, token shardkey.Token, text []byte, ok bool) {
	for i := range t.Parts {
		p := &t.Parts[i]
		if p.Mode != ModeKey || p.Stored || len(p.Key) > keyColumnsMax {
			continue
		}
		var vals [keyColumnsMax]shardkey.Value
		for c, ops := range p.Values {
			if len(ops) != 1 || ops[0].Len(args) != 1 {
				return "", 0, nil, false
			}
			vals[c] = ops[0].Value(args, 0)
			if len(p.Key) > 1 {
				vals[c].Bytes = append([]byte(nil), vals[c].Bytes...)
			}
		}
		canon, one := p.Key.Route(canonical(args), vals[:len(p.Key)])
		return p.Keyspace.Name, shardkey.Of(canon), vals[0].Bytes, one
	}
	return "", 0, nil, false
}
