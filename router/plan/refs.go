package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// systemSchema reports whether a schema is one of MySQL's own; every group has them.
func systemSchema(name string) bool { return topology.IsSystemSchema(strings.ToLower(name)) }

// enterFrom adds a FROM clause's refs to the block.
func (b *builder) enterFrom(blk *block, from *ast.TableRefsClause) error {
	if from == nil || from.TableRefs == nil {
		return nil
	}
	_, err := b.enterTables(blk, from.TableRefs, blk.scope)
	return err
}

// enterTables adds the refs of one side of a join and returns them.
func (b *builder) enterTables(blk *block, n ast.ResultSetNode, at *scope) ([]*ref, error) {
	switch t := n.(type) {
	case *ast.Join:
		return b.enterJoin(blk, t, at)
	case *ast.TableSource:
		return b.enterSource(blk, t, at)
	default:
		return nil, notSupported("this kind of table expression is not supported; name the table")
	}
}

// enterJoin walks a join. What stands on the side that an outer join may leave
// out, and its ON, is in a scope of its own.
func (b *builder) enterJoin(blk *block, j *ast.Join, at *scope) ([]*ref, error) {
	leftScope, rightScope, on := at, at, at
	switch {
	case j.Right == nil:
	case j.Tp == ast.LeftJoin:
		rightScope = b.newScope(at)
		on = rightScope
	case j.Tp == ast.RightJoin:
		leftScope = b.newScope(at)
		on = leftScope
	}
	left, err := b.enterTables(blk, j.Left, leftScope)
	if err != nil || j.Right == nil {
		return left, err
	}
	right, err := b.enterTables(blk, j.Right, rightScope)
	if err != nil {
		return nil, err
	}
	columns := make([]string, 0, len(j.Using))
	for _, u := range j.Using {
		columns = append(columns, u.Name.L)
	}
	if j.NaturalJoin {
		for _, r := range append(append([]*ref(nil), left...), right...) {
			r.whole = true
		}
		var known bool
		if columns, known = common(left, right); !known {
			blk.unclear = true
		}
	}
	for _, c := range columns {
		b.using(blk, c, left, right, on, j.Tp)
	}
	both := append(append([]*ref(nil), left...), right...)
	if j.On != nil {
		p := place{block: blk, refs: both, scope: on}
		b.conjuncts(j.On.Expr, p)
		if err := b.subqueries(p, j.On.Expr); err != nil {
			return nil, err
		}
	}
	return both, nil
}

// using takes a column that a join merges as an equality. By itself its name
// means the column of the side whose rows are all there.
func (b *builder) using(blk *block, name string, left, right []*ref, on *scope, tp ast.JoinType) {
	l, r := blk.onlyWith(left, name), blk.onlyWith(right, name)
	if l != nil && r != nil {
		b.equalities = append(b.equalities, equality{column{l, name}, column{r, name}, on})
		addLink(l, name, r, name, on)
	}
	if tp == ast.RightJoin {
		blk.merge(name, left)
	} else {
		blk.merge(name, right)
	}
}

func (b *builder) enterSource(blk *block, s *ast.TableSource, at *scope) ([]*ref, error) {
	switch source := s.Source.(type) {
	case *ast.TableName:
		alias := s.AsName.O
		if alias == "" {
			alias = source.Name.O
		}
		r, err := b.tableRef(blk, source, alias, at)
		if err != nil {
			return nil, err
		}
		r.name, r.source = source, s
		return []*ref{r}, nil
	case *ast.Join:
		return b.enterJoin(blk, source, at)
	}
	if q, ok := mergeable(s); ok {
		r, err := b.enterMergeable(blk, s, q, at)
		return []*ref{r}, err
	}
	names := blk.names
	if s.Lateral {
		names = blk
	}
	if err := b.query(s.Source, blk, names, at); err != nil {
		return nil, err
	}
	return []*ref{blk.add(&ref{alias: s.AsName.O}, at)}, nil
}

func (blk *block) add(r *ref, at *scope) *ref {
	r.block, r.scope, r.class, r.head = blk, at, r, at
	blk.refs = append(blk.refs, r)
	return r
}

// tableRef adds one named table to the block.
func (b *builder) tableRef(blk *block, t *ast.TableName, alias string, at *scope) (*ref, error) {
	b.seen[t] = true
	r := &ref{alias: alias}
	if b.in.Functions[t.Name.O] != "" || t.Schema.L == "" && blk.isCTE(t.Name.O) {
		return blk.add(r, at), nil
	}
	name := t.Schema.O
	if name == "" {
		name = b.in.Keyspace
	}
	switch {
	case name == "":
		return nil, &Refusal{Code: codeNoDatabase, Message: "No database selected"}
	case systemSchema(name):
		if err := b.systemRef(name, t.Name.O); err != nil {
			return nil, err
		}
		return blk.add(r, at), nil
	}
	ks, err := b.keyspace(name)
	if err != nil {
		return nil, err
	}
	b.needOn(ks, t.Name.O, topology.GrantRead)
	r.keyspace = ks
	if schema := b.in.Schema(ks.Name); schema != nil {
		r.table = schema.Tables[t.Name.O]
	}
	if r.decl = ks.Tables[t.Name.O]; r.decl == nil {
		r.decl = &topology.Table{Name: t.Name.O, Kind: topology.KindSingle}
	}
	if strings.HasPrefix(t.Name.L, topology.HiddenPrefix) {
		return nil, ownTableDenied(r.decl.Name)
	}
	if r.table != nil && r.table.View && len(ks.Shards) > 1 {
		return nil, notSupported("view %s.%s cannot be used: %s has %d shards, and views over several shards are not supported; query its tables", ks.Name, t.Name.O, ks.Name, len(ks.Shards))
	}
	b.refs = append(b.refs, r)
	return blk.add(r, at), nil
}

func (blk *block) isCTE(name string) bool {
	for ; blk != nil; blk = blk.outer {
		if blk.ctes[name] {
			return true
		}
	}
	return false
}

// sameTable reports whether two references name one table. An undeclared table
// has a declaration made up for each.
func (r *ref) sameTable(o *ref) bool {
	return r.decl != nil && o.decl != nil && r.keyspace == o.keyspace && r.decl.Name == o.decl.Name
}

func (r *ref) single() bool    { return r.decl != nil && r.decl.Kind == topology.KindSingle }
func (r *ref) sharded() bool   { return r.decl != nil && r.decl.Kind == topology.KindSharded }
func (r *ref) reference() bool { return r.decl != nil && r.decl.Kind == topology.KindReference }
