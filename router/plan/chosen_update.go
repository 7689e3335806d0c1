package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
)

// updates makes the texts that update by keys. What a row's own columns give is
// left to its shard; the rest is computed by the SELECT.
func (n *choosing) updates(s *ast.UpdateStmt) string {
	lists := make([][]*ast.Assignment, len(n.targets))
	assigned := map[*ref]map[string]bool{}
	for at, a := range s.List {
		i := n.target(a.Column)
		if i < 0 {
			return "which table the assigned column " + a.Column.Name.O + " belongs to is not known here; write its table before it"
		}
		r := n.targets[i]
		if r.table != nil && r.table.Column(a.Column.Name.O) < 0 { // MySQL says so, also where there is no row
			return "table " + r.decl.Name + " has no column " + a.Column.Name.O
		}
		reads := n.readsAssigned(a.Expr, assigned)
		if assigned[r] == nil {
			assigned[r] = map[string]bool{}
		}
		assigned[r][a.Column.Name.L] = true
		own := n.own(a.Expr, r) && (!n.out.Changes[i].Copies || n.b.scatter.random == "")
		switch {
		case reads != "" && (n.out.Joined || !own || n.moves(r)):
			return "the new value of " + a.Column.Name.O + " depends on " + reads + ", which the statement assigns before; assign them in two statements"
		case own:
			lists[i] = append(lists[i], a)
		case unreadable(a.Expr):
			return "the new value of " + a.Column.Name.O + " cannot be computed apart from its table"
		default:
			column := n.assigned(at)
			n.out.Changes[i].Stored = append(n.out.Changes[i].Stored, storedIn(r, column, a.Column.Name.O))
			value := n.b.holeNode(Hole{Kind: HoleRead, Slot: column})
			lists[i] = append(lists[i], &ast.Assignment{Column: a.Column, Expr: value})
		}
	}
	for i, r := range n.targets {
		if reason := n.move(s, r, &n.out.Changes[i]); reason != "" {
			return reason
		}
		u := &ast.UpdateStmt{TableRefs: tableAs(r), List: lists[i], Where: n.b.byKeys(r, n.keys[i]), IgnoreErr: s.IgnoreErr, Priority: s.Priority}
		if !n.out.Joined && s.Order != nil && n.ownOrder(s.Order, r) {
			u.Order = s.Order
		}
		var err error
		if n.out.Changes[i].Head, n.out.Changes[i].Tail, err = n.b.around(u); err != nil {
			return err.Error()
		}
	}
	return ""
}

// target is the table that an assigned column belongs to, -1 if that is not known.
func (n *choosing) target(column *ast.ColumnName) int {
	r := resolve(column, n.c.root.place())
	if r == nil && len(n.targets) == 1 && len(n.c.root.refs) == 1 {
		return 0
	}
	for i, t := range n.targets {
		if t == r {
			return i
		}
	}
	return -1
}

// readsAssigned names a column in an expression that an assignment before it
// has changed; "" if there is none.
func (n *choosing) readsAssigned(e ast.ExprNode, assigned map[*ref]map[string]bool) string {
	found := ""
	e.Accept(&eachColumn{visit: func(c *ast.ColumnNameExpr) {
		r := resolve(c.Name, n.c.root.place())
		for t, columns := range assigned {
			if (r == nil || r == t) && columns[c.Name.Name.L] {
				found = c.Name.Name.O
			}
		}
	}})
	return found
}

// eachColumn visits the columns of an expression, also in subqueries.
type eachColumn struct{ visit func(*ast.ColumnNameExpr) }

// Enter implements ast.Visitor.
func (v *eachColumn) Enter(n ast.Node) (ast.Node, bool) {
	if c, ok := n.(*ast.ColumnNameExpr); ok && !isHole(c) {
		v.visit(c)
	}
	return n, false
}

// Leave implements ast.Visitor.
func (v *eachColumn) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// unreadable reports whether an expression means something only in the
// assignment itself: DEFAULT.
func unreadable(e ast.ExprNode) bool {
	return hasNode(e, func(n ast.Node) bool { _, ok := n.(*ast.DefaultExpr); return ok })
}

// storedIn says into which column a value of the SELECT goes.
func storedIn(r *ref, read int, column string) Stored {
	s := Stored{Read: read, Column: column}
	if r.table != nil {
		if i := r.table.Column(column); i >= 0 {
			s.Type = r.table.Columns[i].Type
		}
	}
	return s
}
