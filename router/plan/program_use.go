package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/topology"
)

// routine finds a procedure or function; nil if there is none.
func (b *builder) routine(ks *topology.Keyspace, kind, name string) *Routine {
	schema := b.in.Schema(ks.Name)
	if schema == nil {
		return nil
	}
	list := schema.Routines[strings.ToLower(name)]
	for i := range list {
		if list[i].Kind == kind {
			return &list[i]
		}
	}
	return nil
}

// callProcedure plans CALL: on a keyspace of several groups one may be called
// whose body can only touch single tables and read reference tables. The group
// of token 0 executes it.
func (b *builder) callProcedure(s *ast.CallStmt) (Op, error) {
	name := s.Procedure.Schema.O
	if name == "" {
		name = b.in.Keyspace
	}
	if ks := b.snapshot.Serving(name); ks != nil && !spread(ks) && name == b.in.Keyspace {
		return b.elsewhere()
	}
	if name == "" {
		return nil, &Refusal{Code: codeNoDatabase, Message: "No database selected"}
	}
	ks, err := b.keyspace(name)
	if err != nil {
		return nil, err
	}
	b.need(ks.Name, topology.GrantWrite)
	b.volatile = true
	if spread(ks) {
		if r := b.routine(ks, "PROCEDURE", s.Procedure.FnName.O); r != nil {
			if j := b.judge(ks, r); j.why != "" {
				return nil, notSupported("CALL %s is not supported on %s, which has %d shards: %s; send its statements one by one", r.Name, ks.Name, len(ks.Shards), j.why)
			}
		}
	}
	if hasNode(s, isSubquery) {
		return nil, notSupported("CALL with a subquery among its arguments is not supported on %s, which has %d shards; select the value first", ks.Name, len(ks.Shards))
	}
	r := &Route{
		Target: Target{Parts: []Part{{Keyspace: ks, Mode: ModeZero, Why: "a procedure that touches no sharded table"}}},
		Access: AccessWrite, MayCommit: true, Pins: "a procedure",
	}
	hasAnywhere(s, func(n ast.Node) bool {
		if v, ok := n.(*ast.VariableExpr); ok && !v.IsSystem {
			r.Sets = append(r.Sets, v.Name)
		}
		return false
	})
	return r, nil
}

// keepVariables has what a statement assigns to user variables known to the
// whole session. Where all of the keyspace is on one group, keeping the
// connection does.
func (b *builder) keepVariables(r *Route) {
	if !b.assigns {
		return
	}
	if ks := b.snapshot.Serving(b.in.Keyspace); ks != nil && spread(ks) {
		r.Sets = assigned(b.in.Stmt)
		return
	}
	r.Pins = "a user variable"
}

// functionAllowed refuses a stored function that would see one shard's rows.
func (b *builder) functionAllowed(f *ast.FuncCallExpr) error {
	name := f.Schema.O
	if name == "" {
		name = b.in.Keyspace
	}
	ks := b.snapshot.Serving(name)
	if ks == nil || !spread(ks) {
		return nil
	}
	r := b.routine(ks, "FUNCTION", f.FnName.O)
	if r == nil {
		return nil // MySQL says that there is none
	}
	j := b.judge(ks, r)
	switch {
	case j.why != "":
		return notSupported("the stored function %s is not supported on %s, which has %d shards: %s; join the tables in the statement itself", r.Name, ks.Name, len(ks.Shards), j.why)
	case j.single || j.writes:
		return notSupported("the stored function %s is not supported on %s, which has %d shards: it touches a single table, which is on one of them; join the table in the statement itself", r.Name, ks.Name, len(ks.Shards))
	}
	return nil
}

