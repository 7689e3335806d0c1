package plan

import (
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
)

// term is a condition that holds of all rows of a scope that matter.
type term struct {
	expr  ast.ExprNode
	place place
}

// equality is a term that two columns are equal.
type equality struct {
	a, b  column
	scope *scope
}

// filter is the conjunction of the terms that a shard can judge a reference's
// rows by: those over its columns alone that hold in the scope in which it
// stands. The statement itself applies them once more.
func (n *gathering) filter(r *ref) (text, reason string) {
	var parts []string
	for _, t := range n.b.terms {
		if t.place.scope != r.scope || !n.judges(t, r) {
			continue
		}
		part, err := n.restored(t)
		if err != nil {
			return "", err.Error()
		}
		parts = append(parts, "("+part+")")
	}
	return strings.Join(parts, " AND "), ""
}

// restored is a term as the table itself is asked: through a derived table its
// columns have other names.
func (n *gathering) restored(t term) (string, error) {
	type written struct {
		name *ast.ColumnName
		was  ast.ColumnName
	}
	var all []written
	hasNode(t.expr, func(node ast.Node) bool {
		x, ok := node.(*ast.ColumnNameExpr)
		if !ok || isHole(x) {
			return false
		}
		if c, known := resolveColumn(x.Name, t.place); known && resolve(x.Name, t.place) != c.ref {
			all = append(all, written{x.Name, *x.Name})
			x.Name.Schema, x.Name.Table, x.Name.Name = ast.CIStr{}, ast.NewCIStr(c.ref.alias), ast.NewCIStr(c.ref.table.Columns[c.ref.table.Column(c.name)].Name)
		}
		return false
	})
	text, err := parser.Restore(t.expr, n.b.in.Mode)
	for _, w := range all {
		*w.name = w.was
	}
	return text, err
}

// judges reports whether a term is about the reference's columns alone and has
// the same value wherever it is evaluated.
func (n *gathering) judges(t term, r *ref) bool {
	own, foreign := false, false
	hasNode(t.expr, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.ColumnNameExpr:
			switch {
			case isHole(x):
			case n.owns(r, x, t.place):
				own = true
			default:
				foreign = true
			}
		case *ast.SubqueryExpr, *ast.ExistsSubqueryExpr, *ast.CompareSubqueryExpr, *ast.VariableExpr, *ast.AggregateFuncExpr,
			*ast.WindowFuncExpr, *ast.MatchAgainst, *ast.DefaultExpr:
			foreign = true
		case *ast.FuncCallExpr:
			name := x.FnName.L
			literal := name == ast.DateLiteral || name == ast.TimeLiteral || name == ast.TimestampLiteral
			if v := volatilityOf(name, len(x.Args)); !literal && (x.Schema.L != "" || resultOf(name) == resultUnknown || v == volatileRandom || v == volatileSeed) {
				foreign = true
			}
		}
		return foreign
	})
	return own && !foreign
}

func (n *gathering) owns(r *ref, x *ast.ColumnNameExpr, at place) bool {
	c, known := resolveColumn(x.Name, at)
	return known && c.ref == r && r.table.Column(c.name) >= 0
}

// collected is the order in which the references are collected: first those that
// conditions leave few rows of, then those that are joined to one before, last
// the rest.
func (n *gathering) collected() []*ref {
	rank := map[*ref]int{}
	for _, r := range n.b.refs {
		rank[r] = 2
		switch {
		case n.part(r).Mode == ModeKey:
			rank[r] = 0
		case slices.ContainsFunc(n.b.terms, func(t term) bool { return t.place.scope == r.scope && n.judges(t, r) }):
			rank[r] = 1
		}
	}
	var order []*ref
	left := slices.Clone(n.b.refs)
	for len(left) > 0 {
		best := 0
		for i, r := range left {
			if n.before(r, left[best], rank, order) {
				best = i
			}
		}
		order = append(order, left[best])
		left = slices.Delete(left, best, best+1)
	}
	return order
}

func (n *gathering) before(a, b *ref, rank map[*ref]int, order []*ref) bool {
	weight := func(r *ref) int {
		if rank[r] == 2 && len(n.partners(r, order)) > 0 {
			return 1
		}
		return rank[r]
	}
	return weight(a) < weight(b)
}

// reductions are the semi-joins of a reference with those collected before it.
func (n *gathering) reductions(r *ref) []Reduction {
	at := slices.Index(n.order, r)
	if n.part(r).Mode == ModeKey {
		return nil // few rows as it is
	}
	return n.partners(r, n.order[:at])
}

// partners finds the columns by which rows of a reference are left out that have
// no partner among those collected: an equality that holds of all rows of the
// scope in which the reference stands.
func (n *gathering) partners(r *ref, collected []*ref) []Reduction {
	var found []Reduction
	for _, e := range n.b.equalities {
		if e.scope != r.scope {
			continue
		}
		mine, other := e.a, e.b
		if mine.ref != r {
			mine, other = e.b, e.a
		}
		of := slices.Index(collected, other.ref)
		if mine.ref != r || of < 0 || other.ref == r {
			continue
		}
		c, o := columnOf(mine), columnOf(other)
		if c == nil || o == nil || !comparedAlike(c, o) {
			continue
		}
		found = append(found, Reduction{Column: quoted(r.alias) + "." + quoted(c.Name), Of: of, OfColumn: o.Name, Encoding: encodingOf(o), Charset: charsetOf(o.Collation)})
	}
	return found
}

func columnOf(s column) *Column {
	if s.ref.table == nil {
		return nil
	}
	if i := s.ref.table.Column(s.name); i >= 0 {
		return &s.ref.table.Columns[i]
	}
	return nil
}

// comparedAlike reports whether a value of one column, written as a literal, is
// compared with the other as the columns are with each other.
func comparedAlike(a, b *Column) bool {
	if integer(a.Type) && integer(b.Type) {
		return true
	}
	switch encodingOf(a) {
	case EncodingText, EncodingTime:
		return baseType(a.Type) == baseType(b.Type) && a.Collation == b.Collation && (encodingOf(a) == EncodingText || a.Type == b.Type)
	case EncodingNumber:
		return a.Type == b.Type
	case EncodingReal, EncodingOrdinal, EncodingInstant, EncodingJSON, EncodingBytes:
	}
	return false
}
