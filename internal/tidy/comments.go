package tidy

import (
	"go/ast"
	"slices"
	"strings"
)

// checkPackageComment wants a comment on one file of each package, a package of
// tests alone included.
func checkPackageComment(t *Tree) []Finding {
	var found []Finding
	order, files := t.Folders()
	for _, folder := range order {
		if !slices.ContainsFunc(files[folder], func(f *File) bool { return f.AST.Doc.Text() != "" }) {
			found = append(found, t.at(files[folder][0].AST.Name, "package %s has no comment", folder))
		}
	}
	return found
}

// checkExported wants a comment on each exported name of a package and on the
// exported methods of its exported types. A group's comment is for all of it.
func checkExported(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.IsTest() || f.AST.Name.Name == "main" {
			continue
		}
		for _, decl := range f.AST.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && ofExported(d.Recv) && d.Doc.Text() == "" {
					found = append(found, t.at(d, "%s has no comment", d.Name.Name))
				}
			case *ast.GenDecl:
				found = append(found, t.undocumented(d)...)
			}
		}
	}
	return found
}

// ofExported reports whether a function is none of an unexported type.
func ofExported(receiver *ast.FieldList) bool {
	if receiver == nil || len(receiver.List) == 0 {
		return true
	}
	e := receiver.List[0].Type
	for {
		switch v := e.(type) {
		case *ast.StarExpr:
			e = v.X
		case *ast.IndexExpr:
			e = v.X
		case *ast.IndexListExpr:
			e = v.X
		case *ast.Ident:
			return v.IsExported()
		default:
			return true
		}
	}
}

// undocumented finds exported types, constants and variables of a declaration.
func (t *Tree) undocumented(d *ast.GenDecl) []Finding {
	var found []Finding
	for _, s := range d.Specs {
		var names []*ast.Ident
		documented := d.Doc.Text() != ""
		switch spec := s.(type) {
		case *ast.TypeSpec:
			names = []*ast.Ident{spec.Name}
			documented = documented && len(d.Specs) == 1 || spec.Doc.Text() != ""
		case *ast.ValueSpec:
			names = spec.Names
			documented = documented || strings.TrimSpace(spec.Doc.Text()+spec.Comment.Text()) != ""
		}
		for _, name := range names {
			if name.IsExported() && !documented {
				found = append(found, t.at(name, "%s has no comment", name.Name))
			}
		}
	}
	return found
}
