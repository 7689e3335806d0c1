package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
	"github.com/pingcap/tidb/pkg/parser/types"
)

// list says how GROUP_CONCAT joins texts. Without an order and DISTINCT the
// shards' own lists are joined; else the shards group by the texts. once is the
// place of what is distinct, as in Aggregate.
func (w *rewriter) list(g *Group, agg *ast.AggregateFuncExpr, once int) (*List, string) {
	last := len(agg.Args) - 1
	separator, ok := agg.Args[last].(ast.ValueExpr)
	if !ok || !ascii(separator.GetString()) {
		return nil, "GROUP_CONCAT over several shards takes a separator of ASCII characters; use another"
	}
	args := agg.Args[:last]
	for _, e := range args {
		if hasNode(e, w.wide) {
			return nil, "GROUP_CONCAT of text in UTF-16, UTF-32, gb18030 or of a column that is not known here is not supported over several shards; CONVERT it to utf8mb4"
		}
	}
	l := &List{Separator: separator.GetString()}
	text := call("CONCAT", args...)
	l.Max = w.hide(&ast.VariableExpr{Name: "group_concat_max_len", IsSystem: true})
	w.first(g, l.Max)
	l.Count = w.hide(&ast.AggregateFuncExpr{F: "COUNT", Args: []ast.ExprNode{text}})
	if !agg.Distinct && agg.Order == nil {
		l.Bytes = w.hide(&ast.AggregateFuncExpr{F: "SUM", Args: []ast.ExprNode{call("LENGTH", text)}})
		return l, ""
	}
	l.Elements = true
	l.Element = w.hide(call("ANY_VALUE", text))
	l.Bytes = w.hide(call("ANY_VALUE", call("LENGTH", text)))
	w.first(g, l.Element)
	w.first(g, l.Bytes)
	if !agg.Distinct {
		w.groupByBytes(text)
	}
	if agg.Order == nil {
		return l, ""
	}
	for _, item := range agg.Order.Items {
		key, reason := w.listKey(g, item, args, once)
		if reason != "" {
			return nil, "ORDER BY in GROUP_CONCAT: " + reason
		}
		l.Order = append(l.Order, key)
	}
	return l, ""
}

// groupByBytes groups by a text as it is spelled: texts that a collation takes
// for equal are several elements of a list.
func (w *rewriter) groupByBytes(text ast.ExprNode) {
	tp := types.NewFieldType(mysql.TypeVarString)
	tp.SetCharset("binary")
	tp.SetCollate("binary")
	e := &ast.FuncCastExpr{Expr: text, Tp: tp, FunctionType: ast.CastFunction}
	w.s.GroupBy.Items = append(w.s.GroupBy.Items, &ast.ByItem{Expr: e, NullOrder: true})
}

// listKey finds or adds the columns that an item of a list's ORDER BY sorts by.
func (w *rewriter) listKey(g *Group, item *ast.ByItem, args []ast.ExprNode, once int) (OrderKey, string) {
	e := unwrap(item.Expr)
	n := 0
	switch x := e.(type) {
	case *ast.PositionExpr:
		n = x.N
	case *test_driver.ValueExpr:
		if x.Kind() == test_driver.KindInt64 {
			n = int(x.GetInt64())
		}
	case *test_driver.ParamMarkerExpr:
		return OrderKey{}, "a parameter cannot be sorted by across shards; leave it out"
	}
	if n != 0 {
		if n < 1 || n > len(args) {
			return OrderKey{}, "there is no such position; name what it sorts by"
		}
		e = args[n-1]
	}
	f := formOf(e, w.root.place())
	if f.reason != "" {
		return OrderKey{}, f.reason
	}
	if f.ordinal {
		e = &ast.BinaryOperationExpr{Op: opcode.Plus, L: e, R: ast.NewValueExpr(0, "", "")}
	}
	if once == 0 {
		if f.text() && !f.ordinal {
			// Here MySQL takes NULL for an empty text. The merge does so with values of
			// other kinds, but it does not know the weight of one.
			e = call("IFNULL", e, ast.NewValueExpr("", "", ""))
		} else if f.ordinal {
			f = form{result: resultNumber}
		}
		return OrderKey{KeyRef: w.finerBy(g, e, f), Desc: item.Desc}, ""
	}
	for i, arg := range args {
		if !w.b.sameText(arg, unwrap(item.Expr)) && i != n-1 {
			continue
		}
		key := g.Distincts[once-1][i]
		if f.ordinal {
			key = w.ordinal(g, arg)
		}
		return OrderKey{KeyRef: key, Desc: item.Desc}, ""
	}
	return OrderKey{}, "with DISTINCT it must be one of the values that are joined"
}

// wide reports whether a node is a column of text that may be longer in its own
// character set than in the client's, or may be one: then it is not known here
// where a list is cut.
func (w *rewriter) wide(n ast.Node) bool {
	c, ok := n.(*ast.ColumnNameExpr)
	if !ok || isHole(c) {
		return false
	}
	r := resolve(c.Name, w.root.place())
	if r == nil || r.table == nil || r.table.Column(c.Name.Name.L) < 0 {
		return true
	}
	switch charsetOf(r.table.Columns[r.table.Column(c.Name.Name.L)].Collation) {
	case "ucs2", "utf16", "utf16le", "utf32", "gb18030":
		return true
	default:
		return false
	}
}

func ascii(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 }
