package plan

import (
	"fmt"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
)

// scatterSelect rewrites a SELECT for several groups, or says why it cannot.
func (b *builder) scatterSelect(r *Route, s *ast.SelectStmt, root *block, roots []*ref) {
	if reason := b.colocated(root, roots); reason != "" {
		r.Refusal = reason
		return
	}
	w := &rewriter{b: b, s: s, root: root, merge: &Merge{}}
	if reason := w.rewrite(); reason != "" {
		r.Refusal = reason
		return
	}
	text, err := b.template(s)
	if err != nil {
		r.Refusal = err.Error()
		return
	}
	r.Scatter = &Scatter{Text: text, Merge: w.merge}
}

// rewriter turns a SELECT into what each group is sent, and writes down how
// the answers are merged.
type rewriter struct {
	b        *builder
	s        *ast.SelectStmt
	root     *block
	merge    *Merge
	wildcard bool
	// shown is the number of the statement's own fields.
	shown int
}

func (w *rewriter) rewrite() string {
	w.shown = len(w.s.Fields.Fields)
	for _, f := range w.s.Fields.Fields {
		if f.WildCard != nil {
			w.wildcard = true
			continue
		}
		if _, plain := f.Expr.(*ast.ColumnNameExpr); !plain && f.AsName.O == "" {
			if name := w.b.fieldName(f); len(name) <= 255 {
				f.AsName = ast.NewCIStr(name)
			}
		}
	}
	aggregates := hasAggregate(w.s.Fields) || (w.s.Having != nil && hasAggregate(w.s.Having)) || (w.s.OrderBy != nil && hasAggregate(w.s.OrderBy))
	if w.s.GroupBy != nil && w.s.GroupBy.Rollup {
		return "WITH ROLLUP needs all rows of a group in one place"
	}
	limit, reason := w.b.limit(w.s.Limit)
	if reason != "" {
		return reason
	}
	w.merge.Limit = limit
	if (w.s.GroupBy != nil && !w.groupsByShardKey()) || (w.s.GroupBy == nil && aggregates) {
		return w.rewriteGroups()
	}
	return w.rewriteRows()
}

// rewriteRows handles rows, or groups, that no two shards share.
func (w *rewriter) rewriteRows() string {
	if w.s.OrderBy != nil {
		for _, item := range w.s.OrderBy.Items {
			key, reason := w.orderKey(item)
			if reason != "" {
				return "ORDER BY: " + reason
			}
			w.merge.Order = append(w.merge.Order, key)
		}
	}
	if w.s.Distinct {
		if reason := w.distinct(); reason != "" {
			return "DISTINCT: " + reason
		}
	}
	if limit := w.merge.Limit; limit != nil && (limit.Offset.Slot >= 0 || limit.Offset.Value > 0) {
		w.s.Limit = &ast.Limit{Count: w.b.holeNode(Hole{Kind: HoleLimitSum, Limit: limit})}
	}
	return ""
}

func (w *rewriter) distinct() string {
	if w.wildcard {
		return "name the columns instead of *"
	}
	for i, f := range w.s.Fields.Fields[:w.shown] {
		form := w.b.formOf(f.Expr, w.root)
		if form.reason != "" {
			return form.reason
		}
		w.merge.Distinct = append(w.merge.Distinct, w.keyRef(ColumnRef{Index: i}, f.Expr, form))
	}
	return ""
}

// hide adds a column for the merge.
func (w *rewriter) hide(e ast.ExprNode) ColumnRef {
	ref := ColumnRef{Index: w.merge.Hidden, Hidden: true}
	w.merge.Hidden++
	w.s.Fields.Fields = append(w.s.Fields.Fields, &ast.SelectField{Expr: e, AsName: ast.NewCIStr(fmt.Sprintf("_shardway_%d", ref.Index))})
	return ref
}

// keyRef makes a column comparable: where its values may be text, their
// weights are asked for.
func (w *rewriter) keyRef(column ColumnRef, e ast.ExprNode, f form) KeyRef {
	k := KeyRef{Column: column}
	if f.text {
		k.Weight, k.HasWeight, k.Pad = w.hide(w.weight(e)), true, f.pad
	}
	return k
}

func (w *rewriter) weight(e ast.ExprNode) ast.ExprNode {
	var weight ast.ExprNode = &ast.FuncCallExpr{FnName: ast.NewCIStr("WEIGHT_STRING"), Args: []ast.ExprNode{e}}
	if w.s.GroupBy != nil && !hasAggregate(e) {
		weight = &ast.FuncCallExpr{FnName: ast.NewCIStr("ANY_VALUE"), Args: []ast.ExprNode{weight}}
	}
	return weight
}

