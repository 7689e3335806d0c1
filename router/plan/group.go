package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// rewriteGroups handles groups whose rows are on several shards: each shard
// sends partial aggregates, which are combined and then filtered and sorted.
func (w *rewriter) rewriteGroups() string {
	switch {
	case w.wildcard:
		return "name the columns instead of * beside aggregates"
	case w.s.Distinct:
		return "DISTINCT over groups that several shards share"
	}
	g := &Group{}
	w.merge.Group = g
	if reason := w.groupKeys(g); reason != "" {
		return "GROUP BY: " + reason
	}
	for i, f := range w.s.Fields.Fields[:w.shown] {
		if reason := w.combine(g, f.Expr, ColumnRef{Index: i}); reason != "" {
			return reason
		}
	}
	if reason := w.having(g); reason != "" {
		return "HAVING: " + reason
	}
	if w.s.OrderBy != nil {
		for _, item := range w.s.OrderBy.Items {
			key, reason := w.groupOrderKey(g, item)
			if reason != "" {
				return "ORDER BY: " + reason
			}
			w.merge.Order = append(w.merge.Order, key)
		}
	}
	w.s.OrderBy, w.s.Limit = nil, nil
	return ""
}

func (w *rewriter) groupKeys(g *Group) string {
	if w.s.GroupBy == nil {
		return ""
	}
	for _, item := range w.s.GroupBy.Items {
		e, at, reason := w.itemExpression(item.Expr)
		if reason != "" {
			return reason
		}
		f := w.b.formOf(e, w.root)
		if f.reason != "" {
			return f.reason
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
	}
	return ""
}

func (w *rewriter) first(g *Group, c ColumnRef) {
	g.Aggregates = append(g.Aggregates, Aggregate{Func: AggregateFirst, Column: c})
}

// combine says how a column of the shards' answers is combined.
func (w *rewriter) combine(g *Group, e ast.ExprNode, column ColumnRef) string {
	e = unwrap(e)
	if !hasAggregate(e) {
		w.first(g, column)
		return ""
	}
	agg, ok := e.(*ast.AggregateFuncExpr)
	if !ok {
		return "an expression over aggregates; select the aggregates themselves"
	}
	name := strings.ToLower(agg.F)
	if agg.Distinct && name != ast.AggFuncMin && name != ast.AggFuncMax {
		return strings.ToUpper(name) + "(DISTINCT …) over rows of several shards"
	}
	a := Aggregate{Column: column}
	switch name {
	case ast.AggFuncCount:
		a.Func = AggregateCount
	case ast.AggFuncSum:
		a.Func = AggregateSum
	case ast.AggFuncAvg:
		a.Func = AggregateAvg
		a.Sum = w.hide(&ast.AggregateFuncExpr{F: "SUM", Args: agg.Args})
		a.Count = w.hide(&ast.AggregateFuncExpr{F: "COUNT", Args: agg.Args})
	case ast.AggFuncMin, ast.AggFuncMax:
		f := w.b.formOf(agg, w.root)
		if f.reason != "" {
			return f.reason
		}
		a.Func = AggregateMin
		if name == ast.AggFuncMax {
			a.Func = AggregateMax
		}
		a.Key = w.keyRef(column, agg, f)
	default:
		return strings.ToUpper(name) + " over rows of several shards"
	}
	g.Aggregates = append(g.Aggregates, a)
	return ""
}

// groupOrderKey sorts combined rows by a selected column, a group key or an
// aggregate of its own.
func (w *rewriter) groupOrderKey(g *Group, item *ast.ByItem) (OrderKey, string) {
	e, at, reason := w.itemExpression(item.Expr)
	if reason != "" {
		return OrderKey{}, reason
	}
	f := w.b.formOf(e, w.root)
	switch {
	case f.reason != "":
		return OrderKey{}, f.reason
	case f.ordinal:
		return OrderKey{}, "an ENUM or SET sorts by number, which groups over several shards do not keep"
	}
	column := ColumnRef{Index: at}
	if at < 0 {
		column = w.hide(e)
		if reason := w.combine(g, e, column); reason != "" {
			return OrderKey{}, reason
		}
	}
	for _, a := range g.Aggregates {
		if a.Column == column && a.Key.HasWeight {
			return OrderKey{KeyRef: a.Key, Desc: item.Desc}, ""
		}
	}
	key := OrderKey{KeyRef: w.keyRef(column, e, f), Desc: item.Desc}
	if key.HasWeight {
		w.first(g, key.Weight)
	}
	return key, ""
}

// having keeps the conditions that each shard can judge and takes out the ones
// over aggregates, which are judged when groups are combined.
func (w *rewriter) having(g *Group) string {
	if w.s.Having == nil {
		return ""
	}
	var kept ast.ExprNode
	var taken []*Predicate
	for _, e := range conjunctsOf(w.s.Having.Expr) {
		if !w.overAggregates(e) {
			if w.s.GroupBy == nil {
				return "without GROUP BY it must be about aggregates"
			}
			if kept != nil {
				e = &ast.BinaryOperationExpr{Op: opcode.LogicAnd, L: kept, R: e}
			}
			kept = e
			continue
		}
		p, reason := w.predicate(g, e)
		if reason != "" {
			return reason
		}
		taken = append(taken, p)
	}
	if kept == nil {
		w.s.Having = nil
	} else {
		w.s.Having.Expr = kept
	}
	switch len(taken) {
	case 0:
	case 1:
		g.Having = taken[0]
	default:
		g.Having = &Predicate{Op: PredicateAnd, Args: taken}
	}
	return ""
}

func conjunctsOf(e ast.ExprNode) []ast.ExprNode {
	if x, ok := unwrap(e).(*ast.BinaryOperationExpr); ok && x.Op == opcode.LogicAnd {
		return append(conjunctsOf(x.L), conjunctsOf(x.R)...)
	}
	return []ast.ExprNode{e}
}

// overAggregates reports whether a condition depends on an aggregate, by name
// or through a select field's alias.
func (w *rewriter) overAggregates(e ast.ExprNode) bool {
	return hasNode(e, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.AggregateFuncExpr:
			return true
		case *ast.ColumnNameExpr:
			for _, f := range w.s.Fields.Fields[:w.shown] {
				if x.Name.Table.L == "" && f.AsName.L == x.Name.Name.L && hasAggregate(f.Expr) {
					return true
				}
			}
		}
		return false
	})
}

