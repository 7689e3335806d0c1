package parser

import (
	"strings"
	"testing"
)

func TestRephrase(t *testing.T) {
	for _, c := range []struct{ sql, text, more string }{
		{"SELECT jt.* FROM t, JSON_TABLE(t.j, '$[*]' COLUMNS (a INT PATH '$.a')) jt", "SELECT jt.* FROM t, `_shardway_f1` jt", "JSON_TABLE(t.j, '$[*]' COLUMNS (a INT PATH '$.a'))"},
		{"SELECT 1 INTO @a", "SELECT 1 ", "a"},
		{"SELECT a, b INTO @a, @`b` FROM t WHERE c = ')'", "SELECT a, b  FROM t WHERE c = ')'", "a b"},
		{"SELECT a FROM t LIMIT 1 INTO @x", "SELECT a FROM t LIMIT 1 ", "x"},
		{"SELECT * FROM (SELECT 1, 2) d(a, b)", "SELECT * FROM LATERAL (SELECT 1, 2) d(a, b)", ""},
		{"SELECT * FROM t JOIN (SELECT f(1), 2) AS `d` (a, b) ON TRUE", "SELECT * FROM t JOIN LATERAL (SELECT f(1), 2) AS `d` (a, b) ON TRUE", ""},
		{"SELECT * FROM t, (VALUES ROW(1, 2)) d(a, b)", "SELECT * FROM t, LATERAL (VALUES ROW(1, 2)) d(a, b)", ""},
	} {
		r, ok := Rephrase([]byte(c.sql), Mode{})
		more := strings.Join(r.Into, " ")
		for _, f := range r.Functions {
			more += f
		}
		if !ok || r.Text != c.text || more != c.more {
			t.Errorf("%s\n\tis %q, %q", c.sql, r.Text, more)
		}
		if _, err := ParseOne(r.Text, Mode{}); err != nil {
			t.Errorf("%s: %v", r.Text, err)
		}
	}
	for _, sql := range []string{
		"SELECT 1", "SELECT * FROM (SELECT 1) d", "INSERT INTO t (a) SELECT 1", "SELECT a IN (SELECT 1) FROM t",
		"SELECT JSON_TABLE(", "SELECT * FROM t, JSON_TABLE(?, '$' COLUMNS (a INT PATH '$')) j",
	} {
		if r, ok := Rephrase([]byte(sql), Mode{}); ok {
			t.Errorf("%s is said as %q", sql, r.Text)
		}
	}
}
