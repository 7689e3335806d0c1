package topology

import "strings"

// TableSchema is what a declaration is judged by: a table as MySQL has it, or
// as a CREATE TABLE statement says it will be.
type TableSchema struct {
	Columns []SchemaColumn `json:"columns"`
	// UniqueKeys holds the primary key, named PRIMARY, and every other unique key.
	UniqueKeys []UniqueKey `json:"unique_keys,omitempty"`
	// AutoIncrement names the AUTO_INCREMENT column; NextValue is what it would
	// give next, 0 if unknown.
	AutoIncrement string       `json:"auto_increment,omitempty"`
	NextValue     uint64       `json:"next_value,omitempty"`
	ForeignKeys   []ForeignKey `json:"foreign_keys,omitempty"`
	// ReferencedBy are the foreign keys of other tables onto this one.
	ReferencedBy []ForeignKey `json:"referenced_by,omitempty"`
}

// SchemaColumn is a column of a TableSchema. Type and Collation are written as
// in shardkey.Column.
type SchemaColumn struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Collation string `json:"collation,omitempty"`
	Nullable  bool   `json:"nullable,omitempty"`
	// Generated columns get their value from others, inside MySQL.
	Generated bool `json:"generated,omitempty"`
	// SetsItself: an UPDATE that does not name the column sets it (ON UPDATE).
	SetsItself bool `json:"sets_itself,omitempty"`
}

// UniqueKey is a primary or unique key.
type UniqueKey struct {
	Name string `json:"name"`
	// Columns are the ones that are in the key as a whole; those of which only
	// a prefix or an expression is are left out.
	Columns []string `json:"columns"`
	// Partial: some were left out.
	Partial bool `json:"partial,omitempty"`
}

// ForeignKey is a foreign key: columns of Table refer, one by one, to columns
// of Parent. Both are in the table's keyspace unless ParentKeyspace or
// ChildKeyspace is set.
type ForeignKey struct {
	Name           string   `json:"name,omitempty"`
	ChildKeyspace  string   `json:"child_keyspace,omitempty"`
	Child          string   `json:"child,omitempty"`
	Columns        []string `json:"columns"`
	ParentKeyspace string   `json:"parent_keyspace,omitempty"`
	Parent         string   `json:"parent"`
	ParentColumns  []string `json:"parent_columns"`
	// Acts: ON DELETE or ON UPDATE changes or deletes rows of the child.
	Acts bool `json:"acts,omitempty"`
}

// Column finds a column by its name, in any case, as MySQL does.
func (s *TableSchema) Column(name string) *SchemaColumn {
	for i := range s.Columns {
		if strings.EqualFold(s.Columns[i].Name, name) {
			return &s.Columns[i]
		}
	}
	return nil
}

// contains reports whether k holds a column as a whole.
func (k *UniqueKey) contains(column string) bool { return indexFold(k.Columns, column) >= 0 }

func indexFold(names []string, name string) int {
	for i, n := range names {
		if strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}
