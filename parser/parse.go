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
	stmts, err := parse(text, mode)
	if err != nil {
		return nil, err
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

// parse lends a parser and runs it. Its panics are errors here: it panics on
// some texts, such as a number of a hundred digits, and they are the client's.
func parse(text string, mode Mode) (stmts []ast.StmtNode, err error) {
	p := parsers.Get().(*tidb.Parser)
	defer func() {
		if r := recover(); r != nil {
			stmts, err = nil, errorAt(text, 0, fmt.Sprint("the parser panicked: ", r))
			return
		}
		p.Reset() // a parse that stopped midway leaves settings behind
		parsers.Put(p)
	}()
	p.SetSQLMode(sqlMode(mode))
	parsed, _, err := p.ParseSQL(text)
	if err != nil {
		return nil, refused(text, err)
	}
	return slices.Clone(parsed), nil
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
