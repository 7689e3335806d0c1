package plan

import (
	"strings"

	"github.com/shardway/shardway/parser"
)

// Schema is what is known of a keyspace's tables: an immutable value.
type Schema struct {
	// Version is the keyspace's SchemaVersion at which it was read.
	Version int64
	// DefaultCollation is what a character column gets that names none.
	DefaultCollation string
	Tables           map[string]*Table
	// Routines are the procedures and functions, by lower-case name. They and
	// Table.Triggers are read only if the keyspace is on several groups.
	Routines map[string][]Routine
}

// Routine is the body of a stored program.
type Routine struct {
	// Kind is PROCEDURE, FUNCTION or TRIGGER.
	Kind, Name string
	Body       string
	// Mode is how the body is read.
	Mode parser.Mode
	// Before: a trigger that runs before the row is stored.
	Before bool
}

// Table is one table or view of a schema.
type Table struct {
	Name string
	View bool
	// ViewText is a view's query as MySQL stores it: every name qualified, no
	// asterisk. Empty for a table.
	ViewText string
	// ViewCheck is the view's WITH CHECK OPTION: LOCAL, CASCADED, or empty.
	ViewCheck string
	// ViewUpdatable: MySQL takes UPDATE and DELETE on the view.
	ViewUpdatable bool
	// ViewDefiner is the account as which MySQL reads the view's tables, as
	// user@host, when ViewInvoker is false.
	ViewDefiner string
	ViewInvoker bool
	Columns     []Column
	// Primary lists the primary key's columns, in order.
	Primary []string
	// Unique lists the columns of every unique key, the primary one included.
	Unique [][]string
	// UniqueNames are the names of these keys; empty where it is not known yet.
	UniqueNames []string
	// AutoIncrement names the AUTO_INCREMENT column; empty if there is none.
	AutoIncrement string
	// Triggers run with the statements that write the table.
	Triggers []Routine
}

// Column is one column of a table.
type Column struct {
	Name string
	// Type is the full type in lower case, as information_schema prints it.
	Type string
	// Declared is the same as it was declared: the names of an ENUM or SET keep
	// their case.
	Declared string
	// Collation is empty unless the column holds characters.
	Collation string
	Generated bool
	NotNull   bool
	// NullDefault: an INSERT that does not give the column stores NULL.
	NullDefault bool
	// SetsItself: an UPDATE that does not name the column sets it (ON UPDATE).
	SetsItself bool
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
