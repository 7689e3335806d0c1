package shardkey_test

import (
	"database/sql"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

// TestRule21Literals stores and looks up every literal under every type, and
// compares with what MySQL does: rule 18's canonical form and rule 19's
// expression are those of the stored value.
func TestRule21Literals(t *testing.T) {
	for _, c := range columns() {
		t.Run(strings.TrimSpace(c.Type+" "+c.Collation), func(t *testing.T) {
			t.Parallel()
			conn := connect(t)
			index := "PRIMARY KEY (id), KEY (k)"
			if strings.HasSuffix(c.Type, "text") || strings.HasSuffix(c.Type, "blob") {
				index = "PRIMARY KEY (id), KEY (k (20))"
			}
			run(t, conn, "CREATE TABLE r (id BIGINT AUTO_INCREMENT, "+declaration(c)+", "+index+")")
			run(t, conn, "SET autocommit = 0")
			all := literals(rand.New(rand.NewPCG(21, 1)))
			compareStored(t, conn, c, all)
			if t.Failed() {
				return
			}
			compareFound(t, conn, c, all)
		})
	}
}

// compareStored inserts each literal and reads the rows' tokens back.
func compareStored(t *testing.T, conn *sql.Conn, c shardkey.Column, all []shardkey.Value) {
	key := shardkey.Key{c}
	by := map[shardkey.Outcome][]shardkey.Value{}
	for _, v := range all {
		_, outcome := key.Store(nil, []shardkey.Value{v})
		by[outcome] = append(by[outcome], v)
	}
	if len(by[shardkey.Stored]) < 5 || len(by[shardkey.Invalid]) == 0 {
		t.Errorf("%d values known as stored, %d as invalid, %d unsure: the test proves nothing",
			len(by[shardkey.Stored]), len(by[shardkey.Invalid]), len(by[shardkey.Unsure]))
	}
	for _, v := range by[shardkey.Invalid] {
		if _, err := conn.ExecContext(t.Context(), insert("INSERT", v)); err == nil {
			t.Errorf("%s: Store says that MySQL refuses it; it does not", describe(c, v))
		}
	}
	run(t, conn, "DELETE FROM r")
	if _, err := conn.ExecContext(t.Context(), insert("INSERT", by[shardkey.Stored]...)); err != nil {
		for _, v := range by[shardkey.Stored] {
			if _, err := conn.ExecContext(t.Context(), insert("INSERT", v)); err != nil {
				t.Errorf("%s: Store says stored, MySQL says %v", describe(c, v), err)
			}
		}
		return
	}
	have, err := tokens(t.Context(), conn, "SELECT "+key.SQL("")+" FROM r ORDER BY id")
	if err != nil || len(have) != len(by[shardkey.Stored]) {
		t.Fatalf("%d rows for %d values: %v", len(have), len(by[shardkey.Stored]), err)
	}
	for i, v := range by[shardkey.Stored] {
		if canon, _ := key.Store(nil, []shardkey.Value{v}); shardkey.Of(canon) != have[i] {
			t.Errorf("%s: canonical %q; MySQL stores another", describe(c, v), canon)
		}
	}
}

func insert(verb string, values ...shardkey.Value) string {
	rows := make([]string, len(values))
	for i, v := range values {
		rows[i] = "(" + literal(v) + ")"
	}
	return verb + " INTO r (k) VALUES " + strings.Join(rows, ", ")
}

// comparisons are how a query may look a literal up: by index and without, in
// a row constructor, in a list.
var comparisons = []string{"WHERE k = ?", "IGNORE INDEX (k) WHERE k = ?", "WHERE (k, id > 0) = (?, 1)", "WHERE k IN (?, ?)"}

// compareFound looks each literal up among the rows that compareStored left,
// and those that MySQL makes of the rest without a strict mode. Every row found
// has to have the token that Route gives.
func compareFound(t *testing.T, conn *sql.Conn, c shardkey.Column, all []shardkey.Value) {
	run(t, conn, "SET sql_mode = ''")
	var rest []shardkey.Value
	for _, v := range all {
		if v.Kind == shardkey.Int || v.Kind == shardkey.Decimal || v.Kind == shardkey.Float || v.Kind == shardkey.String {
			rest = append(rest, v)
		}
	}
	run(t, conn, insert("INSERT IGNORE", rest...))
	run(t, conn, "SET sql_mode = DEFAULT")
	key := shardkey.Key{c}
	found := 0
	for _, v := range all {
		canon, ok := key.Route(nil, []shardkey.Value{v})
		if !ok {
			continue
		}
		parts := make([]string, len(comparisons))
		for i, comparison := range comparisons {
			parts[i] = "SELECT " + key.SQL("r") + " FROM r " + strings.ReplaceAll(comparison, "?", literal(v))
		}
		query := strings.Join(parts, " UNION ")
		found += compareTokens(t, conn, c, v, shardkey.Of(canon), query)
		if v.Kind == shardkey.String {
			compareTokens(t, conn, c, v, shardkey.Of(canon), "SELECT DISTINCT "+key.SQL("r")+" FROM r WHERE k = ?", string(v.Bytes))
		}
	}
	if found == 0 {
		t.Error("no literal that routes finds a row: the test proves nothing")
	}
}

// compareTokens runs a query that may find rows of one token alone.
func compareTokens(t *testing.T, conn *sql.Conn, c shardkey.Column, v shardkey.Value, want shardkey.Token, query string, args ...any) int {
	t.Helper()
	have, err := tokens(t.Context(), conn, query, args...)
	if err != nil {
		return 0 // MySQL refuses the comparison
	}
	for _, token := range have {
		if token != want {
			t.Errorf("%s: routes, but finds a row elsewhere", describe(c, v))
			return 1
		}
	}
	return len(have)
}
