package parser

import (
	"fmt"
	"slices"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
)

// tidier visits a tree after parsing.
type tidier struct {
	text    string
	markers []*test_driver.ParamMarkerExpr
}

// Enter implements ast.Visitor.
func (t *tidier) Enter(n ast.Node) (ast.Node, bool) {
	switch n := n.(type) {
	case *test_driver.ParamMarkerExpr:
		t.markers = append(t.markers, n)
	case *test_driver.ValueExpr:
		// The parser gives every string the default character set. Printed,
		// that would be an introducer that nobody wrote.
		if n.Kind() == test_driver.KindString && n.Type.GetFlag()&mysql.UnderScoreCharsetFlag == 0 {
			n.Type.SetCharset("")
		}
	case *ast.SelectField:
		t.mendText(n)
	case *ast.FuncCallExpr:
		mendFunction(n)
	}
	return n, false
}

// Leave implements ast.Visitor.
func (t *tidier) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// mendText gives a column's text the bytes back that the parser took for white
// space at its end: they are the last of a character such as à.
func (t *tidier) mendText(field *ast.SelectField) {
	end := field.Offset + len(field.OriginalText())
	from := end
	for end < len(t.text) && (t.text[end] == 0x85 || t.text[end] == 0xA0) {
		end++
	}
	if end > from && end > field.Offset {
		field.SetText(nil, t.text[field.Offset:end])
	}
}

// number gives the parameters their order.
func (t *tidier) number(text string, params int) error {
	slices.SortFunc(t.markers, func(a, b *test_driver.ParamMarkerExpr) int { return a.Offset - b.Offset })
	t.markers = slices.Compact(t.markers)
	if len(t.markers) != params {
		return errorAt(text, 0, fmt.Sprintf("%d of %d parameters are at places that the parser does not show", params-len(t.markers), params))
	}
	for i, m := range t.markers {
		m.Order = i
	}
	return nil
}

// mendFunction gives functions the names back that MySQL knows.
func mendFunction(f *ast.FuncCallExpr) {
	switch f.FnName.L {
	case ast.InsertFunc:
		f.FnName = ast.NewCIStr("INSERT")
	case ast.CharFunc:
		last := len(f.Args) - 1
		charset, ok := f.Args[last].(*test_driver.ValueExpr)
		if !ok {
			return
		}
		f.FnName, f.Args = ast.NewCIStr("CHAR"), f.Args[:last]
		if charset.Kind() != test_driver.KindNull { // CHAR(65 USING utf8mb4)
			char := &ast.FuncCallExpr{Tp: f.Tp, FnName: f.FnName, Args: f.Args}
			f.FnName, f.Args = ast.NewCIStr(ast.Convert), []ast.ExprNode{char, charset}
		}
	}
}
