package plan

import (
	"fmt"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// scatterSelect rewrites a SELECT for several groups, or says why it cannot.
func (b *builder) scatterSelect(r *Route, s *ast.SelectStmt, root *block, roots []*ref) {
	if r.Refusal = b.colocated(root, roots); r.Refusal != "" {
		return
	}
	w := &rewriter{b: b, s: s, root: root, merge: &Merge{}, weights: map[ColumnRef]ColumnRef{}}
	if r.Refusal = w.rewrite(); r.Refusal != "" {
		return
	}
	text, err := b.template(s)
	if err != nil {
		r.Refusal = err.Error()
		return
	}
	r.Scatter = &Scatter{Text: text, Merge: w.merge}
	r.FixClock = b.scatter.clock
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
	// weights are the columns' hidden weights.
	weights map[ColumnRef]ColumnRef
	// implicit: aggregates without GROUP BY, so that there is one row in all.
	// finer: the shards group by more than the statement; distincts are the
	// expressions of Group.Distincts.
	implicit, finer bool
	distincts       [][]ast.ExprNode
	// unlimited: a shard must not apply LIMIT.
	unlimited bool
}

func (w *rewriter) rewrite() string {
	if w.s.Kind == ast.SelectStmtKindTable { // TABLE t takes no hidden columns
		selectAll(w.s)
	}
	w.shown = len(w.s.Fields.Fields)
	for _, f := range w.s.Fields.Fields {
		w.wildcard = w.wildcard || f.WildCard != nil
		keepName(f)
	}
	aggregates := hasAggregate(w.s.Fields) || (w.s.Having != nil && hasAggregate(w.s.Having)) || (w.s.OrderBy != nil && hasAggregate(w.s.OrderBy))
	limit, reason := w.b.limit(w.s.Limit)
	if reason != "" {
		return reason
	}
	w.merge.Limit = limit
	w.implicit = w.s.GroupBy == nil && aggregates
	if w.implicit || w.s.GroupBy != nil && (w.s.GroupBy.Rollup || !w.groupsByShardKey()) {
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
	if w.unlimited {
		w.s.Limit = nil
	} else if limit := w.merge.Limit; limit != nil && (limit.Offset.Slot >= 0 || limit.Offset.Value > 0) {
		w.s.Limit = &ast.Limit{Count: w.b.holeNode(Hole{Kind: HoleLimitSum, Limit: limit})}
	}
	return ""
}

// hide adds a column for the merge.
func (w *rewriter) hide(e ast.ExprNode) ColumnRef {
	ref := ColumnRef{Index: w.merge.Hidden, Hidden: true}
	w.merge.Hidden++
	w.s.Fields.Fields = append(w.s.Fields.Fields, &ast.SelectField{Expr: e, AsName: ast.NewCIStr(hiddenName(ref))})
	return ref
}

func hiddenName(c ColumnRef) string { return fmt.Sprintf("_shardway_%d", c.Index) }

// keyRef makes a column comparable: where its values may be text, their
// weights are asked for.
func (w *rewriter) keyRef(column ColumnRef, e ast.ExprNode, f form) KeyRef {
	k := KeyRef{Column: column}
	if !f.text() {
		return k
	}
	weight, have := w.weights[column]
	if !have {
		weight = w.hide(w.weight(e, f))
		w.weights[column] = weight
	}
	k.Weight, k.HasWeight, k.Pad = weight, true, f.pad
	return k
}

// weight is the expression of a value's weight. Where the collation is not
// known it may pad with spaces, which an empty text equal to a space shows;
// then the spaces at the end must not count.
func (w *rewriter) weight(e ast.ExprNode, f form) ast.ExprNode {
	if !f.collated {
		pads := &ast.BinaryOperationExpr{Op: opcode.EQ, L: call("LEFT", e, ast.NewValueExpr(0, "", "")), R: ast.NewValueExpr(" ", "", "")}
		e = call("IF", pads, call("RTRIM", e), e)
	}
	weight := call("WEIGHT_STRING", e)
	if w.s.GroupBy != nil && !hasAggregate(e) {
		return call("ANY_VALUE", weight)
	}
	return weight
}

func call(name string, args ...ast.ExprNode) ast.ExprNode {
	return &ast.FuncCallExpr{FnName: ast.NewCIStr(name), Args: args}
}

// orderKey finds or adds the columns that an ORDER BY item sorts by.
func (w *rewriter) orderKey(item *ast.ByItem) (OrderKey, string) {
	e, at, reason := w.item(item.Expr, orderBy)
	if reason != "" {
		return OrderKey{}, reason
	}
	f := formOf(e, w.root.place())
	if f.reason != "" {
		return OrderKey{}, f.reason
	}
	key := OrderKey{Desc: item.Desc}
	follows, plain := false, false
	if w.s.Distinct {
		follows, plain = w.follows(e)
	}
	switch {
	case f.ordinal && w.s.Distinct && !follows:
		return OrderKey{}, "with DISTINCT it must be made of the selected columns"
	case f.ordinal:
		key.Column = w.hide(&ast.BinaryOperationExpr{Op: opcode.Plus, L: e, R: ast.NewValueExpr(0, "", "")})
		return key, ""
	case at >= 0 && !w.wildcard:
		key.Column = ColumnRef{Index: at}
	case w.s.Distinct && !follows:
		return OrderKey{}, "with DISTINCT it must be made of the selected columns"
	default:
		// Rows that are equal in what is shown may differ in an expression, and
		// then a shard's LIMIT would count them twice.
		w.unlimited = w.unlimited || w.s.Distinct && !plain
		key.Column = w.hide(e)
		if at < 0 {
			// What is shown to the merge is what the shard sorts by, also where
			// the expression has another value each time.
			item.Expr = &ast.ColumnNameExpr{Name: &ast.ColumnName{Name: ast.NewCIStr(hiddenName(key.Column))}}
		}
	}
	key.KeyRef = w.keyRef(key.Column, e, f)
	return key, ""
}

// groupsByShardKey reports whether each group's rows are on one shard: the
// whole shard key of a table that always has a row is grouped by.
func (w *rewriter) groupsByShardKey() bool {
	var columns []ast.ExprNode
	for _, item := range w.s.GroupBy.Items {
		if e, _, reason := w.item(item.Expr, groupBy); reason == "" {
			columns = append(columns, e)
		}
	}
	return w.holdShardKey(columns)
}

// holdShardKey reports whether the whole shard key of a table that always has
// a row is among some expressions.
func (w *rewriter) holdShardKey(list []ast.ExprNode) bool {
	grouped := map[*ref]map[string]bool{}
	for _, e := range list {
		c, ok := unwrap(e).(*ast.ColumnNameExpr)
		if !ok {
			continue
		}
		of, known := resolveColumn(c.Name, w.root.place())
		r := of.ref
		if !known || !r.sharded() || r.scope != w.root.scope {
			continue
		}
		if grouped[r] == nil {
			grouped[r] = map[string]bool{}
		}
		grouped[r][of.name] = true
	}
	for r, columns := range grouped {
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
