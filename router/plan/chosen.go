package plan

import "github.com/shardway/shardway/topology"

// Chosen is an UPDATE or DELETE that no shard can carry out from its own rows
// alone. A SELECT chooses the rows first, under locks and in the statement's
// order; then each shard changes its own by their keys, in the same transaction.
type Chosen struct {
	// Verb is "UPDATE" or "DELETE".
	Verb string
	// Read gives, for each change in turn, the columns that it names by position.
	Read Op
	// Changes are one for each table that is changed.
	Changes []KeyedChange
	// Joined: a row may be chosen several times and is changed once.
	Joined bool
	// Ignore: errors are warnings.
	Ignore bool
	// Judged: the statement reads a table that it changes, and MySQL has the say
	// whether it may.
	Judged bool
}

func (*Chosen) op() {}

// KeyedChange changes the chosen rows of one table.
type KeyedChange struct {
	Keyspace *topology.Keyspace
	Table    *topology.Table
	// Key are the positions of the row's key in what Read gives, Token that of
	// its token; -1 if all rows of the table are in one place. A key that is NULL
	// is that of a row which an outer join left out.
	Key   []int
	Token int
	// Copies: every group changes the row.
	Copies bool
	// Head is the text up to the first key, Tail what follows the last. Holes of
	// kind HoleRead stand in Head for values that Read has computed for a row.
	Head, Tail *Template
	// Stored are those values.
	Stored []Stored
	// Move is set if the shard key changes; nil else.
	Move *Move
}

// Stored says into what a value goes that a SELECT has given.
type Stored struct {
	// Read is its position in the row.
	Read int
	// Column is the column's name, Type its type; empty if not known.
	Column, Type string
}

// Move takes rows to other shards because their shard key changes: there the
// whole row is inserted, and at its old place deleted.
type Move struct {
	// Key are the positions of the new values of the shard key's columns, Old
	// those of their old ones.
	Key, Old []int
	// Columns are those of the row that are not generated, Values what goes into
	// each: a position in the row that is read, or ValueDefault or ValueNow.
	Columns []string
	Values  []int
	// Now is the text of the time, for each column that gets it.
	Now map[int]string
	// Insert is the text up to the rows, Delete that up to the keys.
	Insert, Delete string
	// Stored says into which columns the values go.
	Stored []Stored
}

// Values of a moved row that are not read: a column's default, and the time.
const (
	ValueDefault = -1
	ValueNow     = -2
)
