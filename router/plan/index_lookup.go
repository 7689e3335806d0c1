package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// Lookup finds the shard of the only row that has a given value of a unique key,
// by asking the index table.
type Lookup struct {
	Keyspace *topology.Keyspace
	Key      *topology.GlobalKey
	// Name is the key's as error 1062 has it.
	Name string
	// Values are slots of the statement, one for each column of the key.
	Values []Operand
	// Head asks for the token of the row, up to the condition.
	Head string
}

// uniqueFact is a condition that a column has the value of a slot.
type uniqueFact struct {
	ref    *ref
	column string
	value  Operand
}

// uniqueValue notes a condition on a column of a key that is kept over all shards.
func (b *builder) uniqueValue(r *ref, column string, list []ast.ExprNode) {
	if len(list) != 1 || !uniqueColumn(r.decl, column) {
		return
	}
	if op, ok := b.operand(list[0]); ok && op.Slot >= 0 {
		b.uniques = append(b.uniques, uniqueFact{r, column, op})
	}
}

// lookup finds a key of which the statement gives every column. The table must
// be the only one: then nothing but its one row is wanted.
func (b *builder) lookup(r *ref) *Lookup {
	if len(b.refs) != 1 || len(b.uniques) == 0 {
		return nil
	}
	for _, k := range r.keptBy() {
		l := &Lookup{Keyspace: r.keyspace, Key: k, Name: r.keyName(k), Head: "SELECT " + r.decl.ShardKey.SQL("") + " FROM " + indexName(r, k) + " WHERE "}
		for _, c := range k.Columns {
			for _, f := range b.uniques {
				if f.ref == r && strings.EqualFold(f.column, c.Name) {
					l.Values = append(l.Values, f.value)
					break
				}
			}
		}
		if len(l.Values) == len(k.Columns) {
			return l
		}
	}
	return nil
}

// Where is the group that has the value, and the question to it. ok is false if
// the value is not one that the key's column is compared with as it is.
func (l *Lookup) Where(args Args) (group, question string, ok bool) {
	vals := make([]shardkey.Value, len(l.Values))
	text := []byte(l.Head)
	for i, op := range l.Values {
		if op.Len(args) != 1 {
			return "", "", false
		}
		vals[i] = op.Value(args, 0)
		vals[i].Bytes = append([]byte(nil), vals[i].Bytes...)
		if i > 0 {
			text = append(text, " AND "...)
		}
		text = append(text, quoted(l.Key.Columns[i].Name)+" = "...)
		if op.Negative {
			text = append(text, '-')
		}
		text = args.AppendOneSQL(text, op.Slot, 0)
	}
	canon, ok := l.Key.Columns.Route(nil, vals)
	if !ok {
		return "", "", false
	}
	return l.Keyspace.ShardFor(shardkey.Of(canon)).Group, string(text), true
}

func (l *Lookup) describe() string {
	parts := make([]string, len(l.Values))
	for i, v := range l.Values {
		parts[i] = l.Key.Columns[i].Name + " = " + v.String()
	}
	return "all shards, or the one of the row with " + strings.Join(parts, " and ") + " by the index of the unique key " + l.Name
}
