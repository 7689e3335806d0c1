package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// ref is one reference to a table: the same table named twice is two refs.
type ref struct {
	block *block
	alias string
	// keyspace is nil for a derived table, a CTE or a system schema's table.
	keyspace *topology.Keyspace
	decl     *topology.Table
	table    *Table // nil if the schema does not know it
	// nullable: an outer join may fill the ref's columns with NULL.
	nullable bool
	// class is the union-find parent; a root points to itself.
	class *ref
	// consts and joinConsts hold, for each key column, the values that it may
	// have. consts come from WHERE and inner joins and hold for the class;
	// joinConsts from the outer join that fills the ref, and hold for it alone.
	consts, joinConsts [][]Operand
}

// block is one SELECT (or UPDATE, DELETE) with its own FROM.
type block struct {
	outer *block
	refs  []*ref
	ctes  map[string]bool
	// nested: the block's rows are a table of another block.
	nested bool
	// natural: NATURAL joins or USING make unqualified names ambiguous to us.
	natural bool
}

// link says that two refs' columns are equal wherever both matter.
type link struct {
	a, b       *ref
	colA, colB int // positions in the refs' shard keys
}

// systemSchemas are MySQL's own; every group has them.
func systemSchema(name string) bool {
	switch name {
	case "information_schema", "performance_schema", "mysql", "sys":
		return true
	default:
		return false
	}
}

// enterFrom adds a FROM clause's refs to the block.
func (b *builder) enterFrom(blk *block, from *ast.TableRefsClause) error {
	if from == nil || from.TableRefs == nil {
		return nil
	}
	_, err := b.enterTables(blk, from.TableRefs)
	return err
}

// enterTables adds the refs of one side of a join and returns them.
func (b *builder) enterTables(blk *block, n ast.ResultSetNode) ([]*ref, error) {
	switch t := n.(type) {
	case *ast.Join:
		return b.enterJoin(blk, t)
	case *ast.TableSource:
		return b.enterSource(blk, t)
	case *ast.TableName:
		r, err := b.tableRef(blk, t, t.Name.O)
		return []*ref{r}, err
	default:
		return nil, b.nestedQuery(blk, n)
	}
}

func (b *builder) enterJoin(blk *block, j *ast.Join) ([]*ref, error) {
	left, err := b.enterTables(blk, j.Left)
	if err != nil || j.Right == nil {
		return left, err
	}
	right, err := b.enterTables(blk, j.Right)
	if err != nil {
		return nil, err
	}
	both := append(append([]*ref(nil), left...), right...)
	var filled []*ref
	switch j.Tp {
	case ast.LeftJoin:
		filled = right
	case ast.RightJoin:
		filled = left
	case ast.CrossJoin:
	}
	for _, r := range filled {
		r.nullable = true
	}
	if j.NaturalJoin {
		blk.natural = true
	}
	for _, u := range j.Using {
		blk.natural = true
		b.linkUsing(u.Name.L, left, right, filled)
	}
	if j.On != nil {
		if err := b.subqueries(blk, j.On.Expr); err != nil {
			return nil, err
		}
		b.conjuncts(j.On.Expr, condition{block: blk, filled: filled, outer: filled != nil})
	}
	return both, nil
}

// linkUsing treats USING (c) as equality where each side has one table with c.
func (b *builder) linkUsing(column string, left, right, filled []*ref) {
	l, r := onlyWith(left, column), onlyWith(right, column)
	if l != nil && r != nil {
		b.addLink(l, column, r, column, condition{filled: filled, outer: filled != nil})
	}
}

func onlyWith(refs []*ref, column string) *ref {
	var one *ref
	for _, r := range refs {
		if r.table == nil || r.table.Column(column) >= 0 {
			if one != nil || r.table == nil {
				return nil
			}
			one = r
		}
	}
	return one
}

func (b *builder) enterSource(blk *block, s *ast.TableSource) ([]*ref, error) {
	if name, ok := s.Source.(*ast.TableName); ok {
		alias := s.AsName.O
		if alias == "" {
			alias = name.Name.O
		}
		r, err := b.tableRef(blk, name, alias)
		return []*ref{r}, err
	}
	if join, ok := s.Source.(*ast.Join); ok {
		return b.enterJoin(blk, join)
	}
	if err := b.nestedQuery(blk, s.Source); err != nil {
		return nil, err
	}
	r := &ref{block: blk, alias: s.AsName.O}
	r.class = r
	blk.refs = append(blk.refs, r)
	return []*ref{r}, nil
}

// tableRef adds one named table to the block.
func (b *builder) tableRef(blk *block, t *ast.TableName, alias string) (*ref, error) {
	r := &ref{block: blk, alias: alias}
	r.class = r
	if t.Schema.L == "" && blk.isCTE(t.Name.O) {
		blk.refs = append(blk.refs, r)
		return r, nil
	}
	if systemSchema(t.Schema.L) || (t.Schema.L == "" && systemSchema(b.in.Keyspace)) {
		return b.systemRef(blk, r, t)
	}
	name := t.Schema.O
	if name == "" {
		name = b.in.Keyspace
	}
	if name == "" {
		return nil, &Refusal{Code: codeNoDatabase, Message: "No database selected"}
	}
	ks, err := b.keyspace(name)
	if err != nil {
		return nil, err
	}
	b.need(ks.Name, topology.GrantRead)
	r.keyspace, r.table = ks, nil
	if schema := b.in.Schema(ks.Name); schema != nil {
		r.table = schema.Tables[t.Name.O]
	}
	if r.decl = ks.Tables[t.Name.O]; r.decl == nil {
		r.decl = &topology.Table{Name: t.Name.O, Kind: topology.KindSingle}
	}
	if r.table != nil && r.table.View && len(ks.Shards) > 1 {
		return nil, notSupported("view %s.%s cannot be used: %s has %d shards and views over several shards are not supported; query its tables", ks.Name, t.Name.O, ks.Name, len(ks.Shards))
	}
	r.consts = make([][]Operand, len(r.decl.ShardKey))
	r.joinConsts = make([][]Operand, len(r.decl.ShardKey))
	b.refs = append(b.refs, r)
	blk.refs = append(blk.refs, r)
	return r, nil
}

// systemRef adds a table of MySQL's own schemas. Those that describe the
// logical database may be read; the ones that hold accounts may not.
func (b *builder) systemRef(blk *block, r *ref, t *ast.TableName) (*ref, error) {
	schema := t.Schema.L
	if schema == "" {
		schema = b.in.Keyspace
	}
	if schema == "mysql" || schema == "sys" {
		return nil, &Refusal{Code: codeAccessDenied, Message: "SELECT command denied for table '" + t.Name.O + "': the schema " + schema + " is each server's own; ask the server itself"}
	}
	b.system = true
	blk.refs = append(blk.refs, r)
	return r, nil
}

func (blk *block) isCTE(name string) bool {
	for ; blk != nil; blk = blk.outer {
		if blk.ctes[name] {
			return true
		}
	}
	return false
}

// find returns the root of the ref's class.
func (r *ref) find() *ref {
	for r.class != r {
		r.class = r.class.class
		r = r.class
	}
	return r
}

// inNested reports whether the ref's rows reach the statement's answer through
// a derived table, a CTE or an arm of a set operation.
func (r *ref) inNested() bool {
	for blk := r.block; blk != nil; blk = blk.outer {
		if blk.nested {
			return true
		}
	}
	return false
}
