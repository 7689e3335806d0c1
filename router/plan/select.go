package plan

import (
	"slices"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// selectStmt plans a SELECT: proven to one group it goes there as it is;
// for several groups it is rewritten and merged.
func (b *builder) selectStmt(s *ast.SelectStmt) (Op, error) {
	holes := b.replaceSessionFunctions(s)
	root := b.newBlock(nil, nil, nil)
	if err := b.enterSelect(s, root); err != nil {
		return nil, err
	}
	r, roots, err := b.read(s, holes)
	if err != nil || r == nil {
		return r, err
	}
	if severalGroups(r.Target) {
		b.scatterSelect(r, s, root, roots)
	}
	b.gatherFor(r)
	if r.Gather != nil && severalGroups(r.Target) && len(roots) == 1 {
		r.Partial, _ = b.partial()
	}
	return r, nil
}

// gatherFor plans how rows are collected for what several groups cannot answer
// otherwise. What stands in the way of that is the better refusal.
func (b *builder) gatherFor(r *Route) {
	if r.Scatter != nil || !severalGroups(r.Target) && r.Target.Apart == "" {
		return
	}
	var reason string
	if r.Gather, reason = b.gather(); reason != "" {
		r.Refusal = reason
		return
	}
	r.FixClock = r.Gather.FixClock
	if r.Refusal == "" {
		r.Refusal = r.Target.Apart
	}
}

// do plans DO, which is a SELECT whose values nobody sees.
func (b *builder) do(s *ast.DoStmt) (Op, error) {
	holes := b.replaceSessionFunctions(s)
	root := b.newBlock(nil, nil, nil)
	for _, e := range s.Exprs {
		if err := b.subqueries(root.place(), e); err != nil {
			return nil, err
		}
	}
	r, _, err := b.read(s, holes)
	if err == nil && r.Refusal == "" && severalGroups(r.Target) {
		r.Refusal = "DO with rows of several shards is not supported; give the shard key"
	}
	return r, err
}

// setOperation plans UNION, INTERSECT and EXCEPT, which one group answers.
func (b *builder) setOperation(s *ast.SetOprStmt) (Op, error) {
	holes := b.replaceSessionFunctions(s)
	if err := b.query(s, nil, nil, nil); err != nil {
		return nil, err
	}
	r, roots, err := b.read(s, holes)
	if err != nil {
		return nil, err
	}
	if severalGroups(r.Target) && len(roots) < 2 {
		r.Refusal = "UNION, INTERSECT and EXCEPT over several shards need all rows in one place"
	}
	b.gatherFor(r)
	return r, nil
}

// read is the route of a query whose tables have been entered.
func (b *builder) read(s ast.Node, holes bool) (*Route, []*ref, error) {
	if b.overlooked(s) {
		r, err := b.elsewhere()
		return r, nil, err
	}
	target, roots := b.target()
	r := &Route{Target: target, Pins: b.pins, MayWrite: b.scatter.program != "" || slices.ContainsFunc(b.refs, isView)}
	if b.locking || b.assigns {
		r.Access = AccessLock
	}
	b.keepVariables(r)
	if len(target.Parts) == 0 {
		r.Target = b.tablelessTarget()
	}
	if parts := r.Target.Parts; r.Access == AccessLock && len(parts) == 1 && parts[0].Mode == ModeAny {
		parts[0].Mode, parts[0].Why = ModeZero, "locks on a reference table are taken on one copy, always the same"
	}
	if holes || b.confined > 0 || b.in.again != nil {
		var err error
		if r.One, err = b.whole(); err != nil {
			return nil, nil, err
		}
		r.Numbers = b.numbers
	}
	r.Refusal = b.apart(roots)
	return r, roots, nil
}

// isView reports whether a reference names a view, whose text may call stored
// functions.
func isView(r *ref) bool { return r.table != nil && r.table.View }

// tablelessTarget is any group that can evaluate expressions, or answer for
// information_schema: the current keyspace's first, so that DATABASE() is right.
func (b *builder) tablelessTarget() Target {
	if ks := b.snapshot.Serving(b.in.Keyspace); ks != nil {
		why := "no table of a keyspace is read"
		if b.system {
			why = "every shard has the keyspace's whole schema"
		}
		return Target{Parts: []Part{{Keyspace: ks, Mode: ModeZero, Why: why}}}
	}
	return Target{}
}

// severalGroups reports whether some execution may need more than one group.
func severalGroups(t Target) bool {
	for i := range t.Parts {
		p := &t.Parts[i]
		if (p.Mode == ModeKey || p.Mode == ModeAll || p.Mode == ModeCopy) && spread(p.Keyspace) {
			return true
		}
	}
	return false
}

// colocated says why several groups cannot each answer their part of a
// statement, or "" if they can: every row of the root block belongs to one
// shard, and all that it is made of is there.
func (b *builder) colocated(root *block, roots []*ref) string {
	if reason := b.apart(roots); reason != "" {
		return reason
	}
	if len(roots) == 0 {
		return "only reference tables are read" // any shard answers; never said
	}
	class := roots[0]
	if class.head != root.scope {
		for _, r := range root.refs {
			if r.sharded() {
				return "table " + r.decl.Name + " stands on the optional side of an outer join, so that each shard would repeat the other side's rows; turn the join around, or give the shard key"
			}
		}
		return "table " + class.decl.Name + ", which has rows on several shards, is read inside a derived table, a common table expression or a subquery, and each shard would compute that from its own rows alone; give its shard key there, or compare it with the shard key of a table outside"
	}
	return b.forbidden()
}

// apart says why tables of several classes do not meet, or are without a reference
// table of another keyspace on some group, or "" if neither is so.
func (b *builder) apart(roots []*ref) string {
	if reason := apart(roots); reason != "" {
		return reason
	}
	var common []string
	for _, r := range append(slices.Clone(roots), b.refs...) {
		if r.reference() && len(roots) > 0 && r.keyspace == roots[0].keyspace {
			continue
		}
		groups := r.keyspace.Groups()
		switch {
		case common == nil:
			common = groups
		case len(roots) == 0:
			common = intersect(common, groups)
		case r.reference() && len(intersect(common, groups)) < len(common):
			return "reference table " + r.decl.Name + " of keyspace " + r.keyspace.Name + " is not on all groups of " + roots[0].keyspace.Name
		}
	}
	if len(b.refs) > 0 && len(common) == 0 {
		return "its reference tables are in keyspaces without a common group"
	}
	return ""
}

// apart says why tables of several classes do not meet, or "" if there is one
// class at most.
func apart(roots []*ref) string {
	if len(roots) < 2 || together(roots) {
		return ""
	}
	a, z := roots[0], roots[1]
	if a.single() {
		a, z = z, a
	}
	both := "tables " + a.decl.Name + " and " + z.decl.Name
	if a.keyspace != z.keyspace {
		return both + " are in the keyspaces " + a.keyspace.Name + " and " + z.keyspace.Name + ", whose rows are spread independently; query them one after the other"
	}
	switch {
	case a.single():
		return both + " live on different groups; query them one after the other"
	case z.single():
		return z.decl.Name + " is a single table, whose rows are on one shard, and " + a.decl.Name + " has rows on several; declare " + z.decl.Name + " a reference table, give a shard key that lives there, or query them one after the other"
	default:
		return both + " are not joined by their whole shard keys (" + keyNames(a) + " and " + keyNames(z) + "), so that their rows may be on different shards; join them by those, or give one key value to both"
	}
}

// together reports whether all tables are on one group, whatever their keys.
func together(roots []*ref) bool {
	for _, r := range roots {
		if spread(r.keyspace) || r.keyspace.Shards[0].Group != roots[0].keyspace.Shards[0].Group {
			return false
		}
	}
	return true
}

// forbidden names what each shard would answer otherwise than one server.
func (b *builder) forbidden() string {
	facts := &b.scatter
	switch {
	case facts.window:
		return "window functions would see one shard's rows only; give the shard key"
	case facts.userVar:
		return "it uses user variables, and each connection has its own; write the value instead"
	case facts.calcRows:
		return "SQL_CALC_FOUND_ROWS would count one shard's rows only; run SELECT COUNT(*) instead"
	case facts.into:
		return "SELECT … INTO would take one shard's rows only; give the shard key"
	case facts.getLock:
		return "the functions of the GET_LOCK family must run on one server; call them in a statement of their own"
	case facts.setsID:
		return "LAST_INSERT_ID(expression) belongs to one connection; give the shard key"
	case facts.outerAggregate:
		return "an aggregate inside a subquery belongs to the query around it, or may; write the aggregate outside of the subquery"
	case facts.relevance:
		return "the relevance of MATCH … AGAINST is computed from one shard's rows; use MATCH as a condition alone, or give the shard key"
	case facts.seeded:
		return "the values of RAND(seed) depend on the order of all rows; use RAND()"
	case facts.nestedRandom:
		return upper(facts.random) + "() in a subquery would give each shard a value of its own; compute the value first"
	case facts.anyRows:
		return "LIMIT without ORDER BY in a derived table may choose other rows on each shard; add ORDER BY with a unique column"
	case facts.program != "":
		return "the stored function " + facts.program + " would see one shard's rows only; give the shard key"
	case b.system:
		return "it joins a system schema, which is each server's own; query it by itself"
	default:
		return ""
	}
}
