package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/topology"
)

// insert plans INSERT and REPLACE.
func (b *builder) insert(s *ast.InsertStmt) (Op, error) {
	root := &block{}
	if err := b.enterFrom(root, s.Table); err != nil {
		return nil, err
	}
	if len(root.refs) != 1 || root.refs[0].keyspace == nil {
		return nil, notSupported("INSERT takes one table of a keyspace")
	}
	into := root.refs[0]
	b.need(into.keyspace.Name, topology.GrantWrite)
	for _, row := range s.Lists {
		for _, e := range row {
			if err := b.subqueries(root, e); err != nil {
				return nil, err
			}
		}
	}
	for _, a := range s.OnDuplicate {
		if err := b.subqueries(root, a.Expr); err != nil {
			return nil, err
		}
	}
	if s.Select != nil {
		if err := b.nestedQuery(&block{}, s.Select); err != nil {
			return nil, err
		}
	}
	if len(into.keyspace.Shards) == 1 || into.decl.Kind == topology.KindSingle || into.table == nil {
		return b.insertWhole(s, into)
	}
	return b.insertRows(s, into)
}

// insertWhole plans an INSERT that one group takes as it is.
func (b *builder) insertWhole(s *ast.InsertStmt, into *ref) (Op, error) {
	r := &Route{Access: AccessWrite}
	if b.replaceSessionFunctions(s) {
		var err error
		if r.One, err = b.template(s); err != nil {
			return nil, err
		}
	}
	r.Target, _ = b.target()
	if into.table == nil && into.decl.Kind != topology.KindSingle {
		r.Target = Target{Parts: []Part{{Keyspace: into.keyspace, Mode: ModeZero, Why: "the table is not known; MySQL says so"}}}
	}
	if severalShards(r.Target) {
		r.Refusal = "INSERT … SELECT from rows of several shards is not supported; select the rows first and insert them with VALUES"
	}
	return r, nil
}

// insertRows plans an INSERT whose rows are placed one by one.
func (b *builder) insertRows(s *ast.InsertStmt, into *ref) (Op, error) {
	name := into.decl.Name
	switch {
	case s.Select != nil:
		return nil, notSupported("INSERT … SELECT into %s, which has rows on %d shards, is not supported; select the rows first and insert them with VALUES", name, len(into.keyspace.Shards))
	case len(b.refs) > 1:
		return nil, notSupported("a subquery in INSERT into %s, which has rows on %d shards, is not supported; read the value first", name, len(into.keyspace.Shards))
	}
	op := &Insert{Keyspace: into.keyspace, Table: into.decl, Folded: b.in.Folded, FixClock: b.scatter.clock, Copies: into.decl.Kind == topology.KindReference}
	if op.Copies && b.scatter.randomness != "" {
		return nil, notSupported("INSERT into reference table %s with %s() is not supported: the copies would differ; give the value itself", name, b.scatter.randomness)
	}
	b.replaceSessionFunctions(s)
	columns, err := b.insertColumns(s, into)
	if err != nil {
		return nil, err
	}
	if err := b.insertKey(op, s, into, columns); err != nil {
		return nil, err
	}
	for _, row := range s.Lists {
		values, err := b.insertValues(row, op.Width)
		if err != nil {
			return nil, err
		}
		op.Rows = append(op.Rows, values)
	}
	return op, b.insertText(op, s)
}

// insertColumns lists the columns that a row gives values for.
func (b *builder) insertColumns(s *ast.InsertStmt, into *ref) ([]string, error) {
	var columns []string
	for _, c := range s.Columns {
		columns = append(columns, c.Name.O)
	}
	if len(s.Columns) == 0 {
		if len(s.Lists) > 0 && len(s.Lists[0]) == 0 {
			return nil, notSupported("INSERT into %s must name its shard key: an empty row has none", into.decl.Name)
		}
		for i := range into.table.Columns {
			columns = append(columns, into.table.Columns[i].Name)
			s.Columns = append(s.Columns, &ast.ColumnName{Name: ast.NewCIStr(into.table.Columns[i].Name)})
		}
	}
	return columns, nil
}

// insertKey finds the shard key's and the sequence's columns.
func (b *builder) insertKey(op *Insert, s *ast.InsertStmt, into *ref, columns []string) error {
	op.Width, op.Auto = len(columns), -1
	at := func(name string) int {
		for i, c := range columns {
			if strings.EqualFold(c, name) {
				return i
			}
		}
		return -1
	}
	if seq := into.decl.Sequence; seq != "" {
		if op.Auto = at(seq); op.Auto < 0 {
			op.Auto, op.AutoAdded = len(columns), true
			columns = append(columns, seq)
			s.Columns = append(s.Columns, &ast.ColumnName{Name: ast.NewCIStr(seq)})
		}
		op.AutoUnsafe = keyPosition(into.decl, seq) < 0 && !op.Copies && !into.decl.UniqueShard
	}
	for _, k := range into.decl.ShardKey {
		i := at(k.Name)
		if i < 0 {
			return notSupported("INSERT into %s must give its shard key column %s, which says on which shard the row lives", into.decl.Name, k.Name)
		}
		op.Key = append(op.Key, i)
	}
	for _, a := range s.OnDuplicate {
		if keyPosition(into.decl, a.Column.Name.L) >= 0 {
			return notSupported("ON DUPLICATE KEY UPDATE of the shard key column %s is not supported: the row would have to move to another shard", a.Column.Name.O)
		}
	}
	return nil
}

func (b *builder) insertValues(row []ast.ExprNode, width int) ([]InsertValue, error) {
	if len(row) != width {
		return nil, &Refusal{Code: 1136, Message: "Column count doesn't match value count at row 1"}
	}
	values := make([]InsertValue, len(row))
	for i, e := range row {
		v := &values[i]
		v.Operand, v.Literal = b.operand(e)
		switch x := unwrap(e).(type) {
		case *ast.DefaultExpr:
			v.Default = x.Name == nil
		case *test_driver.ValueExpr:
			v.Null = x.Kind() == test_driver.KindNull
		}
		var err error
		if v.Text, err = b.template(&ast.ParenthesesExpr{Expr: e}); err != nil {
			return nil, err
		}
		v.Text.strip()
	}
	return values, nil
}

// strip takes off the parentheses around the template: they gave a bare ? a
// parent whose child could be replaced.
func (t *Template) strip() {
	last := len(t.Parts) - 1
	t.Parts[0] = strings.TrimPrefix(t.Parts[0], "(")
	t.Parts[last] = strings.TrimSuffix(t.Parts[last], ")")
}

// insertText cuts the statement's text around its rows.
func (b *builder) insertText(op *Insert, s *ast.InsertStmt) error {
	s.Setlist = false
	s.Lists = [][]ast.ExprNode{{b.holeNode(Hole{Kind: holeRows})}}
	t, err := b.template(s)
	if err != nil {
		return err
	}
	for i, h := range t.Holes {
		if h.Kind == holeRows {
			op.Head = &Template{Parts: append([]string(nil), t.Parts[:i+1]...), Holes: t.Holes[:i]}
			op.Tail = &Template{Parts: append([]string(nil), t.Parts[i+1:]...), Holes: t.Holes[i+1:]}
			op.Head.Parts[i] = strings.TrimSuffix(op.Head.Parts[i], "(")
			op.Tail.Parts[0] = strings.TrimPrefix(op.Tail.Parts[0], ")")
			return nil
		}
	}
	panic("plan: an INSERT lost its rows")
}
