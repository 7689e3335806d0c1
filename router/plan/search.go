package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/parser"
)

// sameText reports whether two expressions read the same. Ones with markers
// never do: two slots may hold different values.
func (b *builder) sameText(x, y ast.ExprNode) bool {
	tx, okx := b.plainText(x)
	ty, oky := b.plainText(y)
	return okx && oky && tx == ty
}

func (b *builder) plainText(e ast.ExprNode) (string, bool) {
	if hasNode(e, func(n ast.Node) bool { _, ok := n.(*test_driver.ParamMarkerExpr); return ok }) || hasSubquery(e) {
		return "", false
	}
	text, err := parser.Restore(unwrap(e), b.in.Mode)
	return text, err == nil
}

// hasAggregate reports whether an aggregate of this query block is in n.
func hasAggregate(n ast.Node) bool {
	return hasNode(n, func(n ast.Node) bool { _, ok := n.(*ast.AggregateFuncExpr); return ok })
}

func hasSubquery(n ast.Node) bool {
	return hasNode(n, func(n ast.Node) bool { _, ok := n.(*ast.SubqueryExpr); return ok })
}

// hasColumn reports whether a column is in n; holes are none.
func hasColumn(n ast.Node) bool {
	return hasNode(n, func(n ast.Node) bool {
		c, ok := n.(*ast.ColumnNameExpr)
		return ok && !isHole(c)
	})
}

// hasNode looks for a node, the inside of subqueries left out.
func hasNode(n ast.Node, is func(ast.Node) bool) bool {
	v := &search{is: is}
	n.Accept(v)
	return v.found
}

type search struct {
	is    func(ast.Node) bool
	found bool
}

// Enter implements ast.Visitor.
func (v *search) Enter(n ast.Node) (ast.Node, bool) {
	if v.is(n) {
		v.found = true
	}
	_, sub := n.(*ast.SubqueryExpr)
	return n, v.found || sub
}

// Leave implements ast.Visitor.
func (v *search) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// overlooked reports whether a statement names a table at a place where the
// planner does not look.
func (b *builder) overlooked(n ast.Node) bool {
	for _, t := range tablesOf(n) {
		if !b.seen[t] {
			return true
		}
	}
	return false
}

// tablesOf lists the table names of a statement.
func tablesOf(n ast.Node) []*ast.TableName {
	v := &tableSearch{}
	n.Accept(v)
	return v.found
}

type tableSearch struct {
	found []*ast.TableName
}

// Enter implements ast.Visitor.
func (v *tableSearch) Enter(n ast.Node) (ast.Node, bool) {
	if t, ok := n.(*ast.TableName); ok {
		v.found = append(v.found, t)
	}
	return n, false
}

// Leave implements ast.Visitor.
func (v *tableSearch) Leave(n ast.Node) (ast.Node, bool) { return n, true }
