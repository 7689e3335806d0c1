package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// show plans SHOW: any one shard of the keyspace answers, since every shard
// has every table.
func (b *builder) show(s *ast.ShowStmt) (Op, error) {
	name := s.DBName
	if s.Table != nil && s.Table.Schema.O != "" {
		name = s.Table.Schema.O
	}
	if name == "" {
		name = b.in.Keyspace
	}
	r := &Route{}
	if b.in.follows() {
		var err error
		if r.One, err = b.whole(); err != nil {
			return nil, err
		}
	}
	if s.Tp == ast.ShowProcedureStatus || s.Tp == ast.ShowFunctionStatus {
		b.volatile = true
		if err := b.confineShow(s, r); err != nil {
			return nil, err
		}
	}
	switch {
	case name == "" && aboutTables(s.Tp):
		return nil, &Refusal{Code: codeNoDatabase, Message: "No database selected"}
	case name == "" || systemSchema(name):
	default:
		ks, err := b.keyspace(name)
		if err != nil {
			return nil, err
		}
		if s.Table != nil {
			b.needOn(ks, s.Table.Name.O, topology.GrantRead)
		} else {
			b.need(name, topology.GrantRead)
		}
		r.Target = Target{Parts: []Part{{Keyspace: ks, Mode: ModeZero, Why: "every shard has every table"}}}
	}
	return r, nil
}

// aboutTables reports whether a SHOW is about a schema, which must be known.
func aboutTables(t ast.ShowStmtType) bool {
	switch t { //nolint:exhaustive // the rest is about servers
	case ast.ShowTables, ast.ShowTableStatus, ast.ShowTriggers, ast.ShowEvents, ast.ShowColumns, ast.ShowIndex, ast.ShowCreateTable, ast.ShowCreateView:
		return true
	default:
		return false
	}
}

// explain plans EXPLAIN and DESCRIBE: the shard that would answer explains.
func (b *builder) explain(s *ast.ExplainStmt) (Op, error) {
	if show, ok := s.Stmt.(*ast.ShowStmt); ok {
		return b.show(show)
	}
	inner := *b
	inner.in.Stmt = s.Stmt
	op, err := inner.build()
	if err != nil {
		return nil, err
	}
	b.refs, b.volatile = inner.refs, true
	if changed, ok := op.(*Indexed); ok {
		op = changed.Change
	}
	r, ok := op.(*Route)
	if !ok {
		ins, ok := op.(*Insert)
		if !ok {
			return nil, notSupported("EXPLAIN takes SELECT, INSERT, UPDATE and DELETE")
		}
		r = &Route{Target: Target{Parts: []Part{{Keyspace: ins.Keyspace, Mode: ModeZero, Why: "any shard can explain an INSERT"}}}}
		return r, b.explainFollowed(r)
	}
	if r.One != nil && !b.in.follows() {
		return nil, notSupported("EXPLAIN of a statement with functions of the session; write the value instead")
	}
	if err := b.explainFollowed(r); err != nil {
		return nil, err
	}
	// One shard's plan speaks for the others: they have the same tables.
	for i := range r.Target.Parts {
		if p := &r.Target.Parts[i]; p.Mode != ModeAny {
			r.Target = Target{Parts: []Part{{Keyspace: p.Keyspace, Mode: ModeZero, Why: "the first shard explains for all"}}}
			break
		}
	}
	r.Access, r.Scatter, r.Refusal = AccessRead, nil, ""
	return r, nil
}

// explainFollowed has tables that have moved explained where they are.
func (b *builder) explainFollowed(r *Route) (err error) {
	if !b.in.follows() {
		return nil
	}
	if r.One, err = b.whole(); err == nil {
		// What the parser calls the format that MySQL takes by default.
		r.One.Parts[0] = strings.Replace(r.One.Parts[0], "FORMAT = 'row' ", "", 1)
	}
	return err
}
