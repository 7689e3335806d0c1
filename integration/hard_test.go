package integration

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit/cluster"
)

// writeHard has the test write its table into docs/sql.md.
var writeHard = flag.Bool("hard.write", false, "write the table of hard statements into docs/sql.md, instead of failing when it is another")

// The table of hard statements stands between these lines of docs/sql.md.
const (
	hardBegin = "<!-- TestHardStatements writes what follows: go test -run TestHardStatements ./integration -args -hard.write -->\n"
	hardEnd   = "<!-- until here -->\n"
)

// TestHardStatements: what sharding middleware commonly refuses runs on sharded
// tables as on a plain MySQL, or is refused; the table in docs/sql.md says which.
func TestHardStatements(t *testing.T) {
	r := begin(t, 4, false)
	r.load(t)
	other := cluster.Get(t, wide()).Keyspace(t, cluster.Keyspace{Shards: 4})
	r.plain.must(t, "CREATE DATABASE "+other)
	plain := r.plain
	t.Cleanup(func() { plain.must(t, "DROP DATABASE "+other) })
	for _, c := range []*client{r.plain, r.proxy} {
		c.must(t, "CREATE TABLE "+other+".things (id INT PRIMARY KEY, label VARCHAR(10)) COMMENT='shardway:shard_key=id'")
		c.must(t, "INSERT INTO "+other+".things VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four')")
	}
	var classes []string
	refused := map[string]string{}
	for _, s := range readStatements(t, "../hard/hard.sql") {
		if len(classes) == 0 || classes[len(classes)-1] != s.class {
			classes = append(classes, s.class)
		}
		written := s.sql
		s.sql = strings.ReplaceAll(s.sql, "{other}", other)
		given := r.ask(t, r.proxy, s, false)
		if given.err != nil && isRefusal(given.err) {
			if refused[s.class] == "" {
				refused[s.class] = fmt.Sprintf("refused: `%s`: %s", written, strings.NewReplacer(other, "other", r.schema, "shop").Replace(given.err.Message))
			}
			continue
		}
		want := r.ask(t, r.plain, s, false)
		if strings.HasPrefix(s.sql, "EXPLAIN") && want.err == nil && given.err == nil {
			continue // a server's own plan
		}
		for _, d := range r.differences(s, want, given) {
			if d.field != "warnings" && d.field != "info" && d.field != "columns" {
				t.Errorf("%s: %s\n\t%v", s.class, s.sql, d)
			}
		}
	}
	for _, table := range []string{"staff", "depts", "sales", "ledger", "pairs", "stock", "colours"} {
		for _, d := range r.compare(t, &statement{sql: "SELECT * FROM " + table}, false) {
			t.Errorf("after all, %s: %v", table, d)
		}
	}
	hardTable(t, classes, refused)
}

// hardTable compares the table with the one in docs/sql.md, or writes it there.
func hardTable(t *testing.T, classes []string, refused map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("| what | over several shards |\n| --- | --- |\n")
	for _, class := range classes {
		what := "works"
		if text := refused[class]; text != "" {
			what = text
		}
		fmt.Fprintf(&b, "| %s | %s |\n", class, strings.ReplaceAll(what, "|", "\\|"))
	}
	path := filepath.Join("..", "docs", "sql.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), hardBegin)
	_, after, ok2 := strings.Cut(rest, hardEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table of hard statements", path)
	}
	found := before + hardBegin + "\n" + b.String() + "\n" + hardEnd + after
	switch {
	case found == string(text):
	case *writeHard:
		if err := os.WriteFile(path, []byte(found), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s says otherwise; run the test with -args -hard.write:\n%s", path, b.String())
	}
}
