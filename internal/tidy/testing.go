package tidy

import (
	"go/ast"
	"path"
	"slices"
)

// skipping are the folders whose tests may be skipped, each with its reason.
func skipping() map[string]string {
	return map[string]string{
		"integration/containers": "containers need a Docker engine; with one, a stack that does not start is a failure",
	}
}

// checkSkip finds skipped tests, whatever the variable is called.
func checkSkip(t *Tree) []Finding {
	return t.calls(func(f *File, receiver *ast.Ident, method string) string {
		inTest := f.IsTest() || matches("internal/testkit", f.Folder())
		if inTest && skipping()[f.Folder()] == "" && slices.Contains([]string{"t", "b", "f", "tb", "m"}, receiver.Name) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, method) {
			return "a skipped test proves nothing"
		}
		return ""
	})
}

// checkSleep finds sleeps in tests and in what only tests use: a test waits
// for what it is about.
func checkSleep(t *Tree) []Finding {
	return t.calls(func(f *File, receiver *ast.Ident, method string) string {
		inTest := f.IsTest() || matches("internal/testkit", f.Folder()) || matches("integration/...", f.Folder())
		if inTest && method == "Sleep" && receiver.Name == importedAs(f, "time") {
			return "tests wait for a change, not for a time"
		}
		return ""
	})
}

// calls asks judge about each call of the form x.method(…), and about x.method
// used as a value.
func (t *Tree) calls(judge func(f *File, receiver *ast.Ident, method string) string) []Finding {
	var found []Finding
	for _, f := range t.Files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if receiver, ok := selector.X.(*ast.Ident); ok {
				if text := judge(f, receiver, selector.Sel.Name); text != "" {
					found = append(found, t.at(n, "%s", text))
				}
			}
			return true
		})
	}
	return found
}

// importedAs returns the name that a file knows a package by; empty if it does
// not import it.
func importedAs(f *File, name string) string {
	for _, spec := range f.AST.Imports {
		if unquote(spec.Path.Value) != name {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(name)
	}
	return ""
}
