package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// conjuncts takes apart a condition that must hold as a whole and notes what
// each part says of shard keys in the scope.
//
// <=> proves nothing here: it is true of two columns that an outer join left out.
func (b *builder) conjuncts(e ast.ExprNode, p place) {
	switch x := e.(type) {
	case *ast.ParenthesesExpr:
		b.conjuncts(x.Expr, p)
		return
	case *ast.BinaryOperationExpr:
		if x.Op == opcode.LogicAnd {
			b.conjuncts(x.L, p)
			b.conjuncts(x.R, p)
			return
		}
	}
	b.terms = append(b.terms, term{e, p})
	switch x := e.(type) {
	case *ast.BinaryOperationExpr:
		switch x.Op {
		case opcode.EQ:
			b.equality(x.L, x.R, p)
		case opcode.LogicOr:
			if column, list := alternatives(x); column != nil {
				b.membership(column, list, p)
			}
		default: // other operators prove nothing
		}
	case *ast.PatternInExpr:
		if !x.Not && x.Sel == nil {
			b.listed(x, p)
		}
	}
}

// alternatives takes `k = 1 OR k = 2 OR k IN (3, 4)` as a list; column is nil
// if it is anything else.
func alternatives(e ast.ExprNode) (column *ast.ColumnNameExpr, list []ast.ExprNode) {
	switch x := unwrap(e).(type) {
	case *ast.BinaryOperationExpr:
		switch x.Op {
		case opcode.EQ:
			if c, ok := unwrap(x.L).(*ast.ColumnNameExpr); ok {
				return c, []ast.ExprNode{x.R}
			}
			if c, ok := unwrap(x.R).(*ast.ColumnNameExpr); ok {
				return c, []ast.ExprNode{x.L}
			}
		case opcode.LogicOr:
			l, left := alternatives(x.L)
			r, right := alternatives(x.R)
			if l != nil && r != nil && l.Name.String() == r.Name.String() {
				return l, append(left, right...)
			}
		default: // other operators give no list
		}
	case *ast.PatternInExpr:
		if c, ok := unwrap(x.Expr).(*ast.ColumnNameExpr); ok && !x.Not && x.Sel == nil {
			return c, x.List
		}
	}
	return nil, nil
}

// listed takes IN with a list, of values or of rows.
func (b *builder) listed(x *ast.PatternInExpr, p place) {
	left, ok := unwrap(x.Expr).(*ast.RowExpr)
	if !ok {
		b.membership(x.Expr, x.List, p)
		return
	}
	columns := make([][]ast.ExprNode, len(left.Values))
	for _, e := range x.List {
		row, ok := unwrap(e).(*ast.RowExpr)
		if !ok || len(row.Values) != len(columns) {
			return
		}
		for i, v := range row.Values {
			columns[i] = append(columns[i], v)
		}
	}
	for i, list := range columns {
		b.membership(left.Values[i], list, p)
	}
}

func (b *builder) equality(l, r ast.ExprNode, p place) {
	l, r = unwrap(l), unwrap(r)
	if lr, ok := l.(*ast.RowExpr); ok {
		if rr, ok := r.(*ast.RowExpr); ok && len(lr.Values) == len(rr.Values) {
			for i := range lr.Values {
				b.equality(lr.Values[i], rr.Values[i], p)
			}
		}
		return
	}
	lc, lok := l.(*ast.ColumnNameExpr)
	rc, rok := r.(*ast.ColumnNameExpr)
	switch {
	case lok && rok:
		x, knownX := resolveColumn(lc.Name, p)
		y, knownY := resolveColumn(rc.Name, p)
		if knownX && knownY && x.ref != y.ref {
			b.equalities = append(b.equalities, equality{x, y, p.scope})
			addLink(x.ref, x.name, y.ref, y.name, p.scope)
		}
	case lok:
		b.membership(l, []ast.ExprNode{r}, p)
	case rok:
		b.membership(r, []ast.ExprNode{l}, p)
	}
}

