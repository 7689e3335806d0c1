package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// An aggregate of distinct values cannot be put together from the shards' own
// results, nor can a list that is to be sorted. Then the shards group by more
// columns than the statement: by what is distinct, or by the list's texts. The
// merge counts each value once, sorts the texts, and combines all other
// aggregates as ever, from more and smaller parts.

// needsFiner reports whether an aggregate of the statement needs finer groups.
func (w *rewriter) needsFiner() bool {
	for _, agg := range w.aggregates() {
		if strings.EqualFold(agg.F, ast.AggFuncGroupConcat) && (agg.Distinct || agg.Order != nil) {
			return true
		}
		if countsOnce(agg) && !w.holdShardKey(agg.Args) {
			return true
		}
	}
	return false
}

// countsOnce reports whether DISTINCT matters to an aggregate.
func countsOnce(agg *ast.AggregateFuncExpr) bool {
	name := strings.ToLower(agg.F)
	return agg.Distinct && name != ast.AggFuncMin && name != ast.AggFuncMax
}

// aggregates lists the statement's aggregates.
func (w *rewriter) aggregates() []*ast.AggregateFuncExpr {
	var all []*ast.AggregateFuncExpr
	collect := func(n ast.Node) bool {
		if agg, ok := n.(*ast.AggregateFuncExpr); ok {
			all = append(all, agg)
		}
		return false
	}
	hasNode(w.s.Fields, collect)
	if w.s.Having != nil {
		hasNode(w.s.Having, collect)
	}
	if w.s.OrderBy != nil {
		hasNode(w.s.OrderBy, collect)
	}
	return all
}

// makeFiner lets the shards group by more than the statement does.
func (w *rewriter) makeFiner() string {
	if w.rollup() {
		return "WITH ROLLUP beside aggregates of distinct values or sorted lists needs all rows of a group in one place; ask for the totals in a statement of their own"
	}
	if w.implicit {
		for _, f := range w.s.Fields.Fields[:w.shown] {
			if !hasAggregate(f.Expr) {
				return "what stands beside aggregates of distinct values has no row to come from where there are none; leave it out, or group by it"
			}
		}
		w.s.GroupBy = &ast.GroupByClause{}
	}
	w.finer = true
	return ""
}

// finerBy adds an expression to what the shards group by, and a hidden column of it.
func (w *rewriter) finerBy(g *Group, e ast.ExprNode, f form) KeyRef {
	column := w.hide(e)
	w.first(g, column)
	// By its name: a number would be a position.
	w.s.GroupBy.Items = append(w.s.GroupBy.Items, &ast.ByItem{Expr: hiddenColumn(column), NullOrder: true})
	key := w.keyRef(column, e, f)
	if key.HasWeight {
		w.first(g, key.Weight)
	}
	return key
}

func hiddenColumn(c ColumnRef) ast.ExprNode {
	return &ast.ColumnNameExpr{Name: &ast.ColumnName{Name: ast.NewCIStr(hiddenName(c))}}
}

// once finds or adds the set of values that an aggregate counts once.
func (w *rewriter) once(g *Group, agg *ast.AggregateFuncExpr) (int, string) {
	if !w.finer || !countsOnce(agg) {
		return 0, ""
	}
	args := agg.Args
	switch name := strings.ToLower(agg.F); name {
	case ast.AggFuncCount:
	case ast.AggFuncGroupConcat:
		args = args[:len(args)-1]
	case ast.AggFuncSum, ast.AggFuncAvg:
		if !w.numeric(args[0]) {
			return 0, strings.ToUpper(name) + "(DISTINCT …) of what may not be a number is not supported over several shards; CAST it, or give the shard key"
		}
	default:
		return 0, strings.ToUpper(name) + "(DISTINCT …) is not supported over several shards; give the shard key"
	}
	for i, known := range w.distincts {
		if w.sameTexts(known, args) {
			return i + 1, ""
		}
	}
	keys := make([]KeyRef, 0, len(args))
	for _, e := range args {
		f := formOf(e, w.root.place())
		if f.reason != "" {
			return 0, f.reason
		}
		keys = append(keys, w.finerBy(g, e, f))
	}
	g.Distincts = append(g.Distincts, keys)
	w.distincts = append(w.distincts, args)
	return len(g.Distincts), ""
}

func (w *rewriter) sameTexts(a, z []ast.ExprNode) bool {
	if len(a) != len(z) {
		return false
	}
	for i := range a {
		if !w.b.sameText(a[i], z[i]) {
			return false
		}
	}
	return true
}

// numeric reports whether values are surely numbers: then they are distinct as
// numbers, which is how SUM and AVG see them.
func (w *rewriter) numeric(e ast.ExprNode) bool {
	switch x := unwrap(e).(type) {
	case *ast.ColumnNameExpr:
		r := resolve(x.Name, w.root.place())
		if isHole(x) || r == nil || r.table == nil || r.table.Column(x.Name.Name.L) < 0 {
			return false
		}
		return numberType(r.table.Columns[r.table.Column(x.Name.Name.L)].Type)
	case *ast.BinaryOperationExpr:
		switch x.Op {
		case opcode.And, opcode.Or, opcode.Xor, opcode.LeftShift, opcode.RightShift:
			return false // may be bytes
		}
	case *ast.UnaryOperationExpr:
		if x.Op == opcode.BitNeg {
			return false
		}
	}
	f := formOf(e, w.root.place())
	return f.reason == "" && f.result == resultNumber
}

// numberType reports whether a column's type is a number's.
func numberType(columnType string) bool {
	name, _, _ := strings.Cut(columnType, "(")
	name, _, _ = strings.Cut(name, " ")
	switch name {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "year", "bit":
		return true
	default:
		return false
	}
}
