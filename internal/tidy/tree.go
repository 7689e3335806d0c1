package tidy

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// module is the path that our own imports begin with.
const module = "github.com/shardway/shardway"

// File is one Go file, parsed.
type File struct {
	// Path is relative to the module's root, with slashes.
	Path  string
	Lines int
	AST   *ast.File
}

// Folder returns the file's package folder; "." is the root.
func (f *File) Folder() string { return path.Dir(f.Path) }

// IsTest reports whether the file is compiled into tests alone.
func (f *File) IsTest() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Tree is all Go files of the module, in order of path.
type Tree struct {
	Fset  *token.FileSet
	Files []*File
}

// Load parses all Go files below root, but for hidden and testdata folders.
func Load(root fs.FS) (*Tree, error) {
	tree := &Tree{Fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return tree.add(name, source)
	})
	if err != nil {
		return nil, fmt.Errorf("tidy: %w", err)
	}
	return tree, nil
}

func (t *Tree) add(name string, source []byte) error {
	parsed, err := parser.ParseFile(t.Fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	lines := bytes.Count(bytes.TrimSuffix(source, []byte("\n")), []byte("\n")) + 1
	t.Files = append(t.Files, &File{Path: name, Lines: lines, AST: parsed})
	return nil
}

// Folders returns the files by package folder, and the folders in order.
func (t *Tree) Folders() (order []string, files map[string][]*File) {
	files = map[string][]*File{}
	for _, f := range t.Files {
		if _, ok := files[f.Folder()]; !ok {
			order = append(order, f.Folder())
		}
		files[f.Folder()] = append(files[f.Folder()], f)
	}
	slices.Sort(order)
	return order, files
}

// Finding is one place that breaks a rule.
type Finding struct {
	Path string
	Line int
	Text string
}

// String prints the finding as compilers print errors.
func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Text) }

// at makes a finding about a node of the tree.
func (t *Tree) at(node ast.Node, format string, args ...any) Finding {
	position := t.Fset.Position(node.Pos())
	return Finding{Path: position.Filename, Line: position.Line, Text: fmt.Sprintf(format, args...)}
}

// Rule finds what breaks it.
type Rule struct {
	Name  string
	Check func(*Tree) []Finding
}

// Rules returns all rules.
func Rules() []Rule {
	return []Rule{
		{"imports follow the table", checkImports},
		{"go-mysql stays under mysql", checkGoMySQL},
		{"pure packages touch nothing outside", checkPure},
		{"goroutines of the data path begin in known places", checkGoroutines},
		{"no init functions", checkInit},
		{"no mutable package variables", checkVariables},
		{"files are not too long", checkFileLength},
		{"functions are not too long", checkFunctionLength},
		{"nothing is left for later", checkUnfinished},
		{"no test is skipped", checkSkip},
		{"tests do not sleep", checkSleep},
		{"packages have a comment", checkPackageComment},
		{"exported names have a comment", checkExported},
		{"folders say what they are for", checkFolderNames},
	}
}
