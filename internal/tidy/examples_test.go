package tidy

import "strings"

// one makes a tree of a single file.
func one(name, source string) map[string]string { return map[string]string{name: source} }

// ours is an import of one of our packages.
func ours(folder string) string { return `import _ "` + module + "/" + folder + "\"\n" }

// badExamples has, for each rule, what it forbids and what it does not.
func badExamples() map[string][]example {
	all := map[string][]example{
		"no init functions": {
			{"init", one("a/a.go", "package a\nfunc init() {}"), []string{"a/a.go:2: init"}},
			{"method", one("a/a.go", "package a\ntype t struct{}\nfunc (t) init() {}"), nil},
		},
		"files are not too long": {
			{"601 lines", one("a/a.go", "package a"+strings.Repeat("\n", 600)+"// end\n"), []string{"601 lines"}},
			{"600 lines", one("a/a.go", "package a"+strings.Repeat("\n", 599)+"// end\n"), nil},
		},
		"functions are not too long": {
			{"101 lines", one("a/a.go", "package a\nfunc f() {"+strings.Repeat("\n", 100)+"}"), []string{"f has 101 lines"}},
			{"100 lines", one("a/a.go", "package a\nfunc f() {"+strings.Repeat("\n", 99)+"}"), nil},
		},
		"nothing is left for later": {
			{"later", one("a/a.go", "package a\n// TO"+"DO: more"), []string{"a/a.go:2"}},
			{"broken", one("a/a_test.go", "package a\n/* FIX"+"ME */"), []string{"a/a_test.go:2"}},
			{"part of a word", one("a/a.go", "package a\n// TO"+"DOS and MYTO"+"DO"), nil},
		},
		"no test is skipped": {
			{"skip", one("a/a_test.go", "package a\nfunc F(t T, b T) { t.Skip(); b.Skipf(\"\"); t.SkipNow() }"), []string{"a_test.go:2", "a_test.go:2", "a_test.go:2"}},
			{"code", one("a/a.go", "package a\nfunc f(t T) { t.Skip() }"), nil},
			{"allowed with a reason", one("integration/containers/a_test.go", "package a\nfunc f(t T) { t.Skip() }"), nil},
		},
		"tests do not sleep": {
			{"test", one("a/a_test.go", "package a\nimport \"time\"\nfunc f() { time.Sleep(1) }"), []string{"a_test.go:3"}},
			{"by another name", one("integration/a.go", "package a\nimport clock \"time\"\nvar wait = clock.Sleep"), []string{"a.go:3"}},
			{"code", one("a/a.go", "package a\nimport \"time\"\nfunc f() { time.Sleep(1) }"), nil},
			{"another's", one("a/a_test.go", "package a\nfunc f(time T) { time.Sleep(1) }"), nil},
		},
		"packages have a comment": {
			{"none", map[string]string{"a/a.go": "package a", "a/b.go": "// A stray comment.\n\npackage a"}, []string{"package a has no comment"}},
			{"one", map[string]string{"a/a.go": "package a", "a/b.go": "// Package a is.\npackage a"}, nil},
		},
		"folders say what they are for": {
			{"util", one("a/util/b/c.go", "package b"), []string{"a/util/b"}},
			{"baseline", one("a/baseline/c.go", "package b"), nil},
		},
		"exported names have a comment": exportedExamples(),
		"no mutable package variables":  variableExamples(),
	}
	for name, examples := range importExamples() {
		all[name] = examples
	}
	return all
}

