package plan

import (
	"strconv"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/topology"
)

// groupKeys resolves what the statement groups by.
func (c *computing) groupKeys() string {
	if c.s.GroupBy == nil {
		return ""
	}
	for _, item := range c.s.GroupBy.Items {
		e, _, reason := c.w.item(item.Expr, groupBy)
		if reason != "" {
			return reason
		}
		e = unwrap(e)
		if !hasColumn(e) || hasAggregate(e) || hasSubquery(e) {
			return "it groups by what is no column"
		}
		c.keys = append(c.keys, e)
	}
	return ""
}

// compute rewrites the statement onto the combined rows.
func (c *computing) compute(ks *topology.Keyspace, table string) string {
	s := c.s
	var where ast.ExprNode
	if s.Having != nil {
		if where = c.having(s.Having.Expr); c.reason != "" {
			return c.reason
		}
	}
	if s.OrderBy != nil {
		for _, item := range s.OrderBy.Items {
			c.orderBy(item)
		}
	}
	if where != nil {
		where = c.onto(where)
	}
	for _, f := range s.Fields.Fields {
		f.Expr = c.onto(f.Expr)
	}
	if c.reason != "" {
		return c.reason
	}
	if len(c.fields) == 0 {
		return "it needs nothing of its groups"
	}
	name := &ast.TableName{Schema: ast.NewCIStr(ks.Name), Name: ast.NewCIStr(table)}
	s.From = &ast.TableRefsClause{TableRefs: &ast.Join{Left: &ast.TableSource{Source: name}}}
	s.Where, s.GroupBy, s.Having = where, nil, nil
	return ""
}

// having writes a condition without aliases, for it becomes a WHERE.
func (c *computing) having(e ast.ExprNode) ast.ExprNode {
	hasNode(e, func(n ast.Node) bool {
		if x, ok := n.(*ast.ColumnNameExpr); ok && x.Name.Table.L == "" {
			if at := c.w.aliased(x.Name.Name.L); at >= 0 && c.w.twoMeanings(x, at) {
				c.reason = x.Name.Name.O + " is an alias and may be a column too"
			}
		}
		return false
	})
	e, reason := c.w.withoutAliases(e)
	if reason != "" {
		c.reason = reason
	}
	return e
}

// orderBy rewrites an item of ORDER BY; a position and an alias stay.
func (c *computing) orderBy(item *ast.ByItem) {
	switch x := unwrap(item.Expr).(type) {
	case *ast.PositionExpr, *test_driver.ValueExpr:
		return
	case *test_driver.ParamMarkerExpr:
		c.reason = "a parameter cannot be sorted by"
		return
	case *ast.ColumnNameExpr:
		if x.Name.Table.L == "" && c.w.aliased(x.Name.Name.L) >= 0 {
			return
		}
	}
	e, reason := c.w.withoutAliases(item.Expr)
	if reason != "" {
		c.reason = reason
		return
	}
	item.Expr = c.onto(e)
}

// onto rewrites an expression onto the combined rows.
func (c *computing) onto(e ast.ExprNode) ast.ExprNode {
	if avg := average(e); avg != nil {
		return c.field(avg)
	}
	n, _ := e.Accept(c)
	return n.(ast.ExprNode)
}

// Enter implements ast.Visitor: it puts columns of the temporary table in place
// of aggregates and of what is grouped by.
func (c *computing) Enter(n ast.Node) (ast.Node, bool) {
	e, ok := n.(ast.ExprNode)
	if !ok || c.made[n] || c.reason != "" {
		return n, true
	}
	if c.isKey(e) {
		return c.field(e), true
	}
	c.averages(e)
	switch x := e.(type) {
	case *ast.AggregateFuncExpr:
		if average(x) != nil {
			c.reason = "an average in an expression has more digits than its type"
		}
		return c.field(x), true
	case *ast.ColumnNameExpr:
		if !isHole(x) {
			c.reason = "column " + x.Name.Name.O + " is not grouped by"
		}
	case *ast.SubqueryExpr, *ast.ExistsSubqueryExpr, *ast.CompareSubqueryExpr, *ast.WindowFuncExpr, *ast.MatchAgainst, *ast.DefaultExpr, *ast.ValuesExpr, *ast.VariableExpr:
		c.reason = "it computes with more than aggregates"
	}
	return n, c.reason != ""
}

// Leave implements ast.Visitor.
func (c *computing) Leave(n ast.Node) (ast.Node, bool) { return n, true }

func (c *computing) isKey(e ast.ExprNode) bool {
	if _, ok := e.(*ast.ParenthesesExpr); ok {
		return false
	}
	for _, key := range c.keys {
		if key == e {
			return true
		}
		a, isColumn := key.(*ast.ColumnNameExpr)
		if z, ok := e.(*ast.ColumnNameExpr); ok && isColumn {
			if c.w.sameColumn(a, z) {
				return true
			}
			continue
		}
		if c.b.sameText(key, e) {
			return true
		}
	}
	return false
}

// averages puts averages in place that are compared or rounded: that is done
// with all digits.
func (c *computing) averages(e ast.ExprNode) {
	put := func(operand *ast.ExprNode) {
		if avg := average(*operand); avg != nil {
			*operand = c.field(quotientOf(avg))
		}
	}
	switch x := e.(type) {
	case *ast.BinaryOperationExpr:
		if _, compares := compareOp(x.Op); compares {
			put(&x.L)
			put(&x.R)
		}
	case *ast.BetweenExpr:
		put(&x.Expr)
		put(&x.Left)
		put(&x.Right)
	case *ast.IsNullExpr:
		put(&x.Expr)
	case *ast.FuncCallExpr:
		switch x.FnName.L {
		case "round", "truncate", "floor", "ceil", "ceiling":
			put(&x.Args[0])
		}
	}
}

// field finds or adds a column of the combined rows.
func (c *computing) field(e ast.ExprNode) ast.ExprNode {
	at := -1
	for i, f := range c.fields {
		if f.Expr == e || c.b.sameText(f.Expr, e) {
			at = i
		}
	}
	if at < 0 {
		at = len(c.fields)
		c.fields = append(c.fields, &ast.SelectField{Expr: e, AsName: ast.NewCIStr("_shardway_v" + strconv.Itoa(at+1))})
	}
	column := &ast.ColumnNameExpr{Name: &ast.ColumnName{Name: c.fields[at].AsName}}
	c.made[column] = true
	return column
}
