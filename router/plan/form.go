package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
)

// form is what comparing two values of an expression takes.
type form struct {
	result result
	// collated: the collation is known; pad is the weight of a space under it
	// if it pads.
	collated bool
	pad      []byte
	// ordinal: ENUM and SET sort by number.
	ordinal bool
	// reason says why values cannot be compared outside MySQL, and what to do
	// instead; empty if they can.
	reason string
}

// text reports whether values may be text under a collation.
func (f form) text() bool { return f.result == resultText }

const (
	reasonJSON     = "JSON and spatial values cannot be compared outside MySQL; select a part of the value as text or number, with ->> or CAST"
	reasonSubquery = "the value of a subquery cannot be compared across shards; join the table instead, or give the shard key"
)

// formOf finds the form of an expression.
func formOf(e ast.ExprNode, at place) form {
	switch x := unwrap(e).(type) {
	case *ast.ColumnNameExpr:
		return columnForm(x, at)
	case *ast.AggregateFuncExpr:
		return aggregateForm(x, at)
	case *ast.SubqueryExpr:
		return subqueryForm(x)
	case *ast.ExistsSubqueryExpr, *ast.CompareSubqueryExpr:
		return form{result: resultNumber}
	case *ast.UnaryOperationExpr:
		return numberForm(at, x.V)
	case *ast.BinaryOperationExpr:
		return numberForm(at, x.L, x.R)
	case *ast.BetweenExpr, *ast.PatternInExpr, *ast.PatternLikeOrIlikeExpr, *ast.PatternRegexpExpr, *ast.IsNullExpr, *ast.IsTruthExpr, *ast.MatchAgainst, *ast.RowExpr:
		if hasSubquery(x) {
			return form{reason: reasonSubquery}
		}
		return form{result: resultNumber}
	case *test_driver.ValueExpr:
		return literalForm(x)
	case *ast.SetCollationExpr:
		return textForm(at, x.Expr)
	case *ast.FuncCastExpr:
		return castForm(x, at)
	case *ast.CaseExpr:
		return caseForm(x, at)
	case *ast.FuncCallExpr:
		return callForm(x, at)
	default:
		return form{result: resultText}
	}
}

// columnForm takes a column's form from its type.
func columnForm(c *ast.ColumnNameExpr, at place) form {
	if isHole(c) {
		return form{result: resultText}
	}
	of, known := resolveColumn(c.Name, at)
	r := of.ref
	if !known || r.table == nil || r.table.Column(of.name) < 0 {
		return form{reason: "the type of column " + c.Name.Name.O + " is not known here; write its table before it, and use the table itself, not a derived one"}
	}
	column := &r.table.Columns[r.table.Column(of.name)]
	f := form{}
	name, _, _ := strings.Cut(column.Type, "(")
	name, _, _ = strings.Cut(name, " ")
	switch name {
	case "json", "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection", "geometrycollection", "vector":
		return form{reason: reasonJSON}
	case "enum", "set":
		f.ordinal = true
	case "date", "datetime", "timestamp", "time":
		f.result = resultTime
	}
	if column.Collation == "" {
		if f.result == 0 {
			f.result = resultNumber // or bytes: neither has a weight
		}
		return f
	}
	f.result = resultText
	f.pad, f.collated = padWeight(column.Collation)
	return f
}

func aggregateForm(a *ast.AggregateFuncExpr, at place) form {
	switch strings.ToLower(a.F) {
	case ast.AggFuncMin, ast.AggFuncMax:
		f := formOf(a.Args[0], at)
		f.ordinal = false
		return f
	case ast.AggFuncGroupConcat:
		return form{result: resultText}
	case ast.AggFuncJsonArrayagg, ast.AggFuncJsonObjectAgg:
		return form{reason: reasonJSON}
	default:
		return form{result: resultNumber}
	}
}

