package plan

import (
	"errors"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// change is an UPDATE or DELETE on its way to a route.
type change struct {
	stmt    ast.Node
	verb    string
	root    *block
	written []*ref
	limited bool
	// stored is set if the statement assigns a whole shard key of known values.
	stored *Part
	// moved are the tables whose shard key is assigned, moves why their rows
	// cannot stay where they are; empty if Groups can see that they do.
	moved map[*ref]bool
	moves string
}

// update plans an UPDATE of one table or several.
func (b *builder) update(s *ast.UpdateStmt) (Op, error) {
	holes := b.replaceSessionFunctions(s)
	c := change{stmt: s, verb: "UPDATE", root: b.newBlock(nil, nil, nil), limited: s.Limit != nil}
	if err := b.enterWith(c.root, s.With); err != nil {
		return nil, err
	}
	if err := b.enterFrom(c.root, s.TableRefs); err != nil {
		return nil, err
	}
	for _, a := range s.List {
		if err := b.subqueries(c.root.place(), a.Expr); err != nil {
			return nil, err
		}
	}
	if err := b.writeConditions(c.root, s.Where, s.Order); err != nil {
		return nil, err
	}
	if err := b.assignments(&c, s); err != nil {
		return nil, err
	}
	return b.write(c, holes)
}

// assignments finds the tables that an UPDATE changes. An assignment to a
// shard key is allowed if its value is known, for then Groups can see whether
// the row stays where it is: many libraries write all columns of a row.
func (b *builder) assignments(c *change, s *ast.UpdateStmt) error {
	keys := map[*ref][][]Operand{}
	c.moved = map[*ref]bool{}
	for _, a := range s.List {
		r := resolve(a.Column, c.root.place())
		if r == nil {
			var err error
			if r, err = b.assignedTo(c.root, a.Column); err != nil {
				return err
			}
		}
		if r == nil || r.decl == nil {
			continue // MySQL says what is wrong with it
		}
		c.written = append(c.written, r)
		if len(r.keyspace.Shards) == 1 {
			continue
		}
		if r.sharded() && strings.EqualFold(r.decl.Sequence, a.Column.Name.O) && keyPosition(r.decl, a.Column.Name.L) < 0 && !r.decl.UniqueShard {
			return notSupported("UPDATE of the AUTO_INCREMENT column %s.%s is not supported: each shard knows only its own rows, so that two could get one value; delete the row and insert it anew", r.decl.Name, a.Column.Name.O)
		}
		i := keyPosition(r.decl, a.Column.Name.L)
		if i < 0 {
			continue
		}
		op, literal := b.operand(a.Expr)
		c.moved[r] = true
		if !literal {
			c.moves = "the shard key column " + r.decl.Name + "." + a.Column.Name.O + " gets the value of an expression"
			continue
		}
		if keys[r] == nil {
			keys[r] = make([][]Operand, len(r.decl.ShardKey))
		}
		keys[r][i] = []Operand{op}
	}
	for _, r := range c.written {
		values, assigned := keys[r]
		if !assigned {
			continue
		}
		if !complete(values) || len(keys) > 1 {
			c.moves = "a part of the shard key of " + r.decl.Name + " is assigned"
			continue
		}
		c.stored = &Part{Keyspace: r.keyspace, Mode: ModeKey, Key: r.decl.ShardKey, Values: values, Stored: true, Why: "the row must stay on its group under the shard key that it is given"}
	}
	return nil
}

// assignedTo is the table of an assignment that is not resolved: the only one
// there is. Guessing among several could miss a copy or a shard key.
func (b *builder) assignedTo(root *block, column *ast.ColumnName) (*ref, error) {
	if len(root.refs) == 1 {
		return root.refs[0], nil
	}
	for _, r := range root.refs {
		if r.keyspace != nil && spread(r.keyspace) {
			return nil, notSupported("which table the assigned column %s belongs to is not known here; write its table before it", column.Name.O)
		}
	}
	return firstBase(root), nil
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
	holes := b.replaceSessionFunctions(s)
	c := change{stmt: s, verb: "DELETE", root: b.newBlock(nil, nil, nil), limited: s.Limit != nil}
	if err := b.enterWith(c.root, s.With); err != nil {
		return nil, err
	}
	if err := b.enterFrom(c.root, s.TableRefs); err != nil {
		return nil, err
	}
	if err := b.writeConditions(c.root, s.Where, s.Order); err != nil {
		return nil, err
	}
	if s.Tables == nil {
		c.written = c.root.refs
		return b.write(c, holes)
	}
	for _, t := range s.Tables.Tables {
		b.seen[t] = true
		for _, r := range c.root.refs {
			if r.alias == t.Name.O || (r.decl != nil && r.decl.Name == t.Name.O) {
				c.written = append(c.written, r)
			}
		}
	}
	return b.write(c, holes)
}

func (b *builder) writeConditions(root *block, where ast.ExprNode, order *ast.OrderByClause) error {
	if where != nil {
		b.conjuncts(where, root.place())
		b.booleanMatches(where)
		if err := b.subqueries(root.place(), where); err != nil {
			return err
		}
	}
	if order != nil {
		return b.subqueries(root.place(), order)
	}
	return nil
}

// write makes the route of an UPDATE or DELETE.
func (b *builder) write(c change, holes bool) (Op, error) {
	var copied *ref
	if len(c.written) == 0 {
		c.written = c.root.refs // MySQL says what is wrong; who may not write need not know
	}
	for _, r := range c.written {
		if r.keyspace == nil {
			continue
		}
		b.needOn(r.keyspace, r.decl.Name, topology.GrantWrite)
		if r.reference() {
			copied = r
		}
	}
	if b.overlooked(c.stmt) {
		return b.elsewhere()
	}
	target, roots := b.target()
	if c.stored != nil {
		target.Parts = append(target.Parts, *c.stored)
	}
	r := &Route{Target: target, Access: AccessWrite, Pins: b.pins}
	b.keepVariables(r)
	if holes || b.confined > 0 {
		var err error
		if r.One, err = b.whole(); err != nil {
			return nil, err
		}
		r.Numbers = b.numbers
	}
	switch {
	case c.moves != "" && b.spreadMoved(&c):
		return b.onlyChosen(&c, c.moves)
	case copied != nil && spread(copied.keyspace):
		op, err := b.writeCopies(r, c, roots, copied)
		if refused := (*Refusal)(nil); errors.As(err, &refused) {
			return b.onlyChosen(&c, refused.Message)
		}
		return op, err
	case len(target.Parts) == 0:
		return nil, &Refusal{Code: codeTableDenied, Message: c.verb + " command denied: it names no table of a keyspace; MySQL's own schemas are each server's"}
	case !severalGroups(target):
		if r.Refusal = b.apart(roots); r.Refusal != "" {
			b.otherwise(r, &c)
		}
		return r, nil
	}
	switch r.Refusal = b.colocated(c.root, roots); {
	case r.Refusal != "":
		b.otherwise(r, &c)
	case c.limited:
		r.Refusal = "LIMIT counts the rows of all shards together; give the shard key, or run it key by key"
		b.otherwise(r, &c)
	default:
		if c.stored != nil {
			b.otherwise(r, &c)
		}
		r.Scatter, r.FixClock = &Scatter{Text: r.One}, true
	}
	return r, nil
}

// otherwise has the rows chosen by a SELECT where one group does not have all
// of them; what forbids that is added to the refusal.
func (b *builder) otherwise(r *Route, c *change) {
	chosen, reason := b.chosen(c)
	if reason != "" {
		if r.Refusal != "" {
			r.Refusal += "; nor can its rows be chosen first: " + reason
		}
		return
	}
	r.Otherwise = chosen
}

// onlyChosen plans a change that no group can carry out as it is written.
func (b *builder) onlyChosen(c *change, why string) (Op, error) {
	chosen, reason := b.chosen(c)
	if reason != "" {
		return nil, notSupported("%s; nor can its rows be chosen first: %s", why, reason)
	}
	return chosen, nil
}

// spreadMoved reports whether rows whose shard key changes may change their group.
func (b *builder) spreadMoved(c *change) bool {
	for r := range c.moved {
		if spread(r.keyspace) {
			return true
		}
	}
	return false
}

// writeCopies sends a change of a reference table to every shard, if it does
// the same on each.
func (b *builder) writeCopies(r *Route, c change, roots []*ref, copied *ref) (Op, error) {
	facts := &b.scatter
	what := c.verb + " of reference table " + copied.decl.Name
	switch {
	case len(roots) > 0:
		return nil, notSupported("%s with a condition on table %s is not supported: each shard sees other rows of it; read the keys first", what, roots[0].decl.Name)
	case facts.random != "":
		return nil, notSupported("%s with %s() is not supported: the copies would differ; give the value itself", what, upper(facts.random))
	case facts.userVar:
		return nil, notSupported("%s with user variables is not supported: each connection has its own; write the value instead", what)
	case facts.program != "":
		return nil, notSupported("%s with the stored function %s is not supported: the copies could differ; compute the value first", what, facts.program)
	case facts.getLock || b.system:
		return nil, notSupported("%s with what is each server's own is not supported: the copies would differ; read it first", what)
	case c.limited || facts.anyRows:
		return nil, notSupported("%s with LIMIT is not supported: the copies could differ; give a condition that says which rows", what)
	}
	for _, other := range c.written {
		if other.reference() && other.keyspace != copied.keyspace {
			return nil, notSupported("%s and of %s in another keyspace at once is not supported; change one after the other", what, other.decl.Name)
		}
	}
	target := Target{Parts: []Part{{Keyspace: copied.keyspace, Mode: ModeCopy, Why: "every shard holds a copy of reference table " + copied.decl.Name}}}
	for _, p := range r.Target.Parts {
		if p.Keyspace != copied.keyspace {
			target.Parts = append(target.Parts, p) // reference tables that are read
		}
	}
	r.Target, r.Scatter, r.FixClock = target, &Scatter{Text: r.One, Copies: true}, true
	return r, nil
}
