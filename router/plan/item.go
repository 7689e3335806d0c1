package plan

import (
	"fmt"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
)

// clause is where a name stands, which decides what it means: in ORDER BY a
// name by itself is first a selected column's alias, in GROUP BY first a
// table's column.
type clause uint8

const (
	orderBy clause = iota
	groupBy
)

// item resolves an item of ORDER BY or GROUP BY: a position, an alias, a
// column or an expression. at is its select field, or -1.
func (w *rewriter) item(e ast.ExprNode, in clause) (resolved ast.ExprNode, at int, reason string) {
	fields := w.s.Fields.Fields[:w.shown]
	switch x := unwrap(e).(type) {
	case *ast.PositionExpr:
		return w.position(x.N)
	case *test_driver.ValueExpr:
		if x.Kind() == test_driver.KindInt64 {
			return w.position(int(x.GetInt64())) // (1) is a position too
		}
	case *test_driver.ParamMarkerExpr:
		return nil, -1, "a parameter cannot be sorted or grouped by across shards; leave it out"
	case *ast.ColumnNameExpr:
		if x.Name.Table.L == "" {
			column, known := w.isColumn(x.Name.Name.L)
			if in == groupBy && !known && w.aliased(x.Name.Name.L) >= 0 {
				return nil, -1, "whether " + x.Name.Name.O + " is an alias or a column is not known here; write its table before it"
			}
			if in == groupBy && column && w.derivedOrAlias(x) {
				return nil, -1, "whether " + x.Name.Name.O + " is the alias or the derived table's column depends on how MySQL opens the table; write another alias"
			}
			if i := w.aliased(x.Name.Name.L); i >= 0 && (in == orderBy || !column) {
				return fields[i].Expr, i, ""
			}
		}
		for i, f := range fields {
			if c, ok := f.Expr.(*ast.ColumnNameExpr); ok && w.sameColumn(c, x) {
				return f.Expr, i, ""
			}
		}
		return e, -1, ""
	}
	if e, reason = w.withoutAliases(e); reason != "" {
		return nil, -1, reason
	}
	for i, f := range fields {
		if f.Expr != nil && w.b.sameText(f.Expr, e) {
			return f.Expr, i, ""
		}
	}
	return e, -1, ""
}

func (w *rewriter) position(n int) (ast.ExprNode, int, string) {
	switch {
	case w.wildcard:
		return nil, -1, "a position does not go with * over several shards; name the column"
	case n < 1 || n > w.shown:
		return nil, -1, fmt.Sprintf("there is no column %d; name the column", n)
	default:
		return w.s.Fields.Fields[n-1].Expr, n - 1, ""
	}
}

// aliased returns the select field with an alias, -1 if there is none.
func (w *rewriter) aliased(name string) int {
	for i, f := range w.s.Fields.Fields[:w.shown] {
		if f.Expr != nil && f.AsName.L == name {
			return i
		}
	}
	return -1
}

// derivedOrAlias reports whether a name in GROUP BY is a derived table's column
// and the alias of something else: MySQL takes the column unless it has merged the
// derived table into the query.
func (w *rewriter) derivedOrAlias(x *ast.ColumnNameExpr) bool {
	i := w.aliased(x.Name.Name.L)
	if i < 0 {
		return false
	}
	if c, ok := w.s.Fields.Fields[i].Expr.(*ast.ColumnNameExpr); ok && w.sameColumn(c, x) {
		return false
	}
	r := resolve(x.Name, w.root.place())
	return r == nil || r.fields != nil
}

// isColumn reports whether a name by itself is a column of FROM.
func (w *rewriter) isColumn(name string) (is, known bool) {
	known = true
	for _, r := range w.root.refs {
		has, sure := r.has(name)
		if has {
			return true, true
		}
		known = known && sure
	}
	return false, known
}

func (w *rewriter) sameColumn(a, z *ast.ColumnNameExpr) bool {
	ra, rz := resolve(a.Name, w.root.place()), resolve(z.Name, w.root.place())
	return ra != nil && ra == rz && strings.EqualFold(a.Name.Name.L, z.Name.Name.L)
}

// withoutAliases writes an expression of ORDER BY or GROUP BY so that it can
// stand in the select list, where there are no aliases: inside an expression,
// a name that is no column of FROM is an alias.
func (w *rewriter) withoutAliases(e ast.ExprNode) (ast.ExprNode, string) {
	v := &unalias{w: w}
	if !hasNode(e, func(n ast.Node) bool { return v.means(n) >= 0 }) || v.reason != "" {
		return e, v.reason
	}
	n, _ := e.Accept(v)
	return n.(ast.ExprNode), v.reason
}

type unalias struct {
	w      *rewriter
	reason string
}

// means returns the select field whose alias a node is, -1 if it is none.
func (v *unalias) means(n ast.Node) int {
	c, ok := n.(*ast.ColumnNameExpr)
	if !ok || c.Name.Table.L != "" || isHole(c) {
		return -1
	}
	i := v.w.aliased(c.Name.Name.L)
	if i < 0 {
		return -1
	}
	column, known := v.w.isColumn(c.Name.Name.L)
	if !known {
		v.reason = "whether " + c.Name.Name.O + " is an alias or a column is not known here; write the expression itself, or the column with its table"
	}
	if column || !known {
		return -1
	}
	return i
}

// Enter implements ast.Visitor.
func (v *unalias) Enter(n ast.Node) (ast.Node, bool) {
	_, sub := n.(*ast.SubqueryExpr)
	return n, sub
}

// Leave implements ast.Visitor.
func (v *unalias) Leave(n ast.Node) (ast.Node, bool) {
	if i := v.means(n); i >= 0 {
		return &ast.ParenthesesExpr{Expr: v.w.s.Fields.Fields[i].Expr}, true
	}
	return n, true
}
