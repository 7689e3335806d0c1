package parser

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
)

// ColumnName is the name that MySQL gives a column of a select list: its alias,
// the column's own name, a string's value, or the text of the expression. For a
// wildcard it is empty.
func ColumnName(field *ast.SelectField) string {
	if field.WildCard != nil {
		return ""
	}
	if field.AsName.O != "" {
		return field.AsName.O
	}
	text := field.OriginalText()
	switch e := bare(field.Expr).(type) {
	case *ast.ColumnNameExpr:
		return e.Name.Name.O
	case *test_driver.ValueExpr:
		if e.Type.GetFlag()&mysql.IsBooleanFlag != 0 {
			return text
		}
		text = strings.TrimRight(strings.TrimLeft(text, "(+ \t\n\r"), ") \t\n\r")
		if e.Kind() == test_driver.KindString {
			// Of adjacent strings the first one names the column.
			text = e.GetString()
			if offset := e.GetProjectionOffset(); offset >= 0 && offset < len(text) {
				text = text[:offset]
			}
			return strings.TrimLeftFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7F })
		}
	}
	return text
}

// bare takes off what is no part of a column's or literal's name: parentheses
// and plus signs.
func bare(expr ast.ExprNode) ast.ExprNode {
	for {
		switch e := expr.(type) {
		case *ast.ParenthesesExpr:
			expr = e.Expr
		case *ast.UnaryOperationExpr:
			if e.Op != opcode.Plus {
				return expr
			}
			expr = e.V
		default:
			return expr
		}
	}
}
