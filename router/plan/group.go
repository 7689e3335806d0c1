package plan

import (
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// rewriteGroups handles groups whose rows are on several shards: each shard
// sends partial aggregates, which are combined and then filtered and sorted.
func (w *rewriter) rewriteGroups() string {
	if w.wildcard {
		return "name the columns instead of * beside aggregates"
	}
	distinct := w.s.Distinct && !w.implicit
	w.s.Distinct = false
	g := &Group{}
	w.merge.Group = g
	if reason := w.groupKeys(g); reason != "" {
		return "GROUP BY: " + reason
	}
	if w.needsFiner() {
		if reason := w.makeFiner(); reason != "" {
			return reason
		}
	}
	for i, f := range w.s.Fields.Fields[:w.shown] {
		if reason := w.combine(g, f.Expr, ColumnRef{Index: i}); reason != "" {
			return reason
		}
	}
	if reason := w.having(g); reason != "" {
		return "HAVING: " + reason
	}
	if reason := w.groupOrder(g, distinct); reason != "" {
		return "ORDER BY: " + reason
	}
	if distinct {
		if reason := w.groupDistinct(g); reason != "" {
			return "DISTINCT: " + reason
		}
	}
	w.fromRows(g)
	w.s.Limit = nil
	if !w.finer && !w.rollup() {
		w.s.OrderBy = nil
	}
	// Else ORDER BY and DISTINCT stay: they cost the shards little, change no
	// row, and have MySQL describe the columns as it does for the statement.
	w.s.Distinct = distinct && w.rollup()
	return ""
}

func (w *rewriter) rollup() bool { return w.s.GroupBy != nil && w.s.GroupBy.Rollup }

func (w *rewriter) groupKeys(g *Group) string {
	if w.s.GroupBy == nil {
		return ""
	}
	if w.rollup() && w.oneRow() {
		return "a unique key is given, and WITH ROLLUP a shard without that row gives totals of it all the same"
	}
	var seen []ast.ExprNode
	for _, item := range w.s.GroupBy.Items {
		e, at, reason := w.item(item.Expr, groupBy)
		if reason != "" {
			return reason
		}
		if hasAggregate(e) {
			return "it groups by an aggregate; group by columns"
		}
		f := formOf(e, w.root.place())
		if f.reason != "" {
			return f.reason
		}
		if w.rollup() {
			if slices.ContainsFunc(seen, func(o ast.ExprNode) bool { return w.sameItem(o, e) }) {
				return "by one thing twice WITH ROLLUP, whose rows GROUPING does not tell apart; group by it once"
			}
			seen = append(seen, e)
			w.rollUp(g, e)
		}
		column := ColumnRef{Index: at}
		if at < 0 {
			column = w.hide(e)
			w.first(g, column)
		}
		key := w.keyRef(column, e, f)
		if key.HasWeight {
			w.first(g, key.Weight)
		}
		g.Keys = append(g.Keys, key)
		if w.rollup() && f.ordinal {
			key = w.ordinal(g, e)
		}
		if w.rollup() {
			w.merge.Order = append(w.merge.Order, OrderKey{KeyRef: key})
		}
	}
	return ""
}

// oneRow reports whether conditions may give the whole of a unique key. Of a table in
// which MySQL finds no such row it makes one of NULLs, which WITH ROLLUP shows.
func (w *rewriter) oneRow() bool {
	given := map[string]bool{}
	note := func(e ast.ExprNode) {
		if c, ok := unwrap(e).(*ast.ColumnNameExpr); ok {
			given[c.Name.Name.L] = true
		}
	}
	hasAnywhere(w.s, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.BinaryOperationExpr:
			if x.Op == opcode.EQ || x.Op == opcode.NullEQ {
				note(x.L)
				note(x.R)
			}
		case *ast.IsNullExpr:
			note(x.Expr)
		case *ast.PatternInExpr:
			note(x.Expr)
		}
		return false
	})
	for _, r := range w.b.refs {
		if r.table != nil && slices.ContainsFunc(r.table.Unique, func(key []string) bool {
			return !slices.ContainsFunc(key, func(column string) bool { return !given[strings.ToLower(column)] })
		}) {
			return true
		}
	}
	return false
}

// sameItem reports whether two items of GROUP BY are one column or expression.
func (w *rewriter) sameItem(a, z ast.ExprNode) bool {
	x, ok := unwrap(a).(*ast.ColumnNameExpr)
	y, too := unwrap(z).(*ast.ColumnNameExpr)
	if ok && too {
		return w.sameColumn(x, y)
	}
	return w.b.sameText(a, z)
}

