package plan

import "strings"

// Schema is what is known of a keyspace's tables: an immutable value.
type Schema struct {
	// Version is the keyspace's SchemaVersion at which it was read.
	Version int64
	// DefaultCollation is what a character column gets that names none.
	DefaultCollation string
	Tables           map[string]*Table
}

// Table is one table or view of a schema.
type Table struct {
	Name    string
	View    bool
	Columns []Column
	// Primary lists the primary key's columns, in order.
	Primary []string
	// Unique lists the columns of every unique key, the primary one included.
	Unique [][]string
	// AutoIncrement names the AUTO_INCREMENT column; empty if there is none.
	AutoIncrement string
}

// Column is one column of a table.
type Column struct {
	Name string
	// Type is the full type in lower case, as information_schema prints it.
	Type string
	// Collation is empty unless the column holds characters.
	Collation string
	Generated bool
	NotNull   bool
	// Invisible columns have no place in an INSERT that names none.
	Invisible bool
	// RandomDefault: the default is an expression with another value each
	// time, UUID() for one.
	RandomDefault bool
}

// Column finds a column by name, which MySQL compares without regard to case.
// It returns -1 if there is none.
func (t *Table) Column(name string) int {
	for i := range t.Columns {
		if strings.EqualFold(t.Columns[i].Name, name) {
			return i
		}
	}
	return -1
}
