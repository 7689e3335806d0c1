package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// combine says how a column of the shards' answers is combined.
func (w *rewriter) combine(g *Group, e ast.ExprNode, column ColumnRef) string {
	e = unwrap(e)
	if !hasAggregate(e) {
		w.first(g, column)
		return ""
	}
	if avg := averageOf(e); avg != nil {
		return w.quotient(g, avg, column)
	}
	agg, ok := e.(*ast.AggregateFuncExpr)
	if !ok {
		return "an expression over aggregates is not supported over several shards; select the aggregates themselves and compute with them"
	}
	a := Aggregate{Column: column}
	var reason string
	if a.Once, reason = w.once(g, agg); reason != "" {
		return reason
	}
	switch name := strings.ToLower(agg.F); name {
	case ast.AggFuncCount:
		a.Func = AggregateCount
	case ast.AggFuncSum:
		a.Func = AggregateSum
	case ast.AggFuncAvg:
		a.Func = AggregateAvg
		a.Sum = w.hide(&ast.AggregateFuncExpr{F: "SUM", Args: agg.Args, Distinct: agg.Distinct})
		a.Count = w.hide(&ast.AggregateFuncExpr{F: "COUNT", Args: agg.Args, Distinct: agg.Distinct})
	case ast.AggFuncMin, ast.AggFuncMax:
		a.Func = AggregateMin
		if name == ast.AggFuncMax {
			a.Func = AggregateMax
		}
		f := formOf(agg, w.root.place())
		reason = f.reason
		if reason == "" {
			a.Key = w.keyRef(column, agg, f)
		}
	case ast.AggFuncBitAnd, ast.AggFuncBitOr, ast.AggFuncBitXor:
		a.Func = bitFunc(name)
		a.Count = w.hide(&ast.AggregateFuncExpr{F: "COUNT", Args: agg.Args})
	case ast.AggFuncGroupConcat:
		a.Func = AggregateList
		a.List, reason = w.list(g, agg, a.Once)
	case ast.AggFuncJsonArrayagg:
		a.Func = AggregateArray
	case ast.AggFuncJsonObjectAgg:
		a.Func = AggregateObject
	default:
		reason = strings.ToUpper(name) + " over rows of several shards is not supported; give the shard key, or select the rows and aggregate them yourself"
	}
	if reason != "" {
		return reason
	}
	g.Aggregates = append(g.Aggregates, a)
	return ""
}

func bitFunc(name string) AggregateFunc {
	switch name {
	case ast.AggFuncBitAnd:
		return AggregateBitAnd
	case ast.AggFuncBitOr:
		return AggregateBitOr
	default:
		return AggregateBitXor
	}
}

// bitAggregate reports whether an aggregate combines bits.
func bitAggregate(agg *ast.AggregateFuncExpr) bool {
	switch strings.ToLower(agg.F) {
	case ast.AggFuncBitAnd, ast.AggFuncBitOr, ast.AggFuncBitXor:
		return true
	default:
		return false
	}
}

// first keeps a column's value of any row of the group.
func (w *rewriter) first(g *Group, c ColumnRef) {
	g.Aggregates = append(g.Aggregates, Aggregate{Func: AggregateFirst, Column: c})
}
