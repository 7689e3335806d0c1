package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/parser"
)

// sameText reports whether two expressions read the same. Ones with markers
// never do: two slots may hold different values.
func (b *builder) sameText(x, y ast.ExprNode) bool {
	tx, okx := b.plainText(x)
	ty, oky := b.plainText(y)
	return okx && oky && tx == ty
}

func (b *builder) plainText(e ast.ExprNode) (string, bool) {
	if hasNode(e, func(n ast.Node) bool { _, ok := n.(*test_driver.ParamMarkerExpr); return ok }) {
		return "", false
	}
	text, err := parser.Restore(unwrap(e), b.in.Mode)
	return text, err == nil
}

// hasAggregate reports whether an aggregate of this query block is in n.
func hasAggregate(n ast.Node) bool {
	return hasNode(n, func(n ast.Node) bool { _, ok := n.(*ast.AggregateFuncExpr); return ok })
}

// hasNode looks for a node, subqueries left out.
func hasNode(n ast.Node, is func(ast.Node) bool) bool {
	v := &search{is: is}
	n.Accept(v)
	return v.found
}

type search struct {
	is    func(ast.Node) bool
	found bool
}

func (v *search) Enter(n ast.Node) (ast.Node, bool) {
	if v.is(n) {
		v.found = true
	}
	_, sub := n.(*ast.SubqueryExpr)
	return n, v.found || sub
}

func (v *search) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// form is what comparing two values of an expression takes.
type form struct {
	text bool
	pad  []byte
	// ordinal: ENUM and SET sort by number.
	ordinal bool
	reason  string // why values cannot be compared outside MySQL
}

// formOf finds the form of an expression from the columns that it is made of.
func (b *builder) formOf(e ast.ExprNode, blk *block) form {
	e = unwrap(e)
	if agg, ok := e.(*ast.AggregateFuncExpr); ok {
		switch strings.ToLower(agg.F) {
		case ast.AggFuncMin, ast.AggFuncMax:
			f := b.formOf(agg.Args[0], blk)
			f.ordinal = false
			return f
		default:
			return form{}
		}
	}
	v := &columnTypes{b: b, block: blk, seen: map[string]bool{}}
	e.Accept(v)
	if v.unknown != "" {
		return form{reason: "the type of column " + v.unknown + " is not known"}
	}
	_, plain := e.(*ast.ColumnNameExpr)
	switch {
	case v.json:
		return form{reason: "JSON and spatial values cannot be compared outside MySQL"}
	case v.ordinal && plain:
		return form{ordinal: true, text: true, pad: v.pad(), reason: v.mixed()}
	case len(v.seen) > 0 || !plain:
		return form{text: len(v.seen) > 0 || !plain, pad: v.pad(), reason: v.mixed()}
	default:
		return form{}
	}
}

type columnTypes struct {
	b       *builder
	block   *block
	seen    map[string]bool // collations
	json    bool
	ordinal bool
	unknown string
}

func (v *columnTypes) Enter(n ast.Node) (ast.Node, bool) {
	if _, sub := n.(*ast.SubqueryExpr); sub {
		v.unknown = "(subquery)"
		return n, true
	}
	c, ok := n.(*ast.ColumnNameExpr)
	if !ok {
		return n, false
	}
	r, name := v.b.resolve(c.Name, v.block)
	if r == nil || r.table == nil {
		v.unknown = c.Name.Name.O
		return n, true
	}
	i := r.table.Column(name)
	if i < 0 {
		v.unknown = c.Name.Name.O
		return n, true
	}
	v.note(r.table.Columns[i])
	return n, true
}

func (v *columnTypes) Leave(n ast.Node) (ast.Node, bool) { return n, true }

func (v *columnTypes) note(c Column) {
	name, _, _ := strings.Cut(c.Type, "(")
	switch name {
	case "json", "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection", "vector":
		v.json = true
	case "enum", "set":
		v.ordinal = true
	}
	if c.Collation != "" {
		v.seen[c.Collation] = true
	}
}

func (v *columnTypes) pad() []byte {
	for c := range v.seen {
		pad, _ := padWeight(c)
		return pad
	}
	return nil
}

// mixed says why the collation of a value is not known to us.
func (v *columnTypes) mixed() string {
	if len(v.seen) > 1 {
		return "it mixes columns of different collations"
	}
	for c := range v.seen {
		if _, ok := padWeight(c); !ok {
			return "collation " + c + " cannot be merged across shards"
		}
	}
	return ""
}

// padWeight is the weight of a space under a collation that pads with spaces,
// nil for one that does not; ok is false for one that is not known.
func padWeight(collation string) (pad []byte, ok bool) {
	charset, rest, _ := strings.Cut(collation, "_")
	wide := charset == "utf8mb4" || charset == "utf8mb3" || charset == "utf8"
	switch {
	case collation == "binary" || strings.HasPrefix(rest, "0900_") || strings.Contains(rest, "_0900_"):
		return nil, true
	case wide && rest == "general_ci":
		return []byte{0x00, 0x20}, true
	case wide && rest == "unicode_ci":
		return []byte{0x02, 0x09}, true
	case charset == "utf8mb4" && rest == "bin":
		return []byte{0x00, 0x00, 0x20}, true
	case wide && rest == "bin":
		return []byte{0x00, 0x20}, true
	case charset == "ascii" || collation == "latin1_bin" || collation == "latin1_swedish_ci" || collation == "latin1_general_ci":
		return []byte{0x20}, true
	default:
		return nil, false
	}
}
