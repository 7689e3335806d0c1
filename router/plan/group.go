package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// rewriteGroups handles groups whose rows are on several shards: each shard
// sends partial aggregates, which are combined and then filtered and sorted.
func (w *rewriter) rewriteGroups() string {
	implicit := w.s.GroupBy == nil // one row in all
	switch {
	case w.wildcard:
		return "name the columns instead of * beside aggregates"
	case w.s.Distinct && !implicit:
		return "DISTINCT over groups that several shards share is not supported; leave DISTINCT out, or group by what is selected"
	}
	w.s.Distinct = false
	g := &Group{}
	w.merge.Group = g
	if reason := w.groupKeys(g); reason != "" {
		return "GROUP BY: " + reason
	}
	for i, f := range w.s.Fields.Fields[:w.shown] {
		if implicit && !hasAggregate(f.Expr) && (hasColumn(f.Expr) || hasSubquery(f.Expr)) {
			return "a column beside aggregates without GROUP BY may come from any row, and not every shard has one; leave it out, or group by it"
		}
		if reason := w.combine(g, f.Expr, ColumnRef{Index: i}); reason != "" {
			return reason
		}
	}
	if reason := w.having(g); reason != "" {
		return "HAVING: " + reason
	}
	if w.s.OrderBy != nil && !implicit {
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
		return "an expression over aggregates is not supported over several shards; select the aggregates themselves and compute with them"
	}
	name := strings.ToLower(agg.F)
	if agg.Distinct && name != ast.AggFuncMin && name != ast.AggFuncMax && !w.holdShardKey(agg.Args) {
		return strings.ToUpper(name) + "(DISTINCT …) is supported over several shards only if the shard key is among what is distinct; select the distinct values and count them, or give the shard key"
	}
	a := Aggregate{Column: column}
	switch name {
	case ast.AggFuncCount:
		a.Func = AggregateCount
	case ast.AggFuncSum:
		a.Func = AggregateSum
	case ast.AggFuncAvg:
		a.Func = AggregateAvg
		a.Sum = w.hide(&ast.AggregateFuncExpr{F: "SUM", Args: agg.Args, Distinct: agg.Distinct})
		a.Count = w.hide(&ast.AggregateFuncExpr{F: "COUNT", Args: agg.Args, Distinct: agg.Distinct})
	case ast.AggFuncMin, ast.AggFuncMax:
		f := formOf(agg, w.root.place())
		if f.reason != "" {
			return f.reason
		}
		a.Func = AggregateMin
		if name == ast.AggFuncMax {
			a.Func = AggregateMax
		}
		a.Key = w.keyRef(column, agg, f)
	default:
		return strings.ToUpper(name) + " over rows of several shards is not supported; give the shard key, or select the rows and aggregate them yourself"
	}
	g.Aggregates = append(g.Aggregates, a)
	return ""
}

// groupOrderKey sorts combined rows by a selected column, a group key or an
// aggregate of its own.
func (w *rewriter) groupOrderKey(g *Group, item *ast.ByItem) (OrderKey, string) {
	e, at, reason := w.item(item.Expr, orderBy)
	if reason != "" {
		return OrderKey{}, reason
	}
	f := formOf(e, w.root.place())
	switch {
	case f.reason != "":
		return OrderKey{}, f.reason
	case f.ordinal:
		return OrderKey{}, "an ENUM or SET sorts by number, which groups over several shards do not keep; sort by CAST(column AS CHAR)"
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
