package plan

import (
	"slices"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// choosing is the making of a Chosen.
type choosing struct {
	b *builder
	c *change
	// targets are the tables that are changed, each once.
	targets []*ref
	out     *Chosen
	// computed are the assignments, by position, whose values the SELECT gives.
	computed map[int]int
	keys     [][]string
	read     *reading
}

// chosen plans a change whose rows are chosen by a SELECT first; the reason
// says why that cannot be.
func (b *builder) chosen(c *change) (*Chosen, string) {
	n := &choosing{b: b, c: c, out: &Chosen{Verb: c.verb}, computed: map[int]int{}, read: &reading{}}
	for _, r := range c.written {
		if r.decl != nil && !slices.Contains(n.targets, r) {
			n.targets = append(n.targets, r)
		}
	}
	if reason := n.forbidden(); reason != "" {
		return nil, reason
	}
	if reason := n.changes(); reason != "" {
		return nil, reason
	}
	var err error
	if n.out.Read, err = b.inner(n.selection); err != nil {
		return nil, err.Error()
	}
	return n.out, ""
}

// forbidden names what would do otherwise when it is done in two steps.
func (n *choosing) forbidden() string {
	facts := &n.b.scatter
	switch {
	case len(n.targets) == 0:
		return "which table is changed is not known"
	case facts.userVar:
		return "it uses user variables, and each connection has its own; write the value instead"
	case facts.getLock:
		return "the functions of the GET_LOCK family must run on one server; call them in a statement of their own"
	case facts.setsID:
		return "LAST_INSERT_ID(expression) belongs to one connection; give the shard key"
	case facts.program != "":
		return "the stored function " + facts.program + " would see one shard's rows only; give the shard key"
	}
	for i, r := range n.targets {
		for _, other := range n.targets[:i] {
			if other.alias == r.alias {
				return "two tables are both called " + r.alias + "; give them aliases"
			}
		}
	}
	for _, r := range n.b.refs {
		if r.block != n.c.root && slices.ContainsFunc(n.targets, r.sameTable) {
			n.out.Judged = true
		}
	}
	return ""
}

// changes makes one change of each table.
func (n *choosing) changes() string {
	for _, r := range n.targets {
		change, key, reason := n.b.keyed(r, n.read)
		if reason != "" {
			return reason
		}
		n.out.Changes, n.keys = append(n.out.Changes, change), append(n.keys, key)
	}
	stmt, err := n.fresh()
	if err != nil {
		return err.Error()
	}
	switch s := stmt.(type) {
	case *ast.UpdateStmt:
		n.out.Joined, n.out.Ignore = s.MultipleTable || len(n.c.root.refs) > 1, s.IgnoreErr
		return n.updates(s)
	case *ast.DeleteStmt:
		n.out.Joined, n.out.Ignore = s.IsMultiTable, s.IgnoreErr
		return n.deletes(s)
	default:
		return "this statement is not understood"
	}
}

// fresh is the statement once more, its session functions as holes.
func (n *choosing) fresh() (ast.StmtNode, error) {
	stmt, err := n.b.reparse()
	if err == nil {
		stmt.Accept(&sessionFunctions{b: n.b})
	}
	return stmt, err
}

// deletes makes the texts that delete by keys.
func (n *choosing) deletes(s *ast.DeleteStmt) string {
	for i, r := range n.targets {
		d := &ast.DeleteStmt{
			TableRefs: tableAs(r), Where: n.b.byKeys(r, n.keys[i]),
			IgnoreErr: s.IgnoreErr, Quick: s.Quick, Priority: s.Priority,
		}
		if len(n.targets) == 1 && s.Order != nil && n.ownOrder(s.Order, r) {
			d.Order = s.Order
		}
		var err error
		if n.out.Changes[i].Head, n.out.Changes[i].Tail, err = n.b.around(d); err != nil {
			return err.Error()
		}
	}
	return ""
}

// ownOrder reports whether an order is by the table's own columns.
func (n *choosing) ownOrder(order *ast.OrderByClause, r *ref) bool {
	for _, item := range order.Items {
		if !n.own(item.Expr, r) {
			return false
		}
	}
	return true
}

// own reports whether an expression is made of the table's own columns, so that
// the row's shard can evaluate it.
func (n *choosing) own(e ast.Node, r *ref) bool {
	return !hasSubquery(e) && !hasNode(e, func(node ast.Node) bool {
		c, ok := node.(*ast.ColumnNameExpr)
		return ok && !isHole(c) && resolve(c.Name, n.c.root.place()) != r
	})
}

// selection is the SELECT that chooses the rows.
func (n *choosing) selection() (ast.StmtNode, error) {
	stmt, err := n.b.reparse()
	if err != nil {
		return nil, err
	}
	fields, err := n.read.list(stmt)
	if err != nil {
		return nil, err
	}
	switch s := stmt.(type) {
	case *ast.UpdateStmt:
		n.orderMoves(s)
		return lockedSelect(fields, s.With, s.TableRefs, s.Where, s.Order, s.Limit), nil
	case *ast.DeleteStmt:
		return lockedSelect(fields, s.With, s.TableRefs, s.Where, s.Order, s.Limit), nil
	default:
		return nil, notSupported("this statement is not understood")
	}
}
