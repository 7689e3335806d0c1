package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
)

// among walks `left IN (SELECT …)`. Whether a value is among others depends on
// the equal ones alone if no NULL is on either side, so that a subquery of plain
// rows follows the left side's row by an equality of shard keys.
func (f *finder) among(left ast.ExprNode, q *ast.SubqueryExpr) {
	left.Accept(f)
	s, ok := q.Query.(*ast.SelectStmt)
	if f.err != nil || !ok {
		if f.err == nil {
			f.err = f.b.query(q.Query, f.place.block, f.place.block, f.place.scope)
		}
		return
	}
	blk := f.b.newBlock(f.place.block, f.place.block, f.place.scope)
	if f.err = f.b.enterSelect(s, blk); f.err != nil || !plainRows(s) {
		return
	}
	values := []ast.ExprNode{left}
	if row, ok := unwrap(left).(*ast.RowExpr); ok {
		values = row.Values
	}
	if len(values) != len(s.Fields.Fields) {
		return
	}
	for i, field := range s.Fields.Fields {
		f.equalAmong(values[i], field.Expr, blk)
	}
}

// plainRows reports whether a query's rows are those of its FROM and WHERE,
// perhaps without the doubles.
func plainRows(s *ast.SelectStmt) bool {
	return s.Fields != nil && s.GroupBy == nil && s.Having == nil && s.Limit == nil && !hasAggregate(s.Fields)
}

func (f *finder) equalAmong(left, field ast.ExprNode, blk *block) {
	outer, ok := unwrap(left).(*ast.ColumnNameExpr)
	if !ok || field == nil {
		return
	}
	inner, ok := unwrap(field).(*ast.ColumnNameExpr)
	if !ok {
		return
	}
	l, r := resolve(outer.Name, f.place), resolve(inner.Name, blk.place())
	if l == nil || r == nil || r.block != blk || l.block == blk || r.scope != blk.scope || l.scope != l.block.scope {
		return // not a column of each side that is never NULL
	}
	addLink(l, outer.Name.Name.L, r, inner.Name.Name.L, blk.scope)
}
