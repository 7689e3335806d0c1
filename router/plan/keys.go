package plan

import (
	"slices"
	"strings"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// sameTokens reports whether equal values of two key columns have equal
// canonical bytes: integers of any width do, everything else must be of one
// type, and text under one collation.
func sameTokens(a, b shardkey.Column) bool {
	if integer(a.Type) && integer(b.Type) {
		return true
	}
	if a.Collation != "" || b.Collation != "" {
		return a.Collation == b.Collation
	}
	return a.Type == b.Type
}

func integer(columnType string) bool {
	name, _, _ := strings.Cut(columnType, "(")
	name, _, _ = strings.Cut(name, " ")
	switch name {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint":
		return true
	default:
		return false
	}
}

// negated is the value with a minus before it. Only numbers have one; the
// negative of anything else is an expression, which never routes.
func negated(v shardkey.Value) shardkey.Value {
	switch v.Kind { //nolint:exhaustive // the rest are not numbers
	case shardkey.Int, shardkey.Decimal, shardkey.Float:
	default:
		return shardkey.Value{}
	}
	if len(v.Bytes) > 0 && v.Bytes[0] == '-' {
		return shardkey.Value{Kind: v.Kind, Bytes: v.Bytes[1:]}
	}
	signed := make([]byte, 0, len(v.Bytes)+1)
	return shardkey.Value{Kind: v.Kind, Bytes: append(append(signed, '-'), v.Bytes...)}
}

// rank orders grants; each includes the lower ones.
func rank(g topology.Grant) int {
	return slices.Index([]topology.Grant{topology.GrantNone, topology.GrantRead, topology.GrantWrite, topology.GrantDDL, topology.GrantAdmin}, g)
}

func sortNeeds(needs []Need) {
	slices.SortFunc(needs, func(a, b Need) int { return strings.Compare(a.Keyspace, b.Keyspace) })
}

// target makes parts of the classes of all refs. It returns the classes' roots
// too, the ones that only reference tables are in left out.
func (b *builder) target() (Target, []*ref) {
	b.unite()
	var t Target
	var roots []*ref
	anyOf := map[*topology.Keyspace]bool{}
	seen := map[*ref]bool{}
	for _, r := range b.refs {
		if r.decl.Kind == topology.KindReference {
			if !anyOf[r.keyspace] {
				anyOf[r.keyspace] = true
				t.Parts = append(t.Parts, Part{Keyspace: r.keyspace, Mode: ModeAny, Why: "reference table " + r.decl.Name + " is on every shard"})
			}
			continue
		}
		root := r.find()
		if seen[root] {
			continue
		}
		seen[root] = true
		roots = append(roots, root)
		t.Parts = append(t.Parts, b.part(root))
	}
	return t, roots
}

// part proves what one class needs.
func (b *builder) part(root *ref) Part {
	if root.decl.Kind == topology.KindSingle {
		return Part{Keyspace: root.keyspace, Mode: ModeZero, Why: root.decl.Name + " is a single table"}
	}
	alone := true
	for _, r := range b.refs {
		if r != root && r.find() == root {
			alone = false
		}
	}
	for _, r := range b.refs {
		if r.find() != root {
			continue
		}
		if complete(r.consts) {
			return keyPart(r, r.consts)
		}
		if alone && complete(r.joinConsts) {
			return keyPart(r, r.joinConsts)
		}
	}
	return Part{Keyspace: root.keyspace, Mode: ModeAll, Why: "no condition fixes the shard key of " + root.decl.Name}
}

func keyPart(r *ref, values [][]Operand) Part {
	return Part{Keyspace: r.keyspace, Mode: ModeKey, Key: r.decl.ShardKey, Values: values, Why: "the shard key of " + r.decl.Name + " is given"}
}

func complete(values [][]Operand) bool {
	for _, v := range values {
		if len(v) == 0 {
			return false
		}
	}
	return len(values) > 0
}
