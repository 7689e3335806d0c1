package plan

import (
	"slices"

	"github.com/shardway/shardway/topology"
)

// Plan is what becomes of one statement. It is data: it prints itself and
// executes nothing.
type Plan struct {
	// Op is one of *Route, *Into, *Insert, *Fed, *Chosen, *Definition and *KeyspaceChange.
	Op Op
	// Needs are the grants that the statement takes, per keyspace.
	Needs []Need
	// Followed is the statement with the names that tables have where they have moved
	// to; nil if it names none of these.
	Followed *Template
	// Cacheable: the plan fits every statement of the same fingerprint.
	Cacheable bool
}

// Keyspaces are those whose tables the statement reads or changes, the one that is
// changed first.
func (p *Plan) Keyspaces() []*topology.Keyspace { return keyspacesOf(nil, p.Op) }

func keyspacesOf(list []*topology.Keyspace, op Op) []*topology.Keyspace {
	add := func(ks *topology.Keyspace) {
		if !slices.Contains(list, ks) {
			list = append(list, ks)
		}
	}
	switch op := op.(type) {
	case *Route:
		for i := range op.Target.Parts {
			add(op.Target.Parts[i].Keyspace)
		}
	case *Into:
		return keyspacesOf(list, op.Query)
	case *Indexed:
		return keyspacesOf(list, op.Change)
	case *Insert:
		add(op.Keyspace)
	case *Fed:
		add(op.Insert.Keyspace)
		return keyspacesOf(list, op.Read)
	case *Chosen:
		for i := range op.Changes {
			add(op.Changes[i].Keyspace)
		}
		return keyspacesOf(list, op.Read)
	}
	return list
}

// Op is the sum of the kinds of plans.
type Op interface{ op() }

// Need is a grant that a statement takes on a keyspace.
type Need struct {
	Keyspace string
	Grant    topology.Grant
}

// Access says what a routed statement does to rows.
type Access uint8

// The kinds of access.
const (
	// AccessRead may be answered by a replica.
	AccessRead Access = iota
	// AccessLock reads under locks, or calls what only the primary may: it goes to the primary.
	AccessLock
	// AccessWrite changes rows on the primary.
	AccessWrite
)

// Route sends one statement to the groups of its target.
type Route struct {
	Target Target
	Access Access
	// MayWrite: though it reads it may write, too: it calls a stored function.
	MayWrite bool
	// MayCommit: it may end the transaction on its server by itself, as a
	// procedure can and DDL does.
	MayCommit bool
	// One is what the only group is sent; nil means the client's own bytes.
	One *Template
	// Scatter is how several groups answer together; nil if they cannot, and
	// then Refusal says why.
	Scatter *Scatter
	Refusal string
	// Partial is how an answer is computed from aggregates that several groups
	// combine, where Scatter is nil; nil if that is not possible.
	Partial *Partial
	// Gather is how several groups' rows are collected where Scatter is nil; nil
	// if that is not possible either.
	Gather *Gather
	// Otherwise is another way of doing a write where one group does not have all
	// of it and Scatter is nil; nil if there is none.
	Otherwise Op
	// Numbers: One shows tables' sizes and row counts, which are added up before.
	Numbers bool
	// FixClock: several groups must agree what time it is.
	FixClock bool
	// Pins says why the session must keep its connection from here on; empty if it need not.
	Pins string
	// Sets are the user variables, without their @, that the statement may
	// assign: their values are read from the connection afterwards.
	Sets []string
}

func (*Route) op() {}

// Scatter is what each of several groups is sent and how answers are merged.
type Scatter struct {
	// Text is what each group is sent; nil means the client's own bytes.
	Text *Template
	// Merge is nil for writes: their counts are added up, or taken once if
	// Copies says that every group did the same.
	Merge  *Merge
	Copies bool
}

// Merge puts the rows of several groups together.
type Merge struct {
	// Width is the number of shown columns that * stands for and the plan counts
	// on; 0 if any will do.
	Width int
	// Hidden trailing columns were added for the merge and are not shown.
	Hidden int
	// Order sorts; the groups' rows come sorted unless Group is set.
	Order []OrderKey
	// Distinct: rows equal in these columns are shown once; nil shows all.
	Distinct []KeyRef
	// Group combines partial aggregates; nil if there are none to combine.
	Group *Group
	// Limit is applied last.
	Limit *Limit
}

