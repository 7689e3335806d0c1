package plan

import (
	"fmt"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
)

// reparse returns the statement in hand once more: a tree is changed while it
// is planned.
func (b *builder) reparse() (ast.StmtNode, error) {
	if b.in.again != nil {
		return b.in.again()
	}
	return b.in.parsed()
}

// inner plans a statement that the one in hand needs an answer of. It is made
// anew each time that its tree is wanted.
func (b *builder) inner(again func() (ast.StmtNode, error)) (Op, error) {
	in := b.in
	stmt, err := again()
	if err != nil {
		return nil, err
	}
	in.Stmt, in.again, in.Folded, in.Into, in.Row = stmt, again, false, nil, nil
	sub := newBuilder(in)
	op, err := sub.build()
	if err != nil {
		return nil, err
	}
	for ks, grant := range sub.needs {
		b.need(ks, grant)
	}
	b.volatile = b.volatile || sub.volatile
	return op, nil
}

// reading is a SELECT in the making whose rows a write works on. Its fields are
// made of each tree of the statement anew.
type reading struct {
	fields []func(stmt ast.StmtNode) (ast.ExprNode, error)
}

// add selects one more expression and returns its position.
func (r *reading) add(field func(ast.StmtNode) (ast.ExprNode, error)) int {
	r.fields = append(r.fields, field)
	return len(r.fields) - 1
}

// column selects a column of a table.
func (r *reading) column(of *ref, name string) int {
	return r.add(func(ast.StmtNode) (ast.ExprNode, error) { return qualified(of, name), nil })
}

// list makes the fields of one tree.
func (r *reading) list(stmt ast.StmtNode) (*ast.FieldList, error) {
	list := &ast.FieldList{}
	for at, field := range r.fields {
		e, err := field(stmt)
		if err != nil {
			return nil, err
		}
		list.Fields = append(list.Fields, &ast.SelectField{Expr: e, AsName: ast.NewCIStr(fmt.Sprintf("_shardway_r%d", at))})
	}
	return list, nil
}

// lockedSelect is the SELECT, with locks on all that it reads, as a statement
// that changes rows takes them.
func lockedSelect(fields *ast.FieldList, with *ast.WithClause, from *ast.TableRefsClause, where ast.ExprNode, order *ast.OrderByClause, limit *ast.Limit) *ast.SelectStmt {
	s := &ast.SelectStmt{
		SelectStmtOpts: &ast.SelectStmtOpts{SQLCache: true}, Kind: ast.SelectStmtKindSelect,
		With: with, From: from, Where: where, OrderBy: order, Limit: limit, Fields: fields,
	}
	s.Accept(&sharing{})
	s.LockInfo = &ast.SelectLockInfo{LockType: ast.SelectLockForUpdate}
	return s
}

// sharing has every query of a statement read under shared locks.
type sharing struct{}

// Enter implements ast.Visitor.
func (*sharing) Enter(n ast.Node) (ast.Node, bool) {
	switch x := n.(type) {
	case *ast.SelectStmt:
		if x.From != nil && x.LockInfo == nil && x.Kind == ast.SelectStmtKindSelect {
			x.LockInfo = &ast.SelectLockInfo{LockType: ast.SelectLockForShare}
		}
	case *ast.SetOprSelectList:
		for _, arm := range x.Selects {
			if s, ok := arm.(*ast.SelectStmt); ok {
				s.IsInBraces = true // else the lock would be that of the whole
			}
		}
	}
	return n, false
}

// Leave implements ast.Visitor.
func (*sharing) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// sqlExpression parses an expression of the planner's own.
func (b *builder) sqlExpression(text string) (ast.ExprNode, error) {
	stmt, err := parser.ParseOne("SELECT "+text, b.in.Mode)
	if err != nil {
		return nil, err
	}
	return stmt.(*ast.SelectStmt).Fields.Fields[0].Expr, nil
}
