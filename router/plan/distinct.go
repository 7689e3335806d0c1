package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// distinct compares all shown columns.
func (w *rewriter) distinct() string {
	shown, reason := w.shownColumns()
	if reason != "" {
		return reason
	}
	if w.holdShardKey(shown) {
		return "" // equal rows are on one shard, which shows them once
	}
	for i, e := range shown {
		form := formOf(e, w.root.place())
		if form.reason != "" {
			return form.reason
		}
		w.merge.Distinct = append(w.merge.Distinct, w.keyRef(ColumnRef{Index: i}, e, form))
	}
	if w.wildcard {
		w.merge.Width = len(shown)
	}
	return ""
}

// shownColumns are the expressions of the answer's columns, each * taken apart.
func (w *rewriter) shownColumns() (all []ast.ExprNode, reason string) {
	for _, f := range w.s.Fields.Fields[:w.shown] {
		if f.WildCard == nil {
			all = append(all, f.Expr)
			continue
		}
		if w.root.unclear || len(w.root.hidden) > 0 {
			return nil, "name the columns instead of * where a join has merged some"
		}
		for _, r := range w.root.refs {
			if f.WildCard.Table.L != "" && !strings.EqualFold(r.alias, f.WildCard.Table.O) {
				continue
			}
			if r.table == nil {
				return nil, "name the columns instead of *"
			}
			for i := range r.table.Columns {
				if c := &r.table.Columns[i]; !c.Invisible {
					all = append(all, &ast.ColumnNameExpr{Name: &ast.ColumnName{Table: ast.NewCIStr(r.alias), Name: ast.NewCIStr(c.Name)}})
				}
			}
		}
	}
	return all, ""
}

// follows reports whether an expression has one value in all rows that are equal
// in the shown columns: it is made of these alone. plain: it is one of them.
func (w *rewriter) follows(e ast.ExprNode) (is, plain bool) {
	shown, reason := w.shownColumns()
	if reason != "" || hasSubquery(e) || w.b.scatter.random != "" {
		return false, false
	}
	among := func(n ast.Node) bool {
		c, ok := n.(*ast.ColumnNameExpr)
		if !ok || isHole(c) {
			return true
		}
		for _, s := range shown {
			if z, ok := unwrap(s).(*ast.ColumnNameExpr); ok && w.sameColumn(c, z) {
				return true
			}
		}
		return false
	}
	_, plain = unwrap(e).(*ast.ColumnNameExpr)
	return !hasNode(e, func(n ast.Node) bool { return !among(n) }), plain
}
