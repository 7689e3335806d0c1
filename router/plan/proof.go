package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// condition is where a conjunct stands. In an outer join's ON it says nothing
// of the rows of the preserved side: they appear whether it holds or not.
type condition struct {
	block  *block
	outer  bool
	filled []*ref
}

// fills reports whether the outer join fills the ref.
func (c condition) fills(r *ref) bool {
	for _, f := range c.filled {
		if f == r {
			return true
		}
	}
	return false
}

// conjuncts takes apart a condition that must hold as a whole and notes what
// each part says of shard keys.
func (b *builder) conjuncts(e ast.ExprNode, c condition) {
	switch x := e.(type) {
	case *ast.ParenthesesExpr:
		b.conjuncts(x.Expr, c)
	case *ast.BinaryOperationExpr:
		switch x.Op { //nolint:exhaustive // other operators prove nothing
		case opcode.LogicAnd:
			b.conjuncts(x.L, c)
			b.conjuncts(x.R, c)
		case opcode.EQ, opcode.NullEQ:
			b.equality(x.L, x.R, c)
		}
	case *ast.PatternInExpr:
		if !x.Not && x.Sel == nil {
			b.membership(x.Expr, x.List, c)
		}
	}
}

func (b *builder) equality(l, r ast.ExprNode, c condition) {
	l, r = unwrap(l), unwrap(r)
	if lr, ok := l.(*ast.RowExpr); ok {
		if rr, ok := r.(*ast.RowExpr); ok && len(lr.Values) == len(rr.Values) {
			for i := range lr.Values {
				b.equality(lr.Values[i], rr.Values[i], c)
			}
		}
		return
	}
	lc, lok := l.(*ast.ColumnNameExpr)
	rc, rok := r.(*ast.ColumnNameExpr)
	switch {
	case lok && rok:
		a, colA := b.resolve(lc.Name, c.block)
		z, colZ := b.resolve(rc.Name, c.block)
		if a != nil && z != nil && a != z {
			b.addLink(a, colA, z, colZ, c)
		}
	case lok:
		b.membership(l, []ast.ExprNode{r}, c)
	case rok:
		b.membership(r, []ast.ExprNode{l}, c)
	}
}

// membership notes that a key column has one of some values.
func (b *builder) membership(e ast.ExprNode, list []ast.ExprNode, c condition) {
	col, ok := unwrap(e).(*ast.ColumnNameExpr)
	if !ok {
		return
	}
	r, name := b.resolve(col.Name, c.block)
	if r == nil || r.decl == nil {
		return
	}
	i := keyPosition(r.decl, name)
	if i < 0 {
		return
	}
	ops := make([]Operand, 0, len(list))
	for _, e := range list {
		op, ok := b.operand(e)
		if !ok {
			return
		}
		ops = append(ops, op)
	}
	switch {
	case !c.outer:
		r.consts[i] = shorter(r.consts[i], ops)
	case c.fills(r):
		r.joinConsts[i] = shorter(r.joinConsts[i], ops)
	}
}

func shorter(have, ops []Operand) []Operand {
	if have == nil || len(ops) < len(have) {
		return ops
	}
	return have
}

// addLink notes an equality of two refs' columns, if both are of their shard
// keys and equal values of them have equal tokens.
func (b *builder) addLink(x *ref, colX string, y *ref, colY string, c condition) {
	if x.decl == nil || y.decl == nil || x.keyspace != y.keyspace {
		return
	}
	i, j := keyPosition(x.decl, colX), keyPosition(y.decl, colY)
	if i < 0 || j < 0 || i != j || !sameTokens(x.decl.ShardKey[i], y.decl.ShardKey[j]) {
		return
	}
	if c.outer && !c.fills(x) && !c.fills(y) {
		return
	}
	b.links = append(b.links, link{a: x, b: y, colA: i, colB: j})
}