func (w *rewriter) predicate(g *Group, e ast.ExprNode) (*Predicate, string) {
	switch x := unwrap(e).(type) {
	case *ast.UnaryOperationExpr:
		if x.Op == opcode.Not || x.Op == opcode.Not2 {
			arg, reason := w.predicate(g, x.V)
			return &Predicate{Op: PredicateNot, Args: []*Predicate{arg}}, reason
		}
	case *ast.BinaryOperationExpr:
		if x.Op == opcode.LogicAnd || x.Op == opcode.LogicOr {
			l, reason := w.predicate(g, x.L)
			if reason != "" {
				return nil, reason
			}
			r, reason := w.predicate(g, x.R)
			op := PredicateAnd
			if x.Op == opcode.LogicOr {
				op = PredicateOr
			}
			return &Predicate{Op: op, Args: []*Predicate{l, r}}, reason
		}
		return w.comparison(g, x)
	case *ast.BetweenExpr:
		low, reason := w.comparison(g, &ast.BinaryOperationExpr{Op: opcode.GE, L: x.Expr, R: x.Left})
		if reason != "" {
			return nil, reason
		}
		high, reason := w.comparison(g, &ast.BinaryOperationExpr{Op: opcode.LE, L: x.Expr, R: x.Right})
		p := &Predicate{Op: PredicateAnd, Args: []*Predicate{low, high}}
		if x.Not {
			p = &Predicate{Op: PredicateNot, Args: []*Predicate{p}}
		}
		return p, reason
	}
	return nil, "only comparisons of aggregates with numbers can be judged across shards"
}

func (w *rewriter) comparison(g *Group, x *ast.BinaryOperationExpr) (*Predicate, string) {
	const unclear = "only comparisons of an aggregate with a number can be judged across shards"
	left, right, op := x.L, x.R, x.Op
	operand, ok := w.b.operand(right)
	if !ok {
		left, op = x.R, mirrored(op)
		if operand, ok = w.b.operand(x.L); !ok {
			return nil, unclear
		}
	}
	compare, ok := compareOp(op)
	if !ok {
		return nil, unclear
	}
	e, at, reason := w.itemExpression(left)
	if reason != "" {
		return nil, reason
	}
	agg, ok := unwrap(e).(*ast.AggregateFuncExpr)
	if !ok || w.b.formOf(agg, w.root).text {
		return nil, unclear
	}
	column := ColumnRef{Index: at}
	if at < 0 {
		column = w.hide(agg)
		if reason := w.combine(g, agg, column); reason != "" {
			return nil, reason
		}
	}
	return &Predicate{Op: compare, Left: column, Right: operand}, ""
}

func mirrored(op opcode.Op) opcode.Op {
	switch op { //nolint:exhaustive // the rest read the same both ways
	case opcode.LT:
		return opcode.GT
	case opcode.LE:
		return opcode.GE
	case opcode.GT:
		return opcode.LT
	case opcode.GE:
		return opcode.LE
	default:
		return op
	}
}

func compareOp(op opcode.Op) (PredicateOp, bool) {
	switch op { //nolint:exhaustive // the rest do not compare
	case opcode.EQ:
		return PredicateEQ, true
	case opcode.NE:
		return PredicateNE, true
	case opcode.LT:
		return PredicateLT, true
	case opcode.LE:
		return PredicateLE, true
	case opcode.GT:
		return PredicateGT, true
	case opcode.GE:
		return PredicateGE, true
	default:
		return 0, false
	}
}
