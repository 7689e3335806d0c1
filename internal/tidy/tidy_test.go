package tidy

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestTree holds the whole module to every rule.
func TestTree(t *testing.T) {
	tree, err := Load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Files) < 50 {
		t.Fatalf("only %d Go files: is this the module's root?", len(tree.Files))
	}
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			for _, f := range rule.Check(tree) {
				t.Error(f)
			}
		})
	}
}

// example is a tiny tree for one rule; wants has a part of each finding, in
// order, and is empty where the rule must stay quiet.
type example struct {
	name  string
	files map[string]string
	wants []string
}

// TestRulesTurnRed applies each rule to what it forbids, and to what is close
// to that and allowed.
func TestRulesTurnRed(t *testing.T) {
	examples := badExamples()
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			red := false
			for _, e := range examples[rule.Name] {
				red = red || len(e.wants) > 0
				t.Run(e.name, func(t *testing.T) { e.try(t, rule) })
			}
			if !red {
				t.Error("no bad example: nobody knows whether this rule finds anything")
			}
		})
		delete(examples, rule.Name)
	}
	for name := range examples {
		t.Errorf("there is no rule %q", name)
	}
}

func (e example) try(t *testing.T, rule Rule) {
	root := fstest.MapFS{}
	for name, source := range e.files {
		root[name] = &fstest.MapFile{Data: []byte(source)}
	}
	tree, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	found := rule.Check(tree)
	if len(found) != len(e.wants) {
		t.Fatalf("%d findings, want %d: %v", len(found), len(e.wants), found)
	}
	for i, want := range e.wants {
		if !strings.Contains(found[i].String(), want) {
			t.Errorf("found %q, want %q", found[i], want)
		}
	}
}

// TestLoadLeavesOut: hidden folders and test data are not code of ours.
func TestLoadLeavesOut(t *testing.T) {
	tree, err := Load(fstest.MapFS{
		"a/a.go": {Data: []byte("package a")}, "a/testdata/b.go": {Data: []byte("not Go")}, ".cache/c.go": {Data: []byte("not Go")}, "a/a.txt": {},
	})
	if err != nil || len(tree.Files) != 1 {
		t.Errorf("%v, %v", tree, err)
	}
	if _, err := Load(fstest.MapFS{"a.go": {Data: []byte("not Go")}}); err == nil {
		t.Error("what is not Go was parsed")
	}
}
