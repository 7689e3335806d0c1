package plan

import (
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// InsertIndex is a unique key that an index table keeps, as an INSERT needs it:
// each row puts one row into the index table, unless a column of the key is NULL.
type InsertIndex struct {
	Key *topology.GlobalKey
	// Name is the key's as error 1062 has it: "people.email".
	Name string
	// Columns are the positions of the index table's columns in a row of the
	// INSERT; -1 stands for one that is NULL because the statement leaves it out.
	Columns []int
	// NotNull says of each column of the key that the table does not take NULL:
	// without a strict sql_mode something else is stored.
	NotNull []bool
	// Head is the statement up to the first row; with Probe behind its rows it
	// leaves what is there, locks it, and tells of it by the id Met.
	Head, Probe string
	// Find asks for the token of a row up to the condition, From is its end.
	Find, From string
}

// ownTableDenied refuses one of Shardway's own tables to clients.
func ownTableDenied(name string) *Refusal {
	return &Refusal{Code: codeTableDenied, Message: "command denied for table '" + name + "': names that begin with " + topology.HiddenPrefix + " are those of Shardway's own tables"}
}

// keptBy are the keys of a referenced table that index tables keep.
func (r *ref) keptBy() []*topology.GlobalKey {
	if r.decl == nil {
		return nil
	}
	return r.decl.KeptKeys()
}

// notKept refuses writes to a table whose keys nobody keeps any more: it was
// made while its keyspace was on one group.
func notKept(r *ref) error {
	if r.decl == nil || !spread(r.keyspace) {
		return nil
	}
	for i := range r.decl.Unique {
		if k := &r.decl.Unique[i]; !k.Kept {
			return notSupported("%s cannot be written: its unique key over %s has no index table, which it needs on several groups; create a new table and copy the rows", r.decl.Name, names(k.Columns))
		}
	}
	return nil
}

// indexedInsert plans an INSERT, and what it puts into index tables.
func (b *builder) indexedInsert(s *ast.InsertStmt) (Op, error) {
	op, err := b.insert(s)
	if err != nil || len(b.refs) == 0 {
		return op, err
	}
	into := b.refs[0] // the statement's first table
	if err := notKept(into); err != nil {
		return nil, err
	}
	keys := into.keptBy()
	if len(keys) == 0 {
		return op, nil
	}
	ins, ok := op.(*Insert)
	if name := into.decl.Name; !ok || ins.Table != into.decl || ins.Computes() {
		return nil, notSupported("this form of INSERT into %s is not supported, because its unique key over %s is kept over all shards; compute the values first and insert the rows with VALUES", name, names(keys[0].Columns))
	}
	columns := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		columns[i] = c.Name.O
	}
	for _, k := range keys {
		index, err := insertIndex(ins, into, k, columns)
		if err != nil {
			return nil, err
		}
		ins.Index = append(ins.Index, *index)
	}
	if s.IsReplace || s.IgnoreErr || len(s.OnDuplicate) > 0 {
		if ins.Meeting, err = meeting(ins, into, s, columns); err != nil {
			return nil, err
		}
	}
	return ins, nil
}

// insertIndex finds a key's values in the rows of an INSERT.
func insertIndex(op *Insert, into *ref, k *topology.GlobalKey, columns []string) (*InsertIndex, error) {
	index := &InsertIndex{Key: k, Name: into.keyName(k), Head: indexHead(into, k), Probe: probe(k.Columns[0].Name, "")}
	index.From = " FROM " + indexName(into, k) + " WHERE "
	index.Find = "SELECT " + into.decl.ShardKey.SQL("") + index.From
	for i, c := range into.decl.IndexColumns(k) {
		at := position(columns, c.Name)
		known := into.table != nil && into.table.Column(c.Name) >= 0 && into.table.Columns[into.table.Column(c.Name)].NullDefault
		if at < 0 && (i >= len(k.Columns) || !known) {
			return nil, notSupported("INSERT into %s must give column %s, because a unique key that it is in is kept over all shards", into.decl.Name, c.Name)
		}
		if at >= 0 && at < op.Width {
			for _, row := range op.Rows {
				if v := &row[at]; v.Default && known || v.Literal || v.Default && at == op.Auto {
					continue
				}
				return nil, notSupported("INSERT into %s must give column %s as a literal or a parameter, not as an expression or DEFAULT, because a unique key that it is in is kept over all shards; compute the value first", into.decl.Name, c.Name)
			}
		}
		index.Columns = append(index.Columns, at)
		if i < len(k.Columns) {
			index.NotNull = append(index.NotNull, into.table == nil || into.table.Columns[into.table.Column(c.Name)].NotNull)
		}
	}
	return index, nil
}

// keyName is a key's name as error 1062 has it.
func (r *ref) keyName(k *topology.GlobalKey) string {
	name := k.Columns[0].Name // what MySQL calls it unless somebody else has
	if r.table != nil {
		for i, columns := range r.table.Unique {
			same := slices.EqualFunc(columns, k.Columns, func(c string, o shardkey.Column) bool { return strings.EqualFold(c, o.Name) })
			switch {
			case same && i < len(r.table.UniqueNames):
				name = r.table.UniqueNames[i]
			case same && slices.Equal(columns, r.table.Primary):
				name = "PRIMARY"
			}
		}
	}
	return r.decl.Name + "." + name
}

// indexName is an index table's as SQL.
func indexName(r *ref, k *topology.GlobalKey) string {
	return quoted(r.keyspace.Name) + "." + quoted(k.Index)
}

// indexHead is an INSERT into an index table up to the first row.
func indexHead(r *ref, k *topology.GlobalKey) string {
	columns := r.decl.IndexColumns(k)
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = quoted(c.Name)
	}
	return "INSERT INTO " + indexName(r, k) + " (" + strings.Join(list, ", ") + ") VALUES "
}