// orderKey finds or adds the columns that an ORDER BY item sorts by.
func (w *rewriter) orderKey(item *ast.ByItem) (OrderKey, string) {
	e, at, reason := w.itemExpression(item.Expr)
	if reason != "" {
		return OrderKey{}, reason
	}
	f := w.b.formOf(e, w.root)
	if f.reason != "" {
		return OrderKey{}, f.reason
	}
	key := OrderKey{Desc: item.Desc}
	switch {
	case f.ordinal && w.s.Distinct:
		return OrderKey{}, "an ENUM or SET sorts by number, which DISTINCT hides"
	case f.ordinal:
		key.Column = w.hide(&ast.BinaryOperationExpr{Op: opcode.Plus, L: e, R: ast.NewValueExpr(0, "", "")})
		return key, ""
	case at >= 0 && !w.wildcard:
		key.Column = ColumnRef{Index: at}
	case w.s.Distinct:
		return OrderKey{}, "with DISTINCT it must be one of the selected columns"
	default:
		key.Column = w.hide(e)
	}
	key.KeyRef = w.keyRef(key.Column, e, f)
	return key, ""
}

// itemExpression resolves an item of ORDER BY or GROUP BY: a position, an
// alias, a column or an expression. at is its select field, or -1.
func (w *rewriter) itemExpression(e ast.ExprNode) (resolved ast.ExprNode, at int, reason string) {
	fields := w.s.Fields.Fields[:w.shown]
	switch x := unwrap(e).(type) {
	case *ast.PositionExpr:
		if w.wildcard {
			return nil, -1, "name the column: a position does not go with * here"
		}
		if x.N < 1 || x.N > w.shown {
			return nil, -1, fmt.Sprintf("there is no column %d", x.N)
		}
		return fields[x.N-1].Expr, x.N - 1, ""
	case *ast.ColumnNameExpr:
		if x.Name.Table.L == "" {
			for i, f := range fields {
				if f.Expr != nil && f.AsName.L == x.Name.Name.L {
					return f.Expr, i, ""
				}
			}
		}
		for i, f := range fields {
			if c, ok := f.Expr.(*ast.ColumnNameExpr); ok && w.sameColumn(c, x) {
				return f.Expr, i, ""
			}
		}
	case *test_driver.ParamMarkerExpr:
		return nil, -1, "a parameter cannot be sorted or grouped by"
	}
	for i, f := range fields {
		if f.Expr != nil && w.b.sameText(f.Expr, e) {
			return f.Expr, i, ""
		}
	}
	return e, -1, ""
}

func (w *rewriter) sameColumn(a, z *ast.ColumnNameExpr) bool {
	ra, na := w.b.resolve(a.Name, w.root)
	rz, nz := w.b.resolve(z.Name, w.root)
	return ra != nil && ra == rz && strings.EqualFold(na, nz)
}

// groupsByShardKey reports whether each group's rows are on one shard: the
// whole shard key of a table that always has a row is grouped by.
func (w *rewriter) groupsByShardKey() bool {
	grouped := map[*ref]map[string]bool{}
	for _, item := range w.s.GroupBy.Items {
		e, _, reason := w.itemExpression(item.Expr)
		c, ok := unwrap(e).(*ast.ColumnNameExpr)
		if reason != "" || !ok {
			continue
		}
		r, name := w.b.resolve(c.Name, w.root)
		if r == nil {
			continue
		}
		if grouped[r] == nil {
			grouped[r] = map[string]bool{}
		}
		grouped[r][strings.ToLower(name)] = true
	}
	for r, columns := range grouped {
		if r.block != w.root || r.nullable || r.decl == nil || len(r.decl.ShardKey) == 0 {
			continue
		}
		all := true
		for _, k := range r.decl.ShardKey {
			all = all && columns[strings.ToLower(k.Name)]
		}
		if all {
			return true
		}
	}
	return false
}

// limit reads a LIMIT clause.
func (b *builder) limit(l *ast.Limit) (*Limit, string) {
	if l == nil {
		return nil, ""
	}
	count, ok := b.limitNumber(l.Count)
	if !ok {
		return nil, "LIMIT takes numbers or parameters"
	}
	offset := LimitNumber{Slot: -1}
	if l.Offset != nil {
		if offset, ok = b.limitNumber(l.Offset); !ok {
			return nil, "LIMIT takes numbers or parameters"
		}
	}
	return &Limit{Count: count, Offset: offset}, ""
}

func (b *builder) limitNumber(e ast.ExprNode) (LimitNumber, bool) {
	switch x := e.(type) {
	case *test_driver.ParamMarkerExpr:
		slot, ok := b.slots[x]
		return LimitNumber{Slot: slot}, ok
	case *test_driver.ValueExpr:
		switch x.Kind() { //nolint:exhaustive // the rest are not numbers
		case test_driver.KindInt64:
			return LimitNumber{Slot: -1, Value: uint64(x.GetInt64())}, true
		case test_driver.KindUint64:
			return LimitNumber{Slot: -1, Value: x.GetUint64()}, true
		}
	}
	return LimitNumber{}, false
}
