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
	switch v.Kind {
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

func sortNeeds(needs []Need) {
	slices.SortFunc(needs, func(a, b Need) int { return strings.Compare(a.Keyspace, b.Keyspace) })
}

// spread reports whether a keyspace's rows are on more than one group.
func spread(ks *topology.Keyspace) bool {
	for i := range ks.Shards {
		if ks.Shards[i].Group != ks.Shards[0].Group {
			return true
		}
	}
	return false
}

// target makes parts of the classes of all refs. It returns the classes' roots
// too, the ones that only reference tables are in left out.
func (b *builder) target() (Target, []*ref) {
	b.unite()
	var t Target
	var roots []*ref
	anyOf := map[string]bool{}
	seen := map[*ref]bool{}
	for _, r := range b.refs {
		if r.reference() {
			if !anyOf[r.keyspace.Name] {
				anyOf[r.keyspace.Name] = true
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
	t.Apart = b.apart(roots)
	return t, roots
}

// part proves what one class needs.
func (b *builder) part(root *ref) Part {
	if root.single() {
		return Part{Keyspace: root.keyspace, Mode: ModeZero, Why: "single table " + root.decl.Name + " is on the shard of token 0"}
	}
	joined := 0
	for _, r := range b.refs {
		if r.find() != root {
			continue
		}
		joined++
		if values := b.given(r); values != nil {
			return Part{Keyspace: r.keyspace, Mode: ModeKey, Key: r.decl.ShardKey, Values: values, Why: "the shard key of " + r.decl.Name + " is given"}
		}
	}
	why := "no condition fixes the shard key " + keyNames(root) + " of " + root.decl.Name
	if joined > 1 {
		why += " or of what is joined to it by that"
	}
	return Part{Keyspace: root.keyspace, Mode: ModeAll, Why: why, Lookup: b.lookup(root)}
}

// keyNames lists the columns of a ref's shard key.
func keyNames(r *ref) string {
	names := make([]string, len(r.decl.ShardKey))
	for i := range r.decl.ShardKey {
		names[i] = r.decl.Name + "." + r.decl.ShardKey[i].Name
	}
	return strings.Join(names, ", ")
}

func upper(s string) string { return strings.ToUpper(s) }
