package parser

import (
	"strings"
	"testing"
)

func TestWithoutRowAlias(t *testing.T) {
	for _, c := range []struct{ sql, text, alias string }{
		{"INSERT INTO t VALUES (1) AS new", "INSERT INTO t VALUES (1) ", "new"},
		{"INSERT INTO t VALUES (1), (f(2)) AS new ON DUPLICATE KEY UPDATE a = new.a", "INSERT INTO t VALUES (1), (f(2))  ON DUPLICATE KEY UPDATE a = new.a", "new"},
		{"INSERT INTO t (a, b) VALUES (?, ?) as `a ``row` (`x y`, b) on duplicate key update a = b", "INSERT INTO t (a, b) VALUES (?, ?)  on duplicate key update a = b", "a `row x y b"},
		{"INSERT INTO t SET a = CAST(1 AS CHAR) AS new(c) ON DUPLICATE KEY UPDATE a = c", "INSERT INTO t SET a = CAST(1 AS CHAR)  ON DUPLICATE KEY UPDATE a = c", "new c"},
		{"INSERT INTO t VALUES (1) /* as */ AS new;", "INSERT INTO t VALUES (1) /* as */ ;", "new"},
	} {
		text, alias, ok := WithoutRowAlias([]byte(c.sql), Mode{})
		if got := strings.Join(append([]string{alias.Name}, alias.Columns...), " "); !ok || text != c.text || got != c.alias {
			t.Errorf("%s\n\tis %q, %q", c.sql, text, got)
		}
		if _, err := ParseOne(text, Mode{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, sql := range []string{
		"INSERT INTO t VALUES (1)", "INSERT INTO t SELECT 1 AS x", "INSERT INTO t VALUES (1) AS", "INSERT INTO t VALUES (1) AS new(", "INSERT INTO t VALUES (1) AS new()",
		"INSERT INTO t VALUES (1) AS new(a,) ON DUPLICATE KEY UPDATE a = 1", "INSERT INTO t VALUES (1) AS 'new'", "INSERT INTO t VALUES (1) AS a.b", "INSERT INTO t VALUES (1) AS new WHERE TRUE",
		"INSERT INTO t VALUES (1) AS new ON KEY", "INSERT INTO t VALUES ((SELECT 1 AS n))", "INSERT INTO t TABLE u AS x",
	} {
		if text, _, ok := WithoutRowAlias([]byte(sql), Mode{}); ok {
			t.Errorf("%s is said as %q", sql, text)
		}
	}
}
