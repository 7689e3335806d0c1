package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// moves reports whether the statement may take the table's rows to other groups.
func (n *choosing) moves(r *ref) bool { return n.c.moved[r] && spread(r.keyspace) }

// assigned is the position of an assignment's value, which the SELECT computes.
func (n *choosing) assigned(at int) int {
	if column, have := n.computed[at]; have {
		return column
	}
	n.computed[at] = n.read.add(func(stmt ast.StmtNode) (ast.ExprNode, error) { return stmt.(*ast.UpdateStmt).List[at].Expr, nil })
	return n.computed[at]
}

// move plans how rows of a table whose shard key is assigned move.
func (n *choosing) move(s *ast.UpdateStmt, r *ref, change *KeyedChange) string {
	switch {
	case !n.moves(r):
		return ""
	case s.IgnoreErr:
		return "UPDATE IGNORE of the shard key is not supported: which rows stay is known only one by one; leave IGNORE out"
	}
	m := &Move{Now: map[int]string{}}
	for i := range r.table.Columns {
		c := &r.table.Columns[i]
		if c.Generated {
			continue
		}
		value := 0
		switch at := n.assignment(s, r, c.Name); {
		case at >= 0 && bareDefault(s.List[at].Expr):
			value = ValueDefault
		case at >= 0 && unreadable(s.List[at].Expr):
			return "the new value of " + c.Name + " cannot be computed apart from its table"
		case at >= 0:
			value = n.assigned(at)
			m.Stored = append(m.Stored, storedIn(r, value, c.Name))
		case c.SetsItself:
			value = ValueNow
			m.Now[len(m.Columns)] = "NOW" + precision(c.Type)
		default:
			value = n.read.column(r, c.Name)
		}
		m.Columns, m.Values = append(m.Columns, c.Name), append(m.Values, value)
	}
	for _, k := range r.decl.ShardKey {
		at := position(m.Columns, k.Name)
		if at < 0 || m.Values[at] < 0 {
			return "the new value of the shard key column " + k.Name + " must be given"
		}
		m.Key, m.Old = append(m.Key, m.Values[at]), append(m.Old, n.read.column(r, k.Name))
	}
	m.texts(r, n.keyOf(r))
	change.Move = m
	return ""
}

func (n *choosing) keyOf(r *ref) []string {
	for i, t := range n.targets {
		if t == r {
			return n.keys[i]
		}
	}
	return nil
}

// assignment is the position of the last assignment to a column, -1 if there is none.
func (n *choosing) assignment(s *ast.UpdateStmt, r *ref, column string) int {
	last := -1
	for at, a := range s.List {
		if i := n.target(a.Column); i >= 0 && n.targets[i] == r && strings.EqualFold(a.Column.Name.O, column) {
			last = at
		}
	}
	return last
}

func bareDefault(e ast.ExprNode) bool {
	d, ok := unwrap(e).(*ast.DefaultExpr)
	return ok && d.Name == nil
}

// precision is the (n) behind a type's name, or nothing.
func precision(columnType string) string {
	if i := strings.IndexByte(columnType, '('); i >= 0 {
		if j := strings.IndexByte(columnType[i:], ')'); j > 0 {
			return columnType[i : i+j+1]
		}
	}
	return "()"
}

// texts writes the statements that insert and delete a row.
func (m *Move) texts(r *ref, key []string) {
	table := quotedName(r.keyspace.Name) + "." + quotedName(r.decl.Name)
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = quotedName(c)
	}
	m.Insert = "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES "
	names = names[:0]
	for _, c := range key {
		names = append(names, quotedName(c))
	}
	left := strings.Join(names, ", ")
	if len(names) > 1 {
		left = "(" + left + ")"
	}
	m.Delete = "DELETE FROM " + table + " WHERE " + left + " IN ("
}

func quotedName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// orderMoves has rows that may move come in the order of their keys, in which
// MySQL changes them, unless the statement says another.
func (n *choosing) orderMoves(s *ast.UpdateStmt) {
	if s.Order != nil || n.out.Joined || !n.moves(n.targets[0]) {
		return
	}
	s.Order = &ast.OrderByClause{}
	for _, column := range n.keys[0] {
		s.Order.Items = append(s.Order.Items, &ast.ByItem{Expr: qualified(n.targets[0], column)})
	}
}
