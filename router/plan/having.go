package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// having keeps the conditions that each shard can judge and takes out the ones
// over aggregates, which are judged when groups are combined.
func (w *rewriter) having(g *Group) string {
	if w.s.Having == nil {
		return ""
	}
	var kept ast.ExprNode
	var taken []*Predicate
	for _, e := range conjunctsOf(w.s.Having.Expr) {
		over, reason := w.overAggregates(e)
		switch {
		case reason != "":
			return reason
		case over:
			p, reason := w.predicate(g, e)
			if reason != "" {
				return reason
			}
			taken = append(taken, p)
		case w.implicit:
			return "without GROUP BY it must be about aggregates; use WHERE"
		case kept == nil:
			kept = e
		default:
			kept = &ast.BinaryOperationExpr{Op: opcode.LogicAnd, L: kept, R: e}
		}
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

// overAggregates reports whether a condition depends on an aggregate, by
// itself or through a select field's alias.
func (w *rewriter) overAggregates(e ast.ExprNode) (over bool, reason string) {
	if hasSubquery(e) {
		return false, "a subquery would see one shard's groups only; compute its value first"
	}
	hasNode(e, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.AggregateFuncExpr:
			over = true
		case *ast.ColumnNameExpr:
			at := w.aliased(x.Name.Name.L)
			if x.Name.Table.L != "" || at < 0 {
				return false
			}
			over = over || hasAggregate(w.s.Fields.Fields[at].Expr)
			if w.twoMeanings(x, at) {
				reason = x.Name.Name.O + " is an alias and may be a column too; write the expression itself, or the column with its table"
			}
		}
		return false
	})
	return over, reason
}

// twoMeanings reports whether a name may be a column besides the alias of a
// select field: in HAVING it depends on GROUP BY which of them is meant.
func (w *rewriter) twoMeanings(x *ast.ColumnNameExpr, at int) bool {
	if c, plain := unwrap(w.s.Fields.Fields[at].Expr).(*ast.ColumnNameExpr); plain && w.sameColumn(c, x) {
		return false
	}
	is, known := w.isColumn(x.Name.Name.L)
	return is || !known
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
	case *ast.IsNullExpr:
		return w.nullity(g, x)
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
	return nil, "only comparisons of an aggregate with a number can be judged across shards; select the aggregate and filter the rows yourself"
}

func (w *rewriter) comparison(g *Group, x *ast.BinaryOperationExpr) (*Predicate, string) {
	const unclear = "only comparisons of an aggregate with a number can be judged across shards; select the aggregate and filter the rows yourself"
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
	if _, constant := w.b.operand(left); constant {
		return nil, unclear
	}
	e, at, reason := w.item(left, orderBy)
	if reason != "" {
		return nil, reason
	}
	agg, ok := unwrap(e).(*ast.AggregateFuncExpr)
	if !ok || formOf(agg, w.root.place()).result != resultNumber || bitAggregate(agg) && !w.numeric(agg.Args[0]) {
		return nil, unclear
	}
	column, reason := w.aggregate(g, agg, at)
	return &Predicate{Op: compare, Left: column, Right: operand}, reason
}

// aggregate is the column of an aggregate: a selected one, or a hidden one.
func (w *rewriter) aggregate(g *Group, agg *ast.AggregateFuncExpr, at int) (ColumnRef, string) {
	if at >= 0 {
		return ColumnRef{Index: at}, ""
	}
	column := w.hide(agg)
	return column, w.combine(g, agg, column)
}

// nullity is IS NULL and IS NOT NULL of an aggregate.
func (w *rewriter) nullity(g *Group, x *ast.IsNullExpr) (*Predicate, string) {
	e, at, reason := w.item(x.Expr, orderBy)
	if reason != "" {
		return nil, reason
	}
	agg, ok := unwrap(e).(*ast.AggregateFuncExpr)
	if !ok {
		return nil, "only comparisons of an aggregate with a number can be judged across shards; select the aggregate and filter the rows yourself"
	}
	column, reason := w.aggregate(g, agg, at)
	p := &Predicate{Op: PredicateIsNull, Left: column}
	if x.Not {
		p = &Predicate{Op: PredicateNot, Args: []*Predicate{p}}
	}
	return p, reason
}

func mirrored(op opcode.Op) opcode.Op {
	switch op {
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
	switch op {
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
