package router

import (
	"fmt"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"%", "", true}, {"a%", "Abc", true}, {"a_c", "abc", true}, {"a_c", "ac", false}, {`a\_c`, "abc", false}, {`a\_c`, "a_c", true}, {"%b%d", "abcd", true}, {"a", "ab", false},
	} {
		if got := like(c.pattern, c.text); got != c.want {
			t.Errorf("%q LIKE %q: %v", c.text, c.pattern, got)
		}
	}
}

func TestPlanCache(t *testing.T) {
	cache, a, b := newPlanCache(160), &topology.Snapshot{}, &topology.Snapshot{}
	p := &plan.Plan{}
	cache.put([]byte("k"), &cachedPlan{plan: p, snapshot: a, schemas: 1})
	if cache.get([]byte("k"), a, 1) != p {
		t.Error("not found")
	}
	if cache.get([]byte("k"), b, 1) != nil || cache.get([]byte("k"), a, 2) != nil || cache.get([]byte("l"), a, 1) != nil {
		t.Error("a plan of another topology, schema or text was taken")
	}
	for i := range 10_000 {
		cache.put(fmt.Appendf(nil, "key %d", i), &cachedPlan{plan: p, snapshot: a, schemas: 1})
	}
	n := 0
	for i := range cache.parts {
		n += len(cache.parts[i].plans)
	}
	if n > 160 {
		t.Errorf("%d plans are kept", n)
	}
}

func interpolate(t *testing.T, sql string, params ...mysql.Param) string {
	t.Helper()
	st := &preparedStatement{sql: []byte(sql)}
	var scanner parser.Scanner
	scanner.Scan(st.sql, parser.Mode{}, &st.shape)
	b := &boundParams{statement: st, params: params}
	text, err := b.Interpolate(nil)
	must(t, err)
	return string(text)
}

func TestInterpolate(t *testing.T) {
	text := func(s string) mysql.Param {
		return mysql.Param{ParamType: mysql.ParamType{Type: mysql.TypeVarString}, Value: []byte(s)}
	}
	for sql, want := range map[string]string{
		"SELECT * FROM t WHERE a = ? AND b = 'x?' AND c = ?": `SELECT * FROM t WHERE a = 'it''s' AND b = 'x?' AND c = NULL`,
		"UPDATE t SET a = ?, b = 5 WHERE c IN (?, 7)":        `UPDATE t SET a = 'it''s', b = 5 WHERE c IN (NULL, 7)`,
	} {
		if got := interpolate(t, sql, text("it's"), mysql.Param{Null: true}); got != want {
			t.Errorf("%s: %s", sql, got)
		}
	}
	malformed := interpolate(t, "SELECT ?", mysql.Param{ParamType: mysql.ParamType{Type: mysql.TypeDatetime}, Value: []byte{3, 1}})
	if malformed == "SELECT NULL" {
		t.Error("a malformed parameter became NULL")
	}
}

func TestMayWrite(t *testing.T) {
	for sql, want := range map[string]bool{
		"WITH x AS (SELECT 1) SELECT * FROM x":                    false,
		"with x as (select 1) delete from t":                      true,
		"EXPLAIN ANALYZE UPDATE t SET a = 1":                      true,
		"WITH updated AS (SELECT deleted FROM t) SELECT 1 FROM t": false,
	} {
		if got := mayWrite([]byte(sql)); got != want {
			t.Errorf("%s: %v", sql, got)
		}
	}
}