func importExamples() map[string][]example {
	return map[string][]example{
		"imports follow the table": {
			{"upwards", one("parser/a.go", "package a\n"+ours("topology")), []string{"parser/a.go:2: parser must not import topology"}},
			{"sibling", one("failover/a.go", "package a\n"+ours("reshard")), []string{"failover must not import reshard"}},
			{"admin to failover", one("admin/a.go", "package a\n"+ours("failover")), []string{"admin must not import failover"}},
			{"admin to server", one("admin/a.go", "package a\n"+ours("mysql/server")), nil},
			{"mysql to server", one("mysql/a.go", "package a\n"+ours("mysql/server")), []string{"mysql must not import mysql/server"}},
			{"server to mysql", one("mysql/server/a.go", "package a\n"+ours("mysql")), nil},
			{"data path to etcd", one("router/exec/a.go", "package a\n"+ours("topology/etcd")), []string{"router/exec must not import topology/etcd"}},
			{"exec to plan", one("router/exec/a.go", "package a\n"+ours("router/plan")), nil},
			{"plan to exec", one("router/plan/a.go", "package a\n"+ours("router/exec")), []string{"router/plan must not import router/exec"}},
			{"code to testkit", one("parser/a.go", "package a\n"+ours("internal/testkit")), []string{"parser must not import internal/testkit"}},
			{"test to testkit", one("parser/a_test.go", "package a_test\n"+ours("internal/testkit")+ours("parser")), nil},
			{"test and its imports' imports", one("router/merge/a_test.go", "package a\n"+ours("parser")+ours("shardkey")+ours("topology")), nil},
			{"code and its imports' imports", one("router/merge/a.go", "package a\n"+ours("shardkey")), []string{"router/merge must not import shardkey"}},
			{"test of the control plane", one("failover/a_test.go", "package a\n"+ours("topology/etcd")), nil},
			{"code of the control plane", one("failover/a.go", "package a\n"+ours("topology/etcd")), []string{"failover must not import topology/etcd"}},
			{"test of the data path", one("router/pool/a_test.go", "package a\n"+ours("topology/etcd")), []string{"router/pool must not import topology/etcd"}},
			{"test upwards", one("parser/a_test.go", "package a\n"+ours("router")), []string{"parser must not import router"}},
			{"own internal", one("shardkey/a.go", "package a\n"+ours("shardkey/internal/weights")), nil},
			{"foreign internal", one("topology/a.go", "package a\n"+ours("shardkey/internal/weights")), []string{"topology must not import shardkey/internal/weights"}},
			{"cmd", one("cmd/shardway/a.go", "package main\n"+ours("router")+ours("failover")), nil},
			{"new folder", one("cache/a.go", "package a"), []string{"folder cache is not in the import table"}},
			{"strangers", one("parser/a.go", "package a\nimport \"fmt\"\nimport \""+module+"-other/x\""), nil},
		},
		"go-mysql stays under mysql": {
			{"router", one("router/a.go", "package a\nimport _ \"github.com/go-mysql-org/go-mysql/client\""), []string{"router/a.go:2"}},
			{"test", one("router/a_test.go", "package a\nimport _ \"github.com/go-mysql-org/go-mysql/client\""), []string{"router/a_test.go:2"}},
			{"alike", one("mysqlx/a.go", "package a\nimport _ \"github.com/go-mysql-org/go-mysql/client\""), []string{"mysqlx/a.go:2"}},
			{"mysql", one("mysql/binlog/a.go", "package a\nimport _ \"github.com/go-mysql-org/go-mysql/replication\""), nil},
		},
		"pure packages touch nothing outside": {
			{"socket", one("parser/a.go", "package a\nimport \"net\"\nvar d = net.DialTimeout"), []string{"parser decides and must not use net.DialTimeout"}},
			{"server", one("parser/a.go", "package a\nimport \"net/http\""), []string{"parser decides and must not import net/http"}},
			{"file", one("shardkey/x/a.go", "package a\nimport \"os/exec\""), []string{"must not import os/exec"}},
			{"address", one("topology/a.go", "package a\nimport (\n\"net\"\n\"net/netip\"\n\"net/url\"\n)\nvar j = net.JoinHostPort"), nil},
			{"shell", one("topology/etcd/a.go", "package a\nimport \"net\""), nil},
			{"generator", one("shardkey/x/gen/a.go", "package main\nimport \"os\""), nil},
		},
		"goroutines of the data path begin in known places": {
			{"plan", one("router/plan/a.go", "package a\nfunc f() {\ngo f()\n}"), []string{"router/plan/a.go:3"}},
			{"group", one("mysql/a.go", "package a\nfunc f(g G) {\ng.Go(func() {})\n}"), []string{"mysql/a.go:3"}},
			{"session", one("router/session.go", "package a\nfunc f() { go f() }"), []string{"router/session.go:2"}},
			{"accept", one("router/server.go", "package a\nfunc f() { go f() }"), nil},
			{"exec and pool", map[string]string{"router/exec/a.go": "package a\nfunc f() { go f() }", "router/pool/a.go": "package a\nfunc f() { go f() }"}, nil},
			{"control plane", one("failover/a.go", "package a\nfunc f() { go f() }"), nil},
			{"test", one("router/plan/a_test.go", "package a\nfunc f() { go f() }"), nil},
		},
	}
}

