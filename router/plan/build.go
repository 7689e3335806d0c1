package plan

import (
	"fmt"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// Input is all that a plan is made of.
type Input struct {
	// Text is what Stmt was parsed from: the shape, or the client's text.
	Text string
	// Stmt is owned by Build, which changes it.
	Stmt ast.StmtNode
	// Mode is how Text was read, and how rewritten text will be.
	Mode     parser.Mode
	Snapshot *topology.Snapshot
	// Schema returns a keyspace's schema; it has been read before.
	Schema func(keyspace string) *Schema
	// Keyspace is the session's current one; empty if there is none.
	Keyspace string
	// Charset is the character set of the session's strings, Opaque as in
	// ShapeArgs. Both belong in the plan cache's key.
	Charset shardkey.Charset
	Opaque  bool
	// Folded: the shape's only VALUES row stands for all of them.
	Folded bool
	// Functions are table functions, JSON_TABLE(…), by the names of the tables
	// that stand for them in Text.
	Functions map[string]string
	// Into are the user variables that the only row of a SELECT is put into.
	Into []string
	// Row is what an INSERT calls its row; Text and Stmt are without it. nil if it
	// has no name.
	Row *parser.RowAlias
	// again makes Stmt anew where Text is not what it was parsed from.
	again func() (ast.StmtNode, error)
	// named has, for tables that have moved to other keyspaces, the ones by which the
	// statement names them.
	named map[tableIn]string
}

// Refusal is an error that the planner answers a statement with: a MySQL error
// number and a text that says what is not possible and what to do instead.
type Refusal struct {
	Code    uint16
	Message string
}

// Error returns the text alone.
func (r *Refusal) Error() string { return r.Message }

// The MySQL error numbers that plans are refused with.
const (
	codeNoDatabase     = 1046
	codeBadDatabase    = 1049
	codeNotSupported   = 1235
	codeTableDenied    = 1142
	codeColumnCount    = 1136
	codeUnknownTable   = 1146
	codeWrongArguments = 1210
	codeAccessDenied   = 1227
)

func notSupported(format string, args ...any) *Refusal {
	return &Refusal{Code: codeNotSupported, Message: fmt.Sprintf(format, args...)}
}

// Build plans a statement. A *Refusal is the client's answer; other errors are
// defects of ours.
func Build(in Input) (*Plan, error) {
	in.follow(in.Stmt)
	if err := in.followable(); err != nil {
		return nil, err
	}
	b := newBuilder(in)
	op, err := b.build()
	if err != nil {
		return nil, err
	}
	if err := b.needFiles(); err != nil {
		return nil, err
	}
	if err := b.triggersAllowed(); err != nil {
		return nil, err
	}
	if b.denied != nil {
		return nil, b.denied
	}
	p := &Plan{Op: op, Cacheable: !b.volatile}
	if in.follows() {
		if p.Followed, err = b.whole(); err != nil {
			return nil, err
		}
	}
	for ks, grant := range b.needs {
		p.Needs = append(p.Needs, Need{Keyspace: ks, Grant: grant})
	}
	sortNeeds(p.Needs)
	return p, nil
}

func newBuilder(in Input) *builder {
	return &builder{
		in: in, snapshot: in.Snapshot, needs: map[string]topology.Grant{},
		seen: map[*ast.TableName]bool{}, matches: map[*ast.MatchAgainst]bool{},
	}
}

type builder struct {
	in       Input
	snapshot *topology.Snapshot
	needs    map[string]topology.Grant
	// refs are the references to tables of keyspaces; scopes are in the order
	// in which they were entered, outer ones first.
	refs   []*ref
	scopes []*scope
	// seen are the table names that the planner has looked at, matches the
	// MATCH … AGAINST that stand as conditions.
	seen    map[*ast.TableName]bool
	matches map[*ast.MatchAgainst]bool
	holes   []Hole
	// uniques are the values that columns of keys kept over all shards must have.
	uniques []uniqueFact
	// terms are the conditions that must hold, equalities those of two columns.
	terms      []term
	equalities []equality
	scatter    scatterFacts
	// locking: only the primary may answer; assigns: a user variable is set;
	// pins: why the session must keep its connection.
	locking, assigns bool
	pins             string
	volatile         bool
	// inserted are the columns that an INSERT gives values for; added: the
	// AUTO_INCREMENT column comes behind them.
	inserted []string
	added    bool
	files    bool  // a file of the server's is read or written
	confined int   // tables of information_schema whose rows are about schemas
	numbers  bool  // their numbers are asked for
	denied   error // why a stored function may not be used
	system   bool  // a table of information_schema or performance_schema is read
}

// scatterFacts are found while walking a statement; most forbid an answer from
// several groups.
type scatterFacts struct {
	window         bool
	userVar        bool
	calcRows       bool
	into           bool
	getLock        bool
	setsID         bool // LAST_INSERT_ID(expression)
	outerAggregate bool // an aggregate in a subquery that may be the outer query's
	relevance      bool // MATCH … AGAINST as a number
	anyRows        bool // LIMIT without ORDER BY over rows that every shard has
	clock          bool
	random         string // a function that gives another value each time
	seeded         bool
	nestedRandom   bool
	program        string // a stored function
}

func (b *builder) build() (Op, error) {
	if err := b.expandViews(b.in.Stmt); err != nil {
		return nil, err
	}
	switch s := b.in.Stmt.(type) {
	case *ast.SelectStmt:
		op, err := b.selectStmt(s)
		return b.intoVariables(op, err)
	case *ast.SetOprStmt:
		op, err := b.setOperation(s)
		return b.intoVariables(op, err)
	case *ast.DoStmt:
		return b.do(s)
	case *ast.InsertStmt:
		return b.indexedInsert(s)
	case *ast.UpdateStmt:
		return b.indexedUpdate(s)
	case *ast.DeleteStmt:
		return b.indexedDelete(s)
	case *ast.LoadDataStmt:
		return b.loadData(s)
	case ast.DDLNode:
		return b.definition(s)
	case *ast.ShowStmt:
		return b.show(s)
	case *ast.ExplainStmt:
		return b.explain(s)
	case *ast.CallStmt:
		return b.callProcedure(s)
	default:
		return b.elsewhere()
	}
}

// elsewhere plans a statement that the planner does not understand: one group
// answers it if the keyspace is on one, or it is refused.
func (b *builder) elsewhere() (*Route, error) {
	ks, err := b.currentKeyspace()
	if err != nil {
		return nil, err
	}
	b.need(ks.Name, b.otherGrant())
	if spread(ks) {
		return nil, notSupported("this statement is not supported on %s, which has %d shards; it works on a keyspace with one shard", ks.Name, len(ks.Shards))
	}
	_, call := b.in.Stmt.(*ast.CallStmt)
	return &Route{Target: Target{Parts: []Part{{Keyspace: ks, Mode: ModeAll, Why: "the keyspace is on one group"}}}, Access: AccessWrite, MayCommit: call}, nil
}

// otherGrant is what a statement takes of which more is not known than its kind.
func (b *builder) otherGrant() topology.Grant {
	switch b.in.Stmt.(type) {
	case *ast.SelectStmt, *ast.SetOprStmt, *ast.DoStmt:
		return topology.GrantRead
	case *ast.CallStmt, *ast.LoadDataStmt:
		return topology.GrantWrite
	default:
		return topology.GrantAdmin
	}
}

func (b *builder) currentKeyspace() (*topology.Keyspace, error) {
	if b.in.Keyspace == "" {
		return nil, &Refusal{Code: codeNoDatabase, Message: "No database selected"}
	}
	return b.keyspace(b.in.Keyspace)
}

func (b *builder) keyspace(name string) (*topology.Keyspace, error) {
	ks := b.snapshot.Serving(name)
	if ks == nil {
		return nil, &Refusal{Code: codeBadDatabase, Message: fmt.Sprintf("Unknown database '%s'", name)}
	}
	return ks, nil
}

// need notes that the statement takes at least this grant on the keyspace.
func (b *builder) need(keyspace string, grant topology.Grant) {
	if !b.needs[keyspace].Includes(grant) {
		b.needs[keyspace] = grant
	}
}

// needFiles asks for more of who reads or writes files on a server.
func (b *builder) needFiles() error {
	if !b.files {
		return nil
	}
	if b.in.Keyspace != "" && !systemSchema(b.in.Keyspace) {
		b.need(b.in.Keyspace, topology.GrantAdmin)
	}
	for ks := range b.needs {
		b.need(ks, topology.GrantAdmin)
	}
	if len(b.needs) == 0 {
		return &Refusal{Code: codeAccessDenied, Message: "Access denied; reading or writing files of a server takes the grant admin on a keyspace; USE one"}
	}
	return nil
}
