package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// guardOuterJoins keeps MySQL from turning EXISTS and IN in the ON clauses of
// outer joins into semi-joins: there the 9.7 server may place the table of the
// subquery before the inner one and look for no duplicates, and then returns a
// row once for each row of the subquery. The tables that rows are collected in
// have few rows and such plans; "+ 0" keeps truth and NULL as they are and is
// no condition that a semi-join is made of.
func guardOuterJoins(stmt ast.Node) { stmt.Accept(&semijoinGuard{}) }

type semijoinGuard struct{ outer int }

// Enter implements ast.Visitor.
func (g *semijoinGuard) Enter(n ast.Node) (ast.Node, bool) {
	join, ok := n.(*ast.Join)
	if !ok {
		return n, false
	}
	if isOuter(join) {
		g.outer++
	}
	if g.outer > 0 && join.On != nil {
		join.On.Expr = guarded(join.On.Expr)
	}
	return n, false
}

// Leave implements ast.Visitor.
func (g *semijoinGuard) Leave(n ast.Node) (ast.Node, bool) {
	if join, ok := n.(*ast.Join); ok && isOuter(join) {
		g.outer--
	}
	return n, true
}

func isOuter(j *ast.Join) bool { return j.Tp == ast.LeftJoin || j.Tp == ast.RightJoin }

// guarded is a condition none of whose terms can become a semi-join.
func guarded(e ast.ExprNode) ast.ExprNode {
	switch x := e.(type) {
	case *ast.ParenthesesExpr:
		x.Expr = guarded(x.Expr)
		return x
	case *ast.BinaryOperationExpr:
		if x.Op == opcode.LogicAnd {
			x.L, x.R = guarded(x.L), guarded(x.R)
			return x
		}
	}
	if !hasAnywhere(e, func(n ast.Node) bool { _, ok := n.(*ast.SubqueryExpr); return ok }) {
		return e
	}
	return &ast.BinaryOperationExpr{Op: opcode.Plus, L: &ast.ParenthesesExpr{Expr: e}, R: ast.NewValueExpr(0, "", "")}
}