// unite merges the classes of refs whose whole shard keys are linked.
func (b *builder) unite() {
	type pair struct{ a, b *ref }
	linked := map[pair]map[int]bool{}
	for _, l := range b.links {
		p := pair{l.a, l.b}
		if _, ok := linked[pair{l.b, l.a}]; ok {
			p = pair{l.b, l.a}
		}
		if linked[p] == nil {
			linked[p] = map[int]bool{}
		}
		linked[p][l.colA] = true
		key := len(l.a.decl.ShardKey)
		if key == len(l.b.decl.ShardKey) && len(linked[p]) == key {
			root, other := l.a.find(), l.b.find()
			if root != other {
				other.class = root
			}
		}
	}
	b.uniteSingles()
}

// uniteSingles puts the single tables of a keyspace into one class: all their
// rows have token 0.
func (b *builder) uniteSingles() {
	first := map[*topology.Keyspace]*ref{}
	for _, r := range b.refs {
		if r.decl.Kind != topology.KindSingle {
			continue
		}
		if f := first[r.keyspace]; f != nil {
			r.find().class = f.find()
		} else {
			first[r.keyspace] = r
		}
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

// resolve finds the ref that a column name belongs to, from the inside out. It
// returns nil unless exactly one table can be meant.
func (b *builder) resolve(n *ast.ColumnName, blk *block) (*ref, string) {
	for ; blk != nil; blk = blk.outer {
		if n.Table.L != "" {
			for _, r := range blk.refs {
				if r.alias == n.Table.O && (n.Schema.L == "" || (r.keyspace != nil && r.keyspace.Name == n.Schema.O)) {
					return r, n.Name.L
				}
			}
			continue
		}
		var one *ref
		for _, r := range blk.refs {
			switch {
			case r.table != nil && r.table.Column(n.Name.L) < 0:
				continue
			case one != nil && one.table != nil && r.table != nil:
				return nil, "" // MySQL says that it is ambiguous, or a USING join made one column of two
			case r.table == nil && r.keyspace != nil:
				return nil, "" // its columns are not known to us
			case r.table != nil:
				one = r
			}
		}
		if one != nil {
			return one, n.Name.L
		}
		if blk.opaque() {
			return nil, ""
		}
	}
	return nil, ""
}

// opaque reports whether the block has a table whose columns are not known.
func (blk *block) opaque() bool {
	for _, r := range blk.refs {
		if r.table == nil {
			return true
		}
	}
	return false
}

// operand takes a literal or marker, possibly with a minus.
func (b *builder) operand(e ast.ExprNode) (Operand, bool) {
	switch x := unwrap(e).(type) {
	case *test_driver.ParamMarkerExpr:
		slot, ok := b.slots[x]
		return Operand{Slot: slot}, ok
	case *ast.UnaryOperationExpr:
		if x.Op == opcode.Minus {
			op, ok := b.operand(x.V)
			op.Negative = !op.Negative
			return op, ok
		}
	case *test_driver.ValueExpr:
		v, ok := constant(x)
		return Operand{Slot: -1, Const: v}, ok
	}
	return Operand{}, false
}

func constant(x *test_driver.ValueExpr) (shardkey.Value, bool) {
	switch x.Kind() {
	case test_driver.KindNull:
		return shardkey.Value{Kind: shardkey.Null}, true
	case test_driver.KindInt64, test_driver.KindUint64:
		var b strings.Builder
		x.Format(&b)
		text := b.String()
		switch text {
		case "TRUE":
			text = "1"
		case "FALSE":
			text = "0"
		}
		return shardkey.Value{Kind: shardkey.Int, Bytes: []byte(text)}, true
	case test_driver.KindString:
		return shardkey.Value{Kind: shardkey.String, Bytes: []byte(x.GetString())}, true
	case test_driver.KindMysqlDecimal:
		return shardkey.Value{Kind: shardkey.Decimal, Bytes: []byte(x.GetMysqlDecimal().String())}, true
	default:
		return shardkey.Value{}, false
	}
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