// triggersAllowed refuses DML that runs a trigger which would touch rows of
// other shards: one that was made before its tables were spread.
func (b *builder) triggersAllowed() error {
	switch b.in.Stmt.(type) {
	case *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.LoadDataStmt:
	default:
		return nil
	}
	for _, r := range b.refs {
		if r.table == nil || r.keyspace == nil || !spread(r.keyspace) {
			continue
		}
		for i := range r.table.Triggers {
			if err := b.triggerAllowed(r.keyspace, r.table.Name, &r.table.Triggers[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// triggerAllowed refuses a trigger that is not confined to the row that fires
// it and to what is on every shard; one of a single table may touch others.
func (b *builder) triggerAllowed(ks *topology.Keyspace, table string, r *Routine) error {
	j := b.judge(ks, r)
	decl := ks.Tables[table]
	why := j.why
	switch {
	case why != "":
	case decl == nil || decl.Kind == topology.KindSingle:
	case j.single:
		why = "it touches a single table, which is on one shard"
	case j.writes:
		why = "it writes a table"
	case decl.Kind == topology.KindReference && j.random:
		why = "the copies of a reference table would differ"
	case decl.Kind == topology.KindSharded:
		why = setsKey(decl, r)
	}
	if why == "" {
		return nil
	}
	return notSupported("trigger %s of table %s is not supported on %s, which has %d shards: %s; a trigger may use the row itself and read reference tables",
		r.Name, table, ks.Name, len(ks.Shards), why)
}

// setsKey says that a trigger may give a row another shard key or sequence
// value than the one that it was placed by.
func setsKey(decl *topology.Table, r *Routine) string {
	if !r.Before {
		return ""
	}
	words := parser.Words([]byte(r.Body), r.Mode)
	into := false
	for i, w := range words {
		into = into || strings.EqualFold(w, "INTO")
		if i == 0 || !strings.EqualFold(words[i-1], "NEW") {
			continue
		}
		if keyPosition(decl, w) < 0 && (decl.Sequence == "" || !strings.EqualFold(decl.Sequence, w)) && !uniqueColumn(decl, w) {
			continue
		}
		if into || i+1 < len(words) && (words[i+1] == "=" || words[i+1] == ":") {
			return "it may set " + w + ", by which the row was placed before"
		}
	}
	return ""
}

// eventAllowed allows what does the same done shard by shard, for each shard
// has the event: an UPDATE or DELETE of one table, each row by itself.
func (b *builder) eventAllowed(ks *topology.Keyspace, p *parser.Program) error {
	refuse := func(why string) error {
		return notSupported("event %s is not supported on %s, which has %d shards, each of which would run it: %s; an event may be one UPDATE or DELETE of a table, without LIMIT, subqueries and stored functions",
			p.Name.Name, ks.Name, len(ks.Shards), why)
	}
	text, found := eventBody(p, b.in.Mode)
	if !found {
		return nil // ALTER EVENT of something else than the body
	}
	stmt, err := parser.ParseOne(text, b.in.Mode)
	if err != nil {
		return refuse("its body is not understood")
	}
	switch s := stmt.(type) {
	case *ast.DeleteStmt:
		if s.Limit != nil {
			return refuse("LIMIT counts the rows of all shards together")
		}
	case *ast.UpdateStmt:
		if s.Limit != nil {
			return refuse("LIMIT counts the rows of all shards together")
		}
	default:
		return refuse("it is neither UPDATE nor DELETE")
	}
	inner := &builder{in: b.in, snapshot: b.snapshot, needs: b.needs, seen: map[*ast.TableName]bool{}, matches: map[*ast.MatchAgainst]bool{}}
	inner.in.Stmt, inner.in.Text, inner.in.Keyspace, inner.in.Folded = stmt, text, ks.Name, false
	op, err := inner.build()
	if err != nil {
		return err
	}
	r, ok := op.(*Route)
	switch {
	case !ok || r.One != nil || inner.scatter.program != "" || inner.scatter.random != "" || hasNode(stmt, isSubquery):
		return refuse("it would not do the same on each shard")
	case len(inner.refs) != 1 || inner.refs[0].reference():
		return refuse("it is not about one sharded or single table")
	case r.Refusal != "":
		return refuse(r.Refusal)
	}
	for i := range r.Target.Parts {
		if r.Target.Parts[i].Stored {
			return refuse("rows might have to move")
		}
	}
	return nil
}

func isSubquery(n ast.Node) bool {
	_, is := n.(*ast.SubqueryExpr)
	return is
}

// eventBody is what stands behind DO.
func eventBody(p *parser.Program, mode parser.Mode) (string, bool) {
	at := parser.Find(p.Body, mode, "DO")
	if at < 0 {
		return "", false
	}
	return string(p.Body[at:]), true
}
