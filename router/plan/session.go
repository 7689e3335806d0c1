package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
	"github.com/pingcap/tidb/pkg/parser/types"
)

// replaceSessionFunctions puts holes where a statement asks for facts of the
// client's session that a shared backend connection does not know, and keeps
// the columns' names. It reports whether the client's text cannot be sent as it is.
func (b *builder) replaceSessionFunctions(n ast.Node) bool {
	v := &sessionFunctions{b: b}
	n.Accept(v)
	return v.found || b.in.follows()
}

// whole is the statement as one group is sent it, with its session functions
// as holes. The tree in hand may be rewritten for several groups, so another is
// made.
func (b *builder) whole() (*Template, error) {
	stmt, err := b.reparse()
	if err != nil {
		return nil, err
	}
	stmt.Accept(&sessionFunctions{b: b, names: true})
	if b.confined > 0 {
		if b.numbers, err = b.confine(stmt); err != nil {
			return nil, err
		}
	}
	switch ins, ok := stmt.(*ast.InsertStmt); {
	case ok && b.in.Folded:
		return b.unfolded(ins)
	case ok && b.in.Row != nil:
		return b.withRowAlias(ins)
	}
	return b.template(stmt)
}

type sessionFunctions struct {
	b     *builder
	found bool
	// names: every select field keeps its name, for the whole text is written anew.
	names bool
	// fields are the select fields that are being visited.
	fields []*ast.SelectField
}

// Enter implements ast.Visitor.
func (v *sessionFunctions) Enter(n ast.Node) (ast.Node, bool) {
	if f, ok := n.(*ast.SelectField); ok {
		v.fields = append(v.fields, f)
	}
	return n, false
}

// Leave implements ast.Visitor.
func (v *sessionFunctions) Leave(n ast.Node) (ast.Node, bool) {
	kind, ok := HoleKind(0), false
	switch x := n.(type) {
	case *ast.SelectField:
		v.fields = v.fields[:len(v.fields)-1]
		if v.names {
			keepName(x)
		}
		return n, true
	case *ast.FuncCallExpr:
		if v.b.in.Keyspace == "" && databaseFunction(x) {
			return v.noDatabase(), true
		}
		kind, ok = sessionFunction(x)
	case *ast.VariableExpr:
		kind, ok = sessionVariable(x)
	}
	if !ok {
		return n, true
	}
	v.found = true
	for _, f := range v.fields {
		keepName(f)
	}
	return typed(kind, v.b.holeNode(Hole{Kind: kind}), n.(ast.ExprNode)), true
}

// databaseFunction reports whether a function names the current schema. A
// session without one runs on connections that have some all the same.
func databaseFunction(f *ast.FuncCallExpr) bool {
	return len(f.Args) == 0 && (f.FnName.L == "database" || f.FnName.L == "schema")
}

// noDatabase is a NULL that is a text.
func (v *sessionFunctions) noDatabase() ast.ExprNode {
	v.found = true
	for _, f := range v.fields {
		keepName(f)
	}
	return &ast.FuncCastExpr{Expr: ast.NewValueExpr(nil, "", ""), Tp: types.NewFieldType(mysql.TypeVarString), FunctionType: ast.CastFunction}
}

// typed gives a fact of the session the type that the function has which it
// stands for. Where the function may be NULL for all that MySQL knows, or is
// deprecated, it stays as the branch that is never taken.
func typed(kind HoleKind, fact, function ast.ExprNode) ast.ExprNode {
	switch kind {
	case HoleConnectionID, HoleLastInsertID:
		return wholeNumber(fact, mysql.UnsignedFlag)
	case HoleRowCount:
		return wholeNumber(fact, 0)
	case HoleFoundRows:
		return insteadOf(function, wholeNumber(fact, 0))
	case HoleUser, HoleCurrentUser:
		return insteadOf(function, fact)
	default:
		return fact
	}
}

func wholeNumber(e ast.ExprNode, flag uint) ast.ExprNode {
	t := types.NewFieldType(mysql.TypeLonglong)
	t.AddFlag(flag)
	return &ast.FuncCastExpr{Expr: e, Tp: t, FunctionType: ast.CastFunction}
}

// insteadOf is a value that MySQL takes the function for in all but the value.
func insteadOf(function, value ast.ExprNode) ast.ExprNode {
	return &ast.FuncCallExpr{FnName: ast.NewCIStr("IF"), Args: []ast.ExprNode{ast.NewValueExpr(1, "", ""), value, function}}
}

func sessionFunction(f *ast.FuncCallExpr) (HoleKind, bool) {
	if len(f.Args) > 0 {
		return 0, false
	}
	switch f.FnName.L {
	case "connection_id":
		return HoleConnectionID, true
	case "user", "session_user", "system_user":
		return HoleUser, true
	case "current_user":
		return HoleCurrentUser, true
	case "last_insert_id":
		return HoleLastInsertID, true
	case "found_rows":
		return HoleFoundRows, true
	case "row_count":
		return HoleRowCount, true
	default:
		return 0, false
	}
}

func sessionVariable(x *ast.VariableExpr) (HoleKind, bool) {
	if !x.IsSystem || x.IsGlobal || x.Value != nil {
		return 0, false
	}
	switch strings.ToLower(x.Name) {
	case "last_insert_id", "identity":
		return HoleLastInsertID, true
	case "pseudo_thread_id":
		return HoleConnectionID, true
	default:
		return 0, false
	}
}

// nameLengthMax is the longest alias that MySQL takes, in characters.
const nameLengthMax = 256

// keepName gives a select field the name as an alias that MySQL gives it by
// its text, before the text is changed. A column keeps its name anyway, and so
// do a text and NULL, whose names are their values.
func keepName(f *ast.SelectField) {
	if f.Expr == nil || f.AsName.O != "" {
		return
	}
	name := f.OriginalText()
	switch x := unwrap(f.Expr).(type) {
	case *ast.ColumnNameExpr:
		if !isHole(x) {
			return
		}
	case *test_driver.ValueExpr:
		switch x.Kind() {
		case test_driver.KindNull:
			return
		case test_driver.KindString:
			first := x.GetProjectionOffset() // of 'a' 'b', which is called a
			if first <= 0 || first >= len(x.GetString()) {
				return
			}
			name = x.GetString()[:first]
		default:
			name = strings.Trim(name, "() \t\r\n") // (1) is called 1
		}
	}
	if name != "" && len(name) <= nameLengthMax {
		f.AsName = ast.NewCIStr(name)
	}
}
