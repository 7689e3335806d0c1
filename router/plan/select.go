package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// selectStmt plans a SELECT: proven to one group it goes there as it is;
// for several groups it is rewritten and merged.
func (b *builder) selectStmt(s *ast.SelectStmt) (Op, error) {
	holes := b.replaceSessionFunctions(s)
	root, err := b.enterSelect(s, nil, false)
	if err != nil {
		return nil, err
	}
	target, roots := b.target()
	r := &Route{Target: target, Access: b.access()}
	if len(target.Parts) == 0 {
		r.Target = b.tablelessTarget()
	}
	if holes {
		if r.One, err = b.template(s); err != nil {
			return nil, err
		}
		if len(roots) > 0 && severalShards(target) {
			r.Refusal = "a function of the session is used in a query over several shards"
		}
		return r, nil
	}
	if severalShards(target) {
		b.scatterSelect(r, s, root, roots)
	}
	return r, nil
}

func (b *builder) access() Access {
	if b.locking {
		return AccessLock
	}
	return AccessRead
}

// tablelessTarget is any group that can evaluate expressions, or answer for
// information_schema: the current keyspace's first, so that DATABASE() is right.
func (b *builder) tablelessTarget() Target {
	if ks := b.snapshot.Keyspaces[b.in.Keyspace]; ks != nil {
		return Target{Parts: []Part{{Keyspace: ks, Mode: ModeZero, Why: "no table of a keyspace is read"}}}
	}
	return Target{}
}

// severalShards reports whether some execution may need more than one group.
func severalShards(t Target) bool {
	for i := range t.Parts {
		p := &t.Parts[i]
		if (p.Mode == ModeKey || p.Mode == ModeAll || p.Mode == ModeCopy) && len(p.Keyspace.Shards) > 1 {
			return true
		}
	}
	return false
}

// setOperation plans UNION, INTERSECT and EXCEPT, which one group answers.
func (b *builder) setOperation(s *ast.SetOprStmt) (Op, error) {
	holes := b.replaceSessionFunctions(s)
	if err := b.enterSetOperation(s, nil); err != nil {
		return nil, err
	}
	target, _ := b.target()
	r := &Route{Target: target, Access: b.access()}
	if len(target.Parts) == 0 {
		r.Target = b.tablelessTarget()
	}
	if holes {
		var err error
		if r.One, err = b.template(s); err != nil {
			return nil, err
		}
	}
	if severalShards(target) {
		r.Refusal = "UNION, INTERSECT and EXCEPT are answered by one shard only; give each arm the same shard key value"
	}
	return r, nil
}

// colocated says why several groups cannot each answer their part of a SELECT,
// or "" if they can.
func (b *builder) colocated(root *block, roots []*ref) string {
	if len(roots) > 1 {
		return "tables " + roots[0].decl.Name + " and " + roots[1].decl.Name + " are on different shards and not joined by their shard keys"
	}
	if len(roots) == 0 {
		return "only reference tables are read"
	}
	anchored := false
	for _, r := range b.refs {
		if r.decl.Kind != topology.KindSharded {
			continue
		}
		if r.inNested() {
			return "sharded table " + r.decl.Name + " is read inside a derived table, a common table expression or a set operation"
		}
		if r.block == root && !r.nullable {
			anchored = true
		}
	}
	if !anchored {
		return "each shard would repeat the rows of reference tables: no sharded table stands on the preserved side of FROM"
	}
	return b.forbidden(root)
}

func (b *builder) forbidden(root *block) string {
	switch {
	case b.scatter.window:
		return "window functions see one shard's rows only"
	case b.scatter.userVar:
		return "user variables are used in it"
	case b.scatter.calcRows:
		return "SQL_CALC_FOUND_ROWS counts one shard's rows only"
	case b.scatter.into:
		return "SELECT … INTO takes one shard's rows"
	case b.scatter.getLock:
		return "the functions of the GET_LOCK family have one home"
	case root.natural && len(root.refs) > 1:
		return "a NATURAL or USING join merges columns"
	case b.system:
		return "it reads a system schema too"
	default:
		return ""
	}
}