func exportedExamples() []example {
	return []example{
		{"function", one("a/a.go", "package a\nfunc F() {}"), []string{"F has no comment"}},
		{"method", one("a/a.go", "package a\n// T is.\ntype T struct{}\nfunc (t *T) M() {}"), []string{"M has no comment"}},
		{"generic method", one("a/a.go", "package a\n// T is.\ntype T[A, B any] struct{}\nfunc (t *T[A, B]) M() {}"), []string{"M has no comment"}},
		{"method of an unexported type", one("a/a.go", "package a\ntype t struct{}\nfunc (t *t) M() {}"), nil},
		{"type", one("a/a.go", "package a\ntype T struct{}"), []string{"T has no comment"}},
		{"types in a group", one("a/a.go", "package a\n// All.\ntype (\nT int\nU int\n)"), []string{"T has no comment", "U has no comment"}},
		{"constants", one("a/a.go", "package a\nconst (\nA = 1\nB = 2 // B is.\n// C is.\nC = 3\n)"), []string{"A has no comment"}},
		{"a group's comment", one("a/a.go", "package a\n// All.\nconst (\nA = 1\nB = 2\n)"), nil},
		{"directive only", one("a/a.go", "package a\n//go:noinline\nfunc F() {}"), []string{"F has no comment"}},
		{"program", one("a/a.go", "package main\nfunc F() {}"), nil},
		{"test", one("a/a_test.go", "package a\nfunc F() {}"), nil},
	}
}

func variableExamples() []example {
	bad := func(name, source string, wants ...string) example {
		return example{name, one("a/a.go", "package a\n"+source), wants}
	}
	good := func(name, source string) example { return bad(name, source) }
	return []example{
		bad("no value", "var a int", "a can change"),
		bad("mutex", "import \"sync\"\nvar mu sync.Mutex", "mu can change"),
		bad("made", "var a = make(map[int]int)", "a can change"),
		bad("pointer", "type t struct{}\nvar a = &t{}", "a can change"),
		bad("flag", "import \"flag\"\nvar a = flag.Bool(\"a\", false, \"\")", "a can change"),
		bad("new", "var a, b = 1, new(int)", "b can change"),
		bad("assigned", "var a = 1\nfunc f() { a = 2 }", "a is changed"),
		bad("element", "var a = []int{1}\nfunc f() { a[0] = 2 }", "a is changed"),
		bad("field", "type t struct{ x []int }\nvar a = t{}\nfunc f() { a.x[1]++ }", "a is changed"),
		bad("deleted", "var a = map[int]int{}\nfunc f() { delete(a, 1) }", "a is changed"),
		bad("cleared", "var a = map[int]int{}\nfunc f() { clear(a) }", "a is changed"),
		bad("address", "var a = 1\nfunc f() *int { return &a }", "a is changed"),
		bad("range", "var a = 1\nfunc f() { for a = range 3 {} }", "a is changed"),
		{"in another file", map[string]string{"a/a.go": "package a\nvar a = 1", "a/b.go": "package a\nfunc f() { a++ }"}, []string{"a/b.go:2: package variable a is changed"}},
		bad("made by a function", "type t struct{}\nfunc f() *t { return &t{} }\nvar a = f()", "a can change"),
		bad("made by a function and written", "func f() [2]int { return [2]int{} }\nvar a = f()\nfunc g() { a[0] = 1 }", "a is changed"),
		good("made by a function and read", "func f() [2]int { return [2]int{} }\nvar a = f()\nvar b = func() map[int]int { return nil }()"),
		{"a named table", one("parser/a.go", "package parser\nvar keywords = f()"), nil},
		{"a named table, written", one("parser/a.go", "package parser\nvar keywords = f()\nfunc g() { keywords.x[1] = 2 }"), []string{"keywords is changed"}},
		good("shadowed", "var a = 1\nfunc f(a int) { a = 2; { a := 3; a++ } }"),
		good("local of that name", "var a = 1\nfunc f() int { b := a; b++; a := b; a++; return a }"),
		good("sentinel", "import \"errors\"\nvar ErrA = errors.New(\"a\")"),
		good("expression", "import \"regexp\"\nvar a = regexp.MustCompile(`a`)"),
		good("table", "var a = [...]int{1}\nvar b = map[string]bool{\"a\": true}\nfunc f() int { return a[0] }"),
		good("embedded", "import _ \"embed\"\n//go:embed a.txt\nvar a string\nvar (\n//go:embed b.txt\nb []byte\n)"),
		good("assertion", "var _ I = (*t)(nil)"),
		good("once", "import \"sync\"\nvar a = sync.OnceValue(func() int { return 1 })"),
		{"test", one("a/a_test.go", "package a\nvar a int"), nil},
		{"allowed with a reason", one("internal/testkit/a.go", "package testkit\nvar shared pool\nfunc f() { shared.x = 1 }"), nil},
	}
}
