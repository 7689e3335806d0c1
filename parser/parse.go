package parser

import (
	"fmt"
	"slices"
	"sync"

	tidb "github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
)

// parsers lends TiDB parsers, which are costly to make and not for concurrent
// use.
var parsers = sync.Pool{New: func() any { return tidb.New() }}

// Parse parses all statements of the text, which is one that a client sent or
// the Text of a Shape. Its errors match ErrSyntax.
//
// Parameters in the trees have their Order set, from 0 in the order of the text:
// the index in Shape.Slots. Strings in them have a character set only if there
// was an introducer. The text of a select list's column, which is its name, is
// SelectField.OriginalText().
func Parse(text string, mode Mode) ([]ast.StmtNode, error) {
	params, err := vet(text, mode)
	if err != nil {
		return nil, err
	}
	p := parsers.Get().(*tidb.Parser)
	p.SetSQLMode(sqlMode(mode))
	stmts, _, parseErr := p.ParseSQL(text)
	stmts = slices.Clone(stmts)
	p.Reset() // a parse that stopped midway leaves settings behind
	parsers.Put(p)
	if parseErr != nil {
		return nil, refused(text, parseErr)
	}
	tidy := tidier{text: text, markers: make([]*test_driver.ParamMarkerExpr, 0, params)}
	for _, stmt := range stmts {
		stmt.Accept(&tidy)
	}
	if err := tidy.number(text, params); err != nil {
		return nil, err
	}
	return stmts, nil
}

// ParseOne parses exactly one statement.
func ParseOne(text string, mode Mode) (ast.StmtNode, error) {
	stmts, err := Parse(text, mode)
	switch {
	case err != nil:
		return nil, err
	case len(stmts) != 1:
		return nil, errorAt(text, len(text), fmt.Sprintf("%d statements instead of one", len(stmts)))
	}
	return stmts[0], nil
}

func sqlMode(mode Mode) mysql.SQLMode {
	var m mysql.SQLMode
	for _, set := range []struct {
		on   bool
		mode mysql.SQLMode
	}{
		{mode.ANSIQuotes, mysql.ModeANSIQuotes},
		{mode.NoBackslashEscapes, mysql.ModeNoBackslashEscapes},
		{mode.PipesAsConcat, mysql.ModePipesAsConcat},
		{mode.IgnoreSpace, mysql.ModeIgnoreSpace},
		{mode.HighNotPrecedence, mysql.ModeHighNotPrecedence},
	} {
		if set.on {
			m |= set.mode
		}
	}
	return m
}

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
