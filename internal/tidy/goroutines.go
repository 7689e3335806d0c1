package tidy

import (
	"go/ast"
	"slices"
)

// dataPath are the folders that a client's statement passes through.
func dataPath() []string {
	return []string{"parser", "shardkey/...", "mysql", "router/..."}
}

// goroutinesBegin is where the data path may start goroutines: fan-out, the
// pool's probes, and the loop that accepts clients.
func goroutinesBegin() (folders, files []string) {
	return []string{"router/exec", "router/pool"}, []string{"router/server.go"}
}

// checkGoroutines finds go statements of the data path, and calls of a Go
// method, which is how groups start one, anywhere else.
func checkGoroutines(t *Tree) []Finding {
	var found []Finding
	folders, files := goroutinesBegin()
	for _, f := range t.Files {
		inPath := slices.ContainsFunc(dataPath(), func(p string) bool { return matches(p, f.Folder()) })
		if !inPath || f.IsTest() || slices.Contains(folders, f.Folder()) || slices.Contains(files, f.Path) {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if startsGoroutine(n) {
				found = append(found, t.at(n, "a goroutine begins here; in the data path that is for router/exec, router/pool and router/server.go"))
			}
			return true
		})
	}
	return found
}

func startsGoroutine(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		return true
	case *ast.CallExpr:
		selector, ok := n.Fun.(*ast.SelectorExpr)
		return ok && len(n.Args) == 1 && (selector.Sel.Name == "Go" || selector.Sel.Name == "TryGo")
	}
	return false
}

// checkInit finds init functions: what runs before main can neither fail nor
// be configured.
func checkInit(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		for _, decl := range f.AST.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, t.at(fn, "init function"))
			}
		}
	}
	return found
}
