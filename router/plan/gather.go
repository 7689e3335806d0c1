package plan

import (
	"strconv"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"

	"github.com/shardway/shardway/topology"
)

// Gather answers a SELECT that no shard can answer by itself: what each of its
// table references needs is collected from the shards into a temporary table on
// one server, and that server, being MySQL, answers the statement on them.
type Gather struct {
	// Keyspace is the one in whose schema the temporary tables are made; any of
	// its groups can answer.
	Keyspace *topology.Keyspace
	// Tables are in the order in which they are collected.
	Tables []GatherTable
	// Final is the statement on the temporary tables.
	Final *Template
	// Aliases are those that the statement gives its columns, empty for one without;
	// none if it is not known here how many columns there are. Where one column is
	// shown under two names, MySQL may call both by the second.
	Aliases []string
	// Assigns are the user variables that Final sets, without their @.
	Assigns []string
	// FixClock: the servers must agree what time it is.
	FixClock bool
}

// GatherTable is one table reference and the temporary table that stands for it.
// One table named twice is two of them, each with what it needs: MySQL cannot
// open a temporary table twice in a statement.
type GatherTable struct {
	// Name is the temporary table's, in the schema of Gather.Keyspace.
	Name string
	// Keyspace and Table are what it stands for.
	Keyspace *topology.Keyspace
	Table    *Table
	// Define is the statement that makes it.
	Define string
	// Target says which shards have the rows.
	Target Target
	// Columns are its columns, in the order in which Fetch selects them.
	Columns []GatherColumn
	// Fetch is what each shard is sent, with Lock at the end. Filtered: it has a
	// WHERE, to which conditions from Reduce are added.
	Fetch    *Template
	Filtered bool
	Lock     string
	// Reduce are the semi-joins that may leave out rows that have no partner.
	Reduce []Reduction
}

// GatherColumn is a column of a temporary table.
type GatherColumn struct {
	Name string
	// Encoding says how a value travels.
	Encoding Encoding
	// Charset is the character set of text, as MySQL names it.
	Charset string
}

// Reduction is a semi-join: of a table only those rows matter whose Column has
// a value that the table collected as the Of-th has in OfColumn.
type Reduction struct {
	Column   string
	Of       int
	OfColumn string
	// Encoding and Charset are those of both columns.
	Encoding Encoding
	Charset  string
}

// gatherTablesMax bounds the table references of a statement that is gathered.
const gatherTablesMax = 61 // MySQL's own bound for a join

// gather plans a SELECT that several groups cannot answer otherwise. It begins
// again with the text, for the tree in hand may have been rewritten. The reason
// says why it cannot be gathered either.
func (b *builder) gather() (*Gather, string) {
	stmt, err := b.reparse()
	if err != nil {
		return nil, err.Error()
	}
	g := newBuilder(b.in)
	if err := g.expandViews(stmt); err != nil {
		return nil, err.Error()
	}
	if reason := g.unshare(stmt); reason != "" {
		return nil, reason
	}
	stmt.Accept(&sessionFunctions{b: g, names: true})
	if err := g.enterQuery(stmt); err != nil {
		return nil, err.Error()
	}
	if reason := g.ungatherable(stmt); reason != "" {
		return nil, reason
	}
	g.unite()
	n := &gathering{b: g, stmt: stmt, mentioned: mentioned(stmt), grouped: hasGroups(stmt), nullSafe: hasNullSafe(stmt)}
	return n.plan()
}

// enterQuery walks a whole query.
func (b *builder) enterQuery(n ast.Node) error {
	if s, ok := n.(*ast.SelectStmt); ok {
		return b.enterSelect(s, b.newBlock(nil, nil, nil))
	}
	return b.query(n, nil, nil, nil)
}

// ungatherable says what the temporary tables could not give the right answer to.
func (b *builder) ungatherable(stmt ast.Node) string {
	facts := &b.scatter
	switch {
	case b.overlooked(stmt):
		return "it names a table at a place that is not understood"
	case len(b.refs) == 0:
		return "no table is read"
	case len(b.refs) > gatherTablesMax:
		return "it reads more than " + strconv.Itoa(gatherTablesMax) + " tables; split it"
	case b.system:
		return "it joins a system schema, which is each server's own; query it by itself"
	case facts.into:
		return "SELECT … INTO a file would be written by one of the servers; read the rows and write the file"
	case facts.getLock:
		return "the functions of the GET_LOCK family must run on one server; call them in a statement of their own"
	case facts.setsID:
		return "LAST_INSERT_ID(expression) belongs to one connection; give the shard key"
	case facts.seeded:
		return "the values of RAND(seed) depend on the order of all rows; use RAND()"
	case facts.program != "":
		return "the stored function " + facts.program + " would see one shard's rows only; give the shard key"
	case hasAnywhere(stmt, isMatch):
		return "MATCH … AGAINST needs the full-text index of the table itself; use it in a query of that table alone, or give the shard key"
	case hasAnywhere(stmt, isDefault):
		return "DEFAULT(column) is not known of collected rows; write the value"
	}
	for _, r := range b.refs {
		if r.table == nil {
			return "table " + r.decl.Name + " is not known to the proxy yet"
		}
		for _, o := range r.block.refs {
			if o != r && o.alias == r.alias {
				return "two tables of different keyspaces are both called " + r.alias + "; give them aliases"
			}
		}
	}
	return ""
}

func isMatch(n ast.Node) bool { _, ok := n.(*ast.MatchAgainst); return ok }

func isDefault(n ast.Node) bool { _, ok := n.(*ast.DefaultExpr); return ok }

// hasGroups reports whether a GROUP BY or DISTINCT is anywhere: then MySQL may
// infer what a column depends on from the primary key.
func hasGroups(stmt ast.Node) bool {
	return hasAnywhere(stmt, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectStmt)
		return ok && (s.GroupBy != nil || s.Distinct)
	})
}

// hasNullSafe reports whether <=> is anywhere.
func hasNullSafe(stmt ast.Node) bool {
	return hasAnywhere(stmt, func(n ast.Node) bool {
		x, ok := n.(*ast.BinaryOperationExpr)
		return ok && x.Op == opcode.NullEQ
	})
}

// hasAnywhere looks for a node, also inside of subqueries.
func hasAnywhere(n ast.Node, is func(ast.Node) bool) bool {
	v := &searchAnywhere{is: is}
	n.Accept(v)
	return v.found
}

type searchAnywhere struct {
	is    func(ast.Node) bool
	found bool
}

// Enter implements ast.Visitor.
func (v *searchAnywhere) Enter(n ast.Node) (ast.Node, bool) {
	v.found = v.found || v.is(n)
	return n, v.found
}

// Leave implements ast.Visitor.
func (v *searchAnywhere) Leave(n ast.Node) (ast.Node, bool) { return n, true }
