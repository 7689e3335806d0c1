package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// Indexed is an UPDATE or DELETE of rows that have rows in index tables. In one
// transaction the rows are read under locks, changed, and, after an UPDATE, read
// again; the rows of the index tables follow.
type Indexed struct {
	// Change is the client's statement.
	Change *Route
	// Verb is "UPDATE" or "DELETE".
	Verb     string
	Keyspace *topology.Keyspace
	Table    *topology.Table
	Keys     []IndexedKey
	// Row is what names a row when it is read again: expressions that give literals
	// of the primary key's columns, RowColumns their names. Empty for DELETE.
	Row        []string
	RowColumns []string
	// Read reads the rows that the statement is about to change: Row, then for each
	// key its token and then literals of the index table's columns. A key of which
	// a column is NULL has no token.
	Read *Template
	// Again is the same up to WHERE, for the rows that have been changed.
	Again string
}

func (*Indexed) op() {}

// IndexedKey is one key that an index table keeps.
type IndexedKey struct {
	Key *topology.GlobalKey
	// Name is the key's as error 1062 has it.
	Name string
	// Insert is an INSERT into the index table up to the first row, Delete a DELETE
	// up to the list of keys; a key is of Width columns.
	Insert, Delete string
	Width          int
	// Columns is the number of the index table's columns.
	Columns int
}

// indexedUpdate plans an UPDATE, and what follows in index tables.
func (b *builder) indexedUpdate(s *ast.UpdateStmt) (Op, error) {
	op, err := b.update(s)
	if err != nil {
		return op, err
	}
	r := b.indexedTable(func(r *ref) bool {
		for _, a := range s.List {
			if r.indexes(a.Column) {
				return true
			}
		}
		return false
	})
	if r == nil {
		return op, nil
	}
	if err := notKept(r); err != nil {
		return nil, err
	}
	if s.IgnoreErr {
		return nil, notSupported("UPDATE IGNORE of %s is not supported where it changes a unique key that is kept over all shards, or the shard key; leave IGNORE out", r.decl.Name)
	}
	for _, a := range s.List {
		if r.table == nil || position(r.table.Primary, a.Column.Name.O) >= 0 {
			return nil, notSupported("UPDATE of the primary key column %s of %s is not supported, because a unique key of the table is kept over all shards and the primary key says which row it is; delete the row and insert it anew", a.Column.Name.O, r.decl.Name)
		}
	}
	return b.indexed(op, r, "UPDATE", s.With != nil || s.MultipleTable || s.Limit != nil)
}

// indexedDelete plans a DELETE, and what follows in index tables.
func (b *builder) indexedDelete(s *ast.DeleteStmt) (Op, error) {
	op, err := b.deleteStmt(s)
	if err != nil {
		return op, err
	}
	r := b.indexedTable(func(r *ref) bool { return s.Tables == nil || deletes(s, r) })
	if r == nil {
		return op, nil
	}
	if err := notKept(r); err != nil {
		return nil, err
	}
	if s.IgnoreErr {
		return nil, notSupported("DELETE IGNORE from %s is not supported, because a unique key of the table is kept over all shards; leave IGNORE out", r.decl.Name)
	}
	return b.indexed(op, r, "DELETE", s.With != nil || s.IsMultiTable || s.Limit != nil)
}
