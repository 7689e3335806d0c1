package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
)

// replaceSessionFunctions puts holes where a statement asks for facts of the
// client's session that a shared backend connection does not know, and keeps
// the columns' names. It reports whether there were any.
func (b *builder) replaceSessionFunctions(n ast.Node) bool {
	v := &sessionFunctions{b: b}
	n.Accept(v)
	return v.found
}

type sessionFunctions struct {
	b     *builder
	found bool
	// field is the select field that is being visited, if it has no alias.
	fields []*ast.SelectField
}

func (v *sessionFunctions) Enter(n ast.Node) (ast.Node, bool) {
	if f, ok := n.(*ast.SelectField); ok {
		v.fields = append(v.fields, f)
	}
	return n, false
}

func (v *sessionFunctions) Leave(n ast.Node) (ast.Node, bool) {
	switch x := n.(type) {
	case *ast.SelectField:
		v.fields = v.fields[:len(v.fields)-1]
	case *ast.FuncCallExpr:
		kind, ok := sessionFunction(x)
		if !ok {
			return n, true
		}
		v.found = true
		for _, f := range v.fields {
			if f.AsName.O == "" {
				f.AsName = ast.NewCIStr(v.b.fieldName(f))
			}
		}
		return v.b.holeNode(Hole{Kind: kind}), true
	}
	return n, true
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

// fieldName is the name that MySQL gives a select field without an alias: the
// text as the client wrote it.
func (b *builder) fieldName(f *ast.SelectField) string {
	return f.Text()
}
