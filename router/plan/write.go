package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// update plans an UPDATE of one table or several.
func (b *builder) update(s *ast.UpdateStmt) (Op, error) {
	root := &block{}
	if err := b.enterWith(root, s.With); err != nil {
		return nil, err
	}
	if err := b.enterFrom(root, s.TableRefs); err != nil {
		return nil, err
	}
	for _, a := range s.List {
		if err := b.subqueries(root, a.Expr); err != nil {
			return nil, err
		}
	}
	if err := b.writeConditions(root, s.Where, s.Order); err != nil {
		return nil, err
	}
	var written []*ref
	for _, a := range s.List {
		r, name := b.resolve(a.Column, root)
		if r == nil || r.decl == nil {
			if r = firstBase(root); r == nil {
				continue
			}
		}
		written = append(written, r)
		if keyPosition(r.decl, name) >= 0 && len(r.keyspace.Shards) > 1 {
			return nil, notSupported("UPDATE of the shard key column %s.%s is not supported: the row would have to move to another shard; delete it and insert it anew", r.decl.Name, name)
		}
	}
	return b.write(s, root, written, "UPDATE", s.Limit != nil)
}

func firstBase(blk *block) *ref {
	for _, r := range blk.refs {
		if r.decl != nil {
			return r
		}
	}
	return nil
}

// deleteStmt plans a DELETE from one table or several.
func (b *builder) deleteStmt(s *ast.DeleteStmt) (Op, error) {
	root := &block{}
	if err := b.enterWith(root, s.With); err != nil {
		return nil, err
	}
	if err := b.enterFrom(root, s.TableRefs); err != nil {
		return nil, err
	}
	if err := b.writeConditions(root, s.Where, s.Order); err != nil {
		return nil, err
	}
	var written []*ref
	if s.Tables == nil {
		written = root.refs
	} else {
		for _, t := range s.Tables.Tables {
			for _, r := range root.refs {
				if r.alias == t.Name.O || (r.decl != nil && r.decl.Name == t.Name.O) {
					written = append(written, r)
				}
			}
		}
	}
	return b.write(s, root, written, "DELETE", s.Limit != nil)
}

func (b *builder) writeConditions(root *block, where ast.ExprNode, order *ast.OrderByClause) error {
	if where != nil {
		b.conjuncts(where, condition{block: root})
		if err := b.subqueries(root, where); err != nil {
			return err
		}
	}
	if order != nil {
		return b.subqueries(root, order)
	}
	return nil
}

// write makes the route of an UPDATE or DELETE.
func (b *builder) write(s ast.Node, root *block, written []*ref, verb string, limited bool) (Op, error) {
	copies := false
	for _, r := range written {
		if r.keyspace == nil {
			continue
		}
		b.need(r.keyspace.Name, topology.GrantWrite)
		if r.decl.Kind == topology.KindReference {
			copies = true
		}
	}
	holes := b.replaceSessionFunctions(s)
	target, roots := b.target()
	r := &Route{Target: target, Access: AccessWrite, FixClock: b.scatter.clock}
	if holes {
		var err error
		if r.One, err = b.template(s); err != nil {
			return nil, err
		}
	}
	if copies {
		return b.writeCopies(r, roots, verb, limited)
	}
	if len(target.Parts) == 0 {
		return nil, notSupported("%s names no table of a keyspace", verb)
	}
	if !severalShards(target) {
		return r, nil
	}
	reason := b.colocated(root, roots)
	if reason == "" && limited {
		reason = "LIMIT counts the rows of all shards together; give the shard key, or run it per key"
	}
	if reason != "" {
		r.Refusal = reason
		return r, nil
	}
	r.Scatter = &Scatter{Text: r.One}
	return r, nil
}

// writeCopies sends a change of a reference table to every shard, if it does
// the same on each.
func (b *builder) writeCopies(r *Route, roots []*ref, verb string, limited bool) (Op, error) {
	ks := r.Target.Parts[0].Keyspace
	if len(ks.Shards) == 1 {
		return r, nil
	}
	switch {
	case len(roots) > 0:
		return nil, notSupported("%s of a reference table with a condition on table %s is not supported: each shard sees other rows of it; read the keys first", verb, roots[0].decl.Name)
	case b.scatter.randomness != "":
		return nil, notSupported("%s of a reference table with %s() is not supported: the copies would differ; give the value itself", verb, b.scatter.randomness)
	case limited:
		return nil, notSupported("%s of a reference table with LIMIT is not supported: the copies could differ; give a condition that says which rows", verb)
	}
	r.Target = Target{Parts: []Part{{Keyspace: ks, Mode: ModeCopy, Why: "every shard holds a copy of a reference table"}}}
	r.Scatter = &Scatter{Text: r.One, Copies: true}
	return r, nil
}
