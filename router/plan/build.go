package plan

import (
	"fmt"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
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
	// Folded: the shape's only VALUES row stands for all of them.
	Folded bool
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
	codeNoDatabase    = 1046
	codeBadDatabase   = 1049
	codeNotSupported  = 1235
	codeAccessDenied  = 1142
	codeDatabaseInUse = 1007
)

func notSupported(format string, args ...any) *Refusal {
	return &Refusal{Code: codeNotSupported, Message: fmt.Sprintf(format, args...)}
}

// Build plans a statement. A *Refusal is the client's answer; other errors are
// defects of ours.
func Build(in Input) (*Plan, error) {
	b := &builder{in: in, snapshot: in.Snapshot, needs: map[string]topology.Grant{}}
	op, err := b.build()
	if err != nil {
		return nil, err
	}
	p := &Plan{Op: op, Cacheable: !b.volatile}
	for ks, grant := range b.needs {
		p.Needs = append(p.Needs, Need{Keyspace: ks, Grant: grant})
	}
	sortNeeds(p.Needs)
	return p, nil
}

type builder struct {
	in       Input
	snapshot *topology.Snapshot
	refs     []*ref
	links    []link
	needs    map[string]topology.Grant
	slots    map[ast.Node]int
	locking  bool
	volatile bool
	session  bool // a function of the session was replaced by a hole
	system   bool // a table of information_schema or performance_schema is read
	scatter  scatterFacts
	scratch  struct{ holes []Hole }
}

// scatterFacts are found while walking a statement; each forbids an answer
// from several groups unless the writer of the plan handles it.
type scatterFacts struct {
	nested     string // a sharded table inside a derived table, CTE or UNION arm
	window     bool
	userVar    bool
	calcRows   bool
	into       bool
	getLock    bool
	randomness string // a function whose copies would differ
	clock      bool
}

func (b *builder) build() (Op, error) {
	b.slots = slotsOf(b.in.Stmt)
	switch s := b.in.Stmt.(type) {
	case *ast.SelectStmt:
		return b.selectStmt(s)
	case *ast.SetOprStmt:
		return b.setOperation(s)
	case *ast.InsertStmt:
		return b.insert(s)
	case *ast.UpdateStmt:
		return b.update(s)
	case *ast.DeleteStmt:
		return b.deleteStmt(s)
	case ast.DDLNode:
		return b.definition(s)
	case *ast.ShowStmt:
		return b.show(s)
	case *ast.ExplainStmt:
		return b.explain(s)
	default:
		return b.elsewhere()
	}
}

// elsewhere plans a statement that names no table it could be routed by: one
// shard answers it if there is only one, or it is refused.
func (b *builder) elsewhere() (Op, error) {
	ks, err := b.currentKeyspace()
	if err != nil {
		return nil, err
	}
	b.need(ks.Name, topology.GrantAdmin)
	if len(ks.Shards) > 1 {
		return nil, notSupported("this statement is not supported on %s, which has %d shards; it works on a keyspace with one shard", ks.Name, len(ks.Shards))
	}
	return &Route{Target: Target{Parts: []Part{{Keyspace: ks, Mode: ModeAll, Why: "one shard"}}}, Access: AccessWrite}, nil
}

func (b *builder) currentKeyspace() (*topology.Keyspace, error) {
	if b.in.Keyspace == "" {
		return nil, &Refusal{Code: codeNoDatabase, Message: "No database selected"}
	}
	return b.keyspace(b.in.Keyspace)
}

func (b *builder) keyspace(name string) (*topology.Keyspace, error) {
	ks := b.snapshot.Keyspaces[name]
	if ks == nil {
		return nil, &Refusal{Code: codeBadDatabase, Message: fmt.Sprintf("Unknown database '%s'", name)}
	}
	return ks, nil
}

// need notes that the statement takes at least this grant on the keyspace.
func (b *builder) need(keyspace string, grant topology.Grant) {
	if rank(grant) > rank(b.needs[keyspace]) {
		b.needs[keyspace] = grant
	}
}
