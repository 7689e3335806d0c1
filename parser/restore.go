package parser

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/format"
)

// Restore prints a tree as SQL that MySQL reads the same way under the mode.
// Parameters are printed as ?. Strings have an introducer only if they had one.
func Restore(node ast.Node, mode Mode) (string, error) {
	flags := format.RestoreStringSingleQuotes | format.RestoreKeyWordUppercase | format.RestoreNameBackQuotes |
		format.RestoreSpacesAroundBinaryOperation
	if !mode.NoBackslashEscapes {
		flags |= format.RestoreStringEscapeBackslash
	}
	var b strings.Builder
	if err := node.Restore(format.NewRestoreCtx(flags, &b)); err != nil {
		return "", err
	}
	return b.String(), nil
}