// subqueryForm is a number if the subquery counts or adds up.
func subqueryForm(q *ast.SubqueryExpr) form {
	if s, ok := q.Query.(*ast.SelectStmt); ok && s.Fields != nil && len(s.Fields.Fields) == 1 {
		if a, ok := unwrap(s.Fields.Fields[0].Expr).(*ast.AggregateFuncExpr); ok {
			switch strings.ToLower(a.F) {
			case ast.AggFuncCount, ast.AggFuncSum, ast.AggFuncAvg:
				return form{result: resultNumber}
			}
		}
	}
	return form{reason: reasonSubquery}
}

// numberForm is a number, if its operands hold no subquery.
func numberForm(_ place, operands ...ast.ExprNode) form {
	for _, e := range operands {
		if hasSubquery(e) {
			return form{reason: reasonSubquery}
		}
	}
	return form{result: resultNumber}
}

// textForm is text of a collation that is not known here.
func textForm(_ place, operands ...ast.ExprNode) form {
	f := numberForm(place{}, operands...)
	f.result = resultText
	return f
}

func literalForm(x *test_driver.ValueExpr) form {
	switch x.Kind() {
	case test_driver.KindInt64, test_driver.KindUint64, test_driver.KindFloat32, test_driver.KindFloat64, test_driver.KindMysqlDecimal:
		return form{result: resultNumber}
	default:
		return form{result: resultText}
	}
}

func castForm(x *ast.FuncCastExpr, at place) form {
	switch x.Tp.GetType() {
	case mysql.TypeJSON, mysql.TypeGeometry:
		return form{reason: reasonJSON}
	case mysql.TypeLonglong, mysql.TypeNewDecimal, mysql.TypeFloat, mysql.TypeDouble, mysql.TypeYear:
		return numberForm(at, x.Expr)
	case mysql.TypeDate, mysql.TypeDatetime, mysql.TypeDuration, mysql.TypeTimestamp:
		f := numberForm(at, x.Expr)
		f.result = resultTime
		return f
	default:
		return textForm(at, x.Expr)
	}
}

func caseForm(x *ast.CaseExpr, at place) form {
	var values []ast.ExprNode
	for _, w := range x.WhenClauses {
		values = append(values, w.Result)
		if hasSubquery(w) {
			return form{reason: reasonSubquery}
		}
	}
	if x.ElseClause != nil {
		values = append(values, x.ElseClause)
	}
	return commonForm(values, at)
}

func callForm(f *ast.FuncCallExpr, at place) form {
	if hasSubquery(f) {
		return form{reason: reasonSubquery}
	}
	switch f.FnName.L {
	case ast.DateLiteral, ast.TimeLiteral, ast.TimestampLiteral:
		return form{result: resultTime}
	}
	switch r := resultOf(f.FnName.L); r {
	case resultJSON, resultSpatial:
		return form{reason: reasonJSON}
	case resultArgs:
		values := f.Args
		switch f.FnName.L {
		case "if":
			values = f.Args[1:]
		case "nullif":
			values = f.Args[:1]
		}
		return commonForm(values, at)
	default:
		return form{result: r}
	}
}

// commonForm is what MySQL makes of several values, one of which is chosen.
func commonForm(values []ast.ExprNode, at place) form {
	common := form{}
	for _, e := range values {
		if isNull(e) {
			continue
		}
		f := formOf(e, at)
		switch {
		case f.reason != "":
			return f
		case common.result == 0:
			common.result = f.result
		case common.result != f.result:
			common.result = resultText
		}
	}
	if common.result == 0 {
		common.result = resultText
	}
	return common
}

func isNull(e ast.ExprNode) bool {
	v, ok := unwrap(e).(*test_driver.ValueExpr)
	return ok && v.Kind() == test_driver.KindNull
}

// logical reports whether an operator joins conditions.
func logical(op opcode.Op) bool { return op == opcode.LogicAnd || op == opcode.LogicOr }
