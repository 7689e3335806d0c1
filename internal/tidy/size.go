package tidy

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	// fileLinesMax is where a file has more than one subject.
	fileLinesMax = 600
	// functionLinesMax is where a function has more than one.
	functionLinesMax = 100
)

func checkFileLength(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Lines > fileLinesMax {
			found = append(found, t.at(f.AST.Name, "file has %d lines, more than %d", f.Lines, fileLinesMax))
		}
	}
	return found
}

func checkFunctionLength(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := t.Fset.Position(fn.End()).Line - t.Fset.Position(fn.Pos()).Line + 1
			if lines > functionLinesMax {
				found = append(found, t.at(fn, "%s has %d lines, more than %d", fn.Name.Name, lines, functionLinesMax))
			}
		}
	}
	return found
}

// unfinished is what people write where something is left to do; it is written
// so that this file is not a finding.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)

func checkUnfinished(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		for _, group := range f.AST.Comments {
			for _, c := range group.List {
				if word := unfinished.FindString(c.Text); word != "" {
					found = append(found, t.at(c, "%s: do it, or say in docs why not", word))
				}
			}
		}
	}
	return found
}

// checkFolderNames finds folders named for nothing in particular.
func checkFolderNames(t *Tree) []Finding {
	var found []Finding
	vague := []string{"util", "utils", "common", "helper", "helpers", "manager", "managers", "base"}
	order, files := t.Folders()
	for _, folder := range order {
		for _, part := range strings.Split(path.Clean(folder), "/") {
			if slices.Contains(vague, part) {
				found = append(found, t.at(files[folder][0].AST.Name, "folder %s says nothing about what it is for", folder))
			}
		}
	}
	return found
}