// ColumnRef names a column of the groups' answers: the Index-th shown one, or
// the Index-th hidden one.
type ColumnRef struct {
	Index  int
	Hidden bool
}

// KeyRef is a column that rows are compared by. Weight holds its WEIGHT_STRING
// where it may be text under a collation; HasWeight says whether there is one.
type KeyRef struct {
	Column    ColumnRef
	Weight    ColumnRef
	HasWeight bool
	// Pad is the weight of a space where the collation pads with spaces: then
	// the shorter of two weights is compared as if followed by it.
	Pad []byte
}

// OrderKey is one item of ORDER BY.
type OrderKey struct {
	KeyRef
	Desc bool
}

// Insert sends each row of an INSERT or REPLACE to its shard, or every row to
// every shard if the table is a reference table.
type Insert struct {
	Keyspace *topology.Keyspace
	Table    *topology.Table
	// Key gives, for each key column, the position of its value in a row.
	Key []int
	// Auto is the position of the sequence-fed column in a row, -1 if the
	// table has none. AutoAdded: the statement does not name the column, so
	// that its value is added at the end of each row.
	Auto      int
	AutoAdded bool
	// AutoUnsafe: a unique key that lacks the shard key rests on the sequence
	// alone, so that a value of the client's own must be looked for everywhere.
	AutoUnsafe bool
	// Width is the number of values that the statement gives for a row.
	Width int
	// Head is the text up to the first row, Tail what follows the last.
	Head, Tail *Template
	// Rows are the statement's rows; if Folded, the only one stands for all
	// of them and the slots of its values have as many values as there are rows.
	Rows   [][]InsertValue
	Folded bool
	// Compute are the plans of the values that are asked for before the rows can be
	// placed, one for each of Rows; nil where a row has none.
	Compute []Op
	// Judged: what is asked for reads the table itself; MySQL has the say whether
	// it may.
	Judged bool
	// Ignore: it is INSERT IGNORE.
	Ignore bool
	// Copies: every group stores every row.
	Copies bool
	// FixClock: groups must agree what time it is.
	FixClock bool
	// Index are the unique keys that index tables keep; Meeting is what is done
	// where a row meets another, nil if that is an error.
	Index   []InsertIndex
	Meeting *Meeting
}

func (*Insert) op() {}

// InsertValue is one value of a row.
type InsertValue struct {
	// Operand is the value if Literal is true.
	Operand Operand
	Literal bool
	// Null and Default: the value is NULL or DEFAULT itself.
	Null, Default bool
	// Computed is the position of the value among those that are asked for first,
	// counted from 1; 0 if it is not. Stored says where it goes.
	Computed int
	Stored   Stored
	// Text is the value as SQL.
	Text *Template
}

// Definition is DDL: sent to every group of the keyspace.
type Definition struct {
	Keyspace *topology.Keyspace
	// Verb says what is done, "CREATE TABLE".
	Verb string
	// Create is set for CREATE TABLE.
	Create *CreateTable
	// Text is sent in place of the client's; nil if that is.
	Text []byte
	// Objects are what it makes, changes or drops.
	Objects []topology.JobObject
	// Tolerant: it says IF EXISTS or IF NOT EXISTS, so groups may differ.
	Tolerant bool
	// Drops lists the tables whose declarations go with them.
	Drops []string
	// Copies: the table is a reference table, so that every group counts the
	// same rows.
	Copies bool
}

func (*Definition) op() {}

// CreateTable is what a CREATE TABLE statement says that a declaration is
// judged by.
type CreateTable struct {
	Table       *Table
	IfNotExists bool
	Comment     string
	// FirstValue is AUTO_INCREMENT=n of the table's options; 0 if there is none.
	FirstValue  uint64
	ForeignKeys []ForeignKey
}

// ForeignKey is a foreign key as CREATE TABLE states it.
type ForeignKey struct {
	Columns    []string
	Keyspace   string
	Table      string
	References []string
	// Acts: ON DELETE or ON UPDATE changes rows of the child.
	Acts bool
}

// KeyspaceChange is CREATE DATABASE or DROP DATABASE.
type KeyspaceChange struct {
	Name string
	Drop bool
	// IfExists stands for IF EXISTS and IF NOT EXISTS.
	IfExists bool
	// Charset and Collation are what CREATE DATABASE names; empty if it does not.
	Charset, Collation string
}

func (*KeyspaceChange) op() {}