// rollUp tells the rows of WITH ROLLUP from those of a group whose key is NULL.
// The shards make them from their own rows, and they are combined like other
// groups. Without ORDER BY they follow the rows that they sum up.
func (w *rewriter) rollUp(g *Group, e ast.ExprNode) {
	key := KeyRef{Column: w.hide(call("GROUPING", e))}
	w.first(g, key.Column)
	g.Keys = append(g.Keys, key)
	w.merge.Order = append(w.merge.Order, OrderKey{KeyRef: key})
}

// fromRows lets what stands beside the aggregates of the only row come from a
// shard that has rows.
func (w *rewriter) fromRows(g *Group) {
	if !w.implicit || w.finer {
		return
	}
	var rows ColumnRef
	for i := range g.Aggregates {
		a := &g.Aggregates[i]
		if a.Func != AggregateFirst || a.Column.Hidden || !hasColumn(w.s.Fields.Fields[a.Column.Index].Expr) && !hasSubquery(w.s.Fields.Fields[a.Column.Index].Expr) {
			continue
		}
		if !rows.Hidden {
			rows = w.hide(&ast.AggregateFuncExpr{F: "COUNT", Args: []ast.ExprNode{ast.NewValueExpr(1, "", "")}})
		}
		a.Rows, a.HasRows = rows, true
	}
	if rows.Hidden {
		g.Aggregates = append(g.Aggregates, Aggregate{Func: AggregateCount, Column: rows})
	}
}

// groupOrder sorts combined rows as ORDER BY says.
func (w *rewriter) groupOrder(g *Group, distinct bool) string {
	if w.s.OrderBy == nil || w.implicit {
		return ""
	}
	w.merge.Order = nil
	for _, item := range w.s.OrderBy.Items {
		key, reason := w.groupOrderKey(g, item, distinct)
		if reason != "" {
			return reason
		}
		w.merge.Order = append(w.merge.Order, key)
	}
	return ""
}

// groupDistinct shows combined rows that are equal once.
func (w *rewriter) groupDistinct(g *Group) string {
	for i, field := range w.s.Fields.Fields[:w.shown] {
		f := formOf(field.Expr, w.root.place())
		if f.reason != "" {
			return f.reason
		}
		key, reason := w.groupKeyRef(g, ColumnRef{Index: i}, field.Expr, f)
		if reason != "" {
			return reason
		}
		w.merge.Distinct = append(w.merge.Distinct, key)
	}
	return ""
}

// groupOrderKey sorts combined rows by a selected column, a group key or an
// aggregate of its own.
func (w *rewriter) groupOrderKey(g *Group, item *ast.ByItem, distinct bool) (OrderKey, string) {
	e, at, reason := w.item(item.Expr, orderBy)
	if reason != "" {
		return OrderKey{}, reason
	}
	f := formOf(e, w.root.place())
	switch {
	case f.reason != "":
		return OrderKey{}, f.reason
	case f.ordinal && !w.rollup(): // there MySQL sorts them as text
		return OrderKey{KeyRef: w.ordinal(g, e), Desc: item.Desc}, ""
	case distinct && at < 0:
		return OrderKey{}, "with DISTINCT it must be one of the selected columns"
	}
	column := ColumnRef{Index: at}
	if at < 0 {
		column = w.hide(e)
		if reason := w.combine(g, e, column); reason != "" {
			return OrderKey{}, reason
		}
	}
	key, reason := w.groupKeyRef(g, column, e, f)
	return OrderKey{KeyRef: key, Desc: item.Desc}, reason
}

// ordinal hides the number that an ENUM or SET sorts by.
func (w *rewriter) ordinal(g *Group, e ast.ExprNode) KeyRef {
	number := w.hide(call("ANY_VALUE", &ast.BinaryOperationExpr{Op: opcode.Plus, L: e, R: ast.NewValueExpr(0, "", "")}))
	w.first(g, number)
	return KeyRef{Column: number}
}

// groupKeyRef makes a column of combined rows comparable.
func (w *rewriter) groupKeyRef(g *Group, column ColumnRef, e ast.ExprNode, f form) (KeyRef, string) {
	for _, a := range g.Aggregates {
		if a.Column == column && a.Key.HasWeight {
			return a.Key, ""
		}
	}
	if f.text() && hasAggregate(e) {
		return KeyRef{}, "a text that is put together of several shards' rows cannot be compared; leave it out"
	}
	key := w.keyRef(column, e, f)
	if key.HasWeight {
		w.first(g, key.Weight)
	}
	return key, ""
}
