package parser

import (
	"errors"
	"fmt"
	"sync"

	tidb "github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // the parser's value expressions
)

// ErrSyntax is matched by the errors of Parse and ParseOne.
var ErrSyntax = errors.New("syntax error")

// SyntaxError is text that the parser refuses. MySQL may still accept it.
type SyntaxError struct {
	// Line is the line, from 1; 0 if unknown.
	Line int
	// Near is the text at which the parser stopped, shortened as MySQL does.
	Near string
	// Detail is the parser's own message.
	Detail string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("You have an error in your SQL syntax near '%s' at line %d", e.Near, e.Line)
}

// Is matches ErrSyntax.
func (e *SyntaxError) Is(target error) bool { return target == ErrSyntax }

var parsers = sync.Pool{New: func() any { return tidb.New() }}

// Parse parses all statements of the text.
func Parse(text string, mode Mode) ([]ast.StmtNode, error) {
	p := parsers.Get().(*tidb.Parser)
	defer parsers.Put(p)
	var sqlMode mysql.SQLMode
	if mode.ANSIQuotes {
		sqlMode |= mysql.ModeANSIQuotes
	}
	if mode.NoBackslashEscapes {
		sqlMode |= mysql.ModeNoBackslashEscapes
	}
	if mode.PipesAsConcat {
		sqlMode |= mysql.ModePipesAsConcat
	}
	if mode.IgnoreSpace {
		sqlMode |= mysql.ModeIgnoreSpace
	}
	if mode.HighNotPrecedence {
		sqlMode |= mysql.ModeHighNotPrecedence
	}
	p.SetSQLMode(sqlMode)
	stmts, _, err := p.ParseSQL(text)
	if err != nil {
		return nil, &SyntaxError{Detail: err.Error()}
	}
	return stmts, nil
}

// ParseOne parses exactly one statement.
func ParseOne(text string, mode Mode) (ast.StmtNode, error) {
	stmts, err := Parse(text, mode)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, &SyntaxError{Line: 1, Detail: fmt.Sprintf("%d statements instead of one", len(stmts))}
	}
	return stmts[0], nil
}