// membership notes that a key column has one of some values. It says nothing
// of a ref outside the scope.
func (b *builder) membership(e ast.ExprNode, list []ast.ExprNode, p place) {
	col, ok := unwrap(e).(*ast.ColumnNameExpr)
	if !ok {
		return
	}
	c, known := resolveColumn(col.Name, p)
	r := c.ref
	if !known || r.decl == nil || !r.scope.within(p.scope) {
		return
	}
	b.uniqueValue(r, c.name, list)
	i := keyPosition(r.decl, c.name)
	if i < 0 {
		return
	}
	values := make([]Operand, 0, len(list))
	for _, e := range list {
		op, ok := b.operand(e)
		if !ok {
			return
		}
		if len(list) > 1 && op.Slot < 0 && op.Const.Kind == shardkey.Null {
			continue // in a list, NULL equals nothing
		}
		values = append(values, op)
	}
	if len(values) > 0 {
		p.scope.facts = append(p.scope.facts, fact{ref: r, column: i, values: values})
	}
}

// addLink notes an equality of two refs' columns, if both stand at one place of
// their shard keys and equal values have equal tokens.
func addLink(x *ref, columnX string, y *ref, columnY string, s *scope) {
	if x.decl == nil || y.decl == nil || x.keyspace != y.keyspace {
		return
	}
	i, j := keyPosition(x.decl, columnX), keyPosition(y.decl, columnY)
	if i >= 0 && i == j && sameTokens(x.decl.ShardKey[i], y.decl.ShardKey[j]) {
		s.links = append(s.links, link{a: x, b: y, column: i})
	}
}

func keyPosition(t *topology.Table, column string) int {
	if t.Kind != topology.KindSharded {
		return -1
	}
	for i := range t.ShardKey {
		if strings.EqualFold(t.ShardKey[i].Name, column) {
			return i
		}
	}
	return -1
}

// operand takes a literal or marker, possibly with a sign.
func (b *builder) operand(e ast.ExprNode) (Operand, bool) {
	switch x := unwrap(e).(type) {
	case *test_driver.ParamMarkerExpr:
		return Operand{Slot: x.Order}, true
	case *ast.UnaryOperationExpr:
		if x.Op == opcode.Minus || x.Op == opcode.Plus {
			op, ok := b.operand(x.V)
			if x.Op == opcode.Minus {
				op.Negative = !op.Negative
			}
			return op, ok
		}
	case *test_driver.ValueExpr:
		v, ok := b.constant(x)
		return Operand{Slot: -1, Const: v}, ok
	case *ast.FuncCallExpr:
		v, ok := temporalLiteral(x)
		return Operand{Slot: -1, Const: v}, ok
	}
	return Operand{}, false
}

// constant is the value of a literal that the shape kept. A string with an
// introducer is in another character set than the session's.
func (b *builder) constant(x *test_driver.ValueExpr) (shardkey.Value, bool) {
	switch x.Kind() {
	case test_driver.KindNull:
		return shardkey.Value{Kind: shardkey.Null}, true
	case test_driver.KindInt64, test_driver.KindUint64:
		var text strings.Builder
		x.Format(&text)
		digits := text.String()
		switch digits {
		case "TRUE":
			digits = "1"
		case "FALSE":
			digits = "0"
		}
		return shardkey.Value{Kind: shardkey.Int, Bytes: []byte(digits)}, true
	case test_driver.KindString:
		if x.Type.GetCharset() != "" || b.in.Opaque {
			return shardkey.Value{}, false
		}
		return shardkey.Value{Kind: shardkey.String, Charset: b.in.Charset, Bytes: []byte(x.GetString())}, true
	case test_driver.KindMysqlDecimal:
		return shardkey.Value{Kind: shardkey.Decimal, Bytes: []byte(x.GetMysqlDecimal().String())}, true
	default:
		return shardkey.Value{}, false
	}
}

// temporalLiteral is the value of DATE'…', TIME'…' or TIMESTAMP'…'.
func temporalLiteral(f *ast.FuncCallExpr) (shardkey.Value, bool) {
	kind := shardkey.Other
	switch f.FnName.L {
	case ast.DateLiteral:
		kind = shardkey.Date
	case ast.TimeLiteral:
		kind = shardkey.Time
	case ast.TimestampLiteral:
		kind = shardkey.DateTime
	}
	if kind == shardkey.Other || len(f.Args) != 1 {
		return shardkey.Value{}, false
	}
	text, ok := f.Args[0].(*test_driver.ValueExpr)
	if !ok || text.Kind() != test_driver.KindString {
		return shardkey.Value{}, false
	}
	return shardkey.Value{Kind: kind, Bytes: []byte(text.GetString())}, true
}

func unwrap(e ast.ExprNode) ast.ExprNode {
	for {
		p, ok := e.(*ast.ParenthesesExpr)
		if !ok {
			return e
		}
		e = p.Expr
	}
}
