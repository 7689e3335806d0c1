package tidy

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// mutable are the package variables that may change, each with its reason.
func mutable() map[string]string {
	return map[string]string{
		"internal/testkit.shared": "a test binary's servers; starting them for each test would take too long",
	}
}

// tables are the variables that look as if they could change and whose package
// only reads them; that nothing writes to them is still checked.
func tables() map[string]string {
	return map[string]string{
		"parser.keywords": "a hash table of words, made once, too large to copy",
	}
}

// checkVariables finds package variables that can change. One is a constant in
// all but name, and allowed, if it
//
//   - is embedded, or _, or made by one of constantMakers, or a literal of a
//     table, a slice of bytes or a function, or is an array, a slice or a map
//     that a function of the package makes, and
//   - is nowhere in its package assigned to, counted up or down, cleared,
//     deleted from, or has its address taken, in whole or in part.
//
// What a variable points to may still be changed by methods; therefore nothing
// made by make, new or & is allowed, nor what has no value at first.
func checkVariables(t *Tree) []Finding {
	var found []Finding
	order, files := t.Folders()
	for _, folder := range order {
		var code []*File
		for _, f := range files[folder] {
			if !f.IsTest() {
				code = append(code, f)
			}
		}
		found = append(found, t.variablesOf(folder, code)...)
	}
	return found
}

func (t *Tree) variablesOf(folder string, files []*File) []Finding {
	var found []Finding
	info := t.resolve(files)
	for _, f := range files {
		for _, decl := range f.AST.Decls {
			if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.VAR {
				found = append(found, t.declared(folder, group, info)...)
			}
		}
	}
	for _, f := range files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			for _, changed := range changes(n) {
				id := root(changed)
				if v, ok := info.Uses[id].(*types.Var); ok && v.Parent() == v.Pkg().Scope() && mutable()[folder+"."+v.Name()] == "" {
					found = append(found, t.at(n, "package variable %s is changed", v.Name()))
				}
			}
			return true
		})
	}
	return found
}

// declared finds variables whose value shows that they are to change.
func (t *Tree) declared(folder string, group *ast.GenDecl, info *types.Info) []Finding {
	var found []Finding
	for _, s := range group.Specs {
		spec, ok := s.(*ast.ValueSpec)
		if !ok || embedded(group.Doc) || embedded(spec.Doc) {
			continue
		}
		for i, name := range spec.Names {
			full := folder + "." + name.Name
			if name.Name == "_" || mutable()[full] != "" || tables()[full] != "" {
				continue
			}
			if i >= len(spec.Values) || !constant(spec.Values[i]) && !madeTable(spec.Values[i], info.Defs[name]) {
				found = append(found, t.at(name, "package variable %s can change", name.Name))
			}
		}
	}
	return found
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// constantMakers are the functions whose result nobody changes.
func constantMakers() []string {
	return []string{
		"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer", "sync.OnceValue", "sync.OnceValues", "sync.OnceFunc",
		"template.Must", "netip.MustParsePrefix", "big.NewInt",
	}
}

// constant reports whether an initial value is one that nobody needs to change.
func constant(value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.BasicLit, *ast.CompositeLit, *ast.FuncLit, *ast.Ident, *ast.SelectorExpr:
		return true
	case *ast.ParenExpr:
		return constant(v.X)
	case *ast.UnaryExpr:
		return v.Op != token.AND && constant(v.X)
	case *ast.BinaryExpr:
		return constant(v.X) && constant(v.Y)
	case *ast.CallExpr:
		return constantCall(v)
	}
	return false
}

// madeTable reports whether a variable is an array, a slice or a map, and its
// value what a function of the package or of the place itself returns.
func madeTable(value ast.Expr, v types.Object) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok || v == nil || v.Type() == nil {
		return false
	}
	switch fun := call.Fun.(type) {
	case *ast.FuncLit:
	case *ast.Ident:
		if fun.Name == "make" || fun.Name == "new" {
			return false
		}
	default:
		return false
	}
	switch v.Type().Underlying().(type) {
	case *types.Array, *types.Slice, *types.Map:
		return true
	default:
		return false
	}
}

func constantCall(call *ast.CallExpr) bool {
	switch fun := call.Fun.(type) {
	case *ast.ArrayType: // []byte("…")
		return len(call.Args) == 1 && constant(call.Args[0])
	case *ast.SelectorExpr:
		pkg, ok := fun.X.(*ast.Ident)
		return ok && slices.Contains(constantMakers(), pkg.Name+"."+fun.Sel.Name)
	}
	return false
}

// changes returns the expressions that a node changes or lets others change.
func changes(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear" || id.Name == "copy") && len(n.Args) > 0 {
			return n.Args[:1]
		}
	}
	return nil
}

// root returns the identifier that x, x.f, x[i], x[i:j], *x begin with.
func root(e ast.Expr) *ast.Ident {
	for {
		switch v := e.(type) {
		case *ast.Ident:
			return v
		case *ast.SelectorExpr:
			e = v.X
		case *ast.IndexExpr:
			e = v.X
		case *ast.SliceExpr:
			e = v.X
		case *ast.StarExpr:
			e = v.X
		case *ast.ParenExpr:
			e = v.X
		default:
			return nil
		}
	}
}

// resolve says what each identifier of a package means. Imported packages are
// taken for empty, which is enough to tell a package's variables from others.
func (t *Tree) resolve(files []*File) *types.Info {
	parsed := make([]*ast.File, len(files))
	for i, f := range files {
		parsed[i] = f.AST
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	// With empty imports most code has errors; they are not of interest.
	config := types.Config{Importer: emptyPackages{}, Error: func(error) {}}
	_, _ = config.Check("tidy", t.Fset, parsed, info)
	return info
}

// emptyPackages imports any package as one with nothing in it.
type emptyPackages struct{}

// Import returns an empty package.
func (emptyPackages) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}
