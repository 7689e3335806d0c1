package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/types"
)

// The value of an AVG of exact numbers has more digits than its type shows, and
// MySQL compares and rounds it with all of them. CAST(AVG(…) AS DECIMAL(65,30))
// shows them.
const (
	quotientDigits = 65
	quotientScale  = 30
)

// quotientOf is the cast of an average.
func quotientOf(avg *ast.AggregateFuncExpr) ast.ExprNode {
	tp := types.NewFieldType(mysql.TypeNewDecimal)
	tp.SetFlen(quotientDigits)
	tp.SetDecimal(quotientScale)
	return &ast.FuncCastExpr{Expr: avg, Tp: tp, FunctionType: ast.CastFunction}
}

// averageOf returns the average that an expression is the cast of, nil if it is
// something else.
func averageOf(e ast.ExprNode) *ast.AggregateFuncExpr {
	cast, ok := e.(*ast.FuncCastExpr)
	if !ok || cast.Tp.GetType() != mysql.TypeNewDecimal || cast.Tp.GetFlen() != quotientDigits || cast.Tp.GetDecimal() != quotientScale {
		return nil
	}
	return average(cast.Expr)
}

// average is an expression that is an AVG, nil if it is none.
func average(e ast.ExprNode) *ast.AggregateFuncExpr {
	if agg, ok := unwrap(e).(*ast.AggregateFuncExpr); ok && strings.EqualFold(agg.F, ast.AggFuncAvg) {
		return agg
	}
	return nil
}

// quotient combines an average with all its digits.
func (w *rewriter) quotient(g *Group, avg *ast.AggregateFuncExpr, column ColumnRef) string {
	a := Aggregate{Func: AggregateQuotient, Column: column}
	var reason string
	if a.Once, reason = w.once(g, avg); reason != "" {
		return reason
	}
	a.Average = w.hide(avg)
	w.first(g, a.Average)
	a.Sum = w.hide(&ast.AggregateFuncExpr{F: "SUM", Args: avg.Args, Distinct: avg.Distinct})
	a.Count = w.hide(&ast.AggregateFuncExpr{F: "COUNT", Args: avg.Args, Distinct: avg.Distinct})
	g.Aggregates = append(g.Aggregates, a)
	return ""
}
