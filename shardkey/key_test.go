package shardkey_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

func TestCheck(t *testing.T) {
	for _, c := range columns() {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
	for kind, teaches := range map[string]string{
		"timestamp": "use DATETIME", "timestamp(6)": "use DATETIME", "float": "use DECIMAL", "double unsigned": "use DECIMAL", "double(10,2)": "use DECIMAL",
		"enum('a','b')": "use VARCHAR", "set('a','b')": "use VARCHAR", "bit(1)": "use BIGINT UNSIGNED", "json": "a column of its own",
		"geometry": "only integers", "point": "only integers", "vector(3)": "only integers", "": "only integers",
	} {
		refused(t, shardkey.Column{Name: "k", Type: kind}, teaches)
	}
	for _, collation := range []string{"", "utf8mb4_0900_as_cs", "utf8mb4_de_pb_0900_ai_ci", "utf8mb4_unicode_520_ci", "gbk_chinese_ci", "latin1_german2_ci"} {
		refused(t, shardkey.Column{Name: "k", Type: "varchar(10)", Collation: collation}, "utf8mb4_0900_ai_ci")
	}
}

func refused(t *testing.T, c shardkey.Column, teaches string) {
	t.Helper()
	var unsupported *shardkey.UnsupportedError
	err := c.Check()
	if !errors.As(err, &unsupported) || unsupported.Column != c || !strings.Contains(err.Error(), teaches) {
		t.Errorf("%s %s: %v", c.Type, c.Collation, err)
	}
	key := shardkey.Key{{Name: "a", Type: "int"}, c}
	if err := key.Check(); !errors.As(err, &unsupported) {
		t.Errorf("key with %s: %v", c.Type, err)
	}
	vals := []shardkey.Value{value(shardkey.Int, "1"), value(shardkey.Int, "1")}
	if canon, ok := key.Route(nil, vals); ok || len(canon) != 0 {
		t.Errorf("%s routes", c.Type)
	}
	if canon, outcome := key.Store(nil, vals); outcome != shardkey.Unsure || len(canon) != 0 {
		t.Errorf("%s is stored", c.Type)
	}
	if key.SQL("") != "NULL" {
		t.Errorf("%s has a token in SQL", c.Type)
	}
}

func TestEmptyKey(t *testing.T) {
	var key shardkey.Key
	if err := key.Check(); !errors.Is(err, shardkey.ErrEmptyKey) {
		t.Error(err)
	}
	if _, ok := key.Route(nil, nil); ok {
		t.Error("an empty key routes")
	}
	if _, outcome := key.Store(nil, nil); outcome != shardkey.Unsure {
		t.Error("an empty key is stored")
	}
	if key.SQL("t") != "NULL" {
		t.Error("an empty key has a token in SQL")
	}
}

// TestRule18LengthPrefix: columns cannot run into each other.
func TestRule18LengthPrefix(t *testing.T) {
	key := shardkey.Key{{Name: "a", Type: "varbinary(20)"}, {Name: "b", Type: "varbinary(20)"}}
	canon := func(a, b string) string {
		c, ok := key.Route([]byte("kept "), []shardkey.Value{value(shardkey.String, a), value(shardkey.String, b)})
		if !ok || !strings.HasPrefix(string(c), "kept ") {
			t.Fatalf("(%q, %q): %q", a, b, c)
		}
		return string(c[5:])
	}
	if got := canon("hello, world", "c"); got != "12:hello, world1:c" {
		t.Errorf("got %q", got)
	}
	if canon("ab", "c") == canon("a", "bc") || canon("", "1:a") == canon("1:a", "") {
		t.Error("different keys have one canonical form")
	}
	vals := []shardkey.Value{value(shardkey.String, "a"), value(shardkey.Null, "")}
	if c, ok := key.Route([]byte("kept"), vals); ok || string(c) != "kept" {
		t.Errorf("NULL routes, or %q is left", c)
	}
	if c, outcome := key.Store([]byte("kept"), vals); outcome != shardkey.Invalid || string(c) != "kept" {
		t.Errorf("NULL is stored: %v, or %q is left", outcome, c)
	}
	if _, ok := key.Route(nil, vals[:1]); ok {
		t.Error("a part of the key routes")
	}
}

// TestRule18TokenIsFixed: data is placed by these numbers; they never change.
func TestRule18TokenIsFixed(t *testing.T) {
	for canonical, want := range map[string]shardkey.Token{
		"": 0xe3b0c44298fc1c14, "1": 0x6b86b273ff34fce1, "abc": 0xba7816bf8f01cfea,
	} {
		if got := shardkey.Of([]byte(canonical)); got != want {
			t.Errorf("Of(%q) = %x, want %x", canonical, got, want)
		}
	}
}

func TestSQLText(t *testing.T) {
	column := func(kind, collation string) shardkey.Column {
		return shardkey.Column{Name: "k`1", Type: kind, Collation: collation}
	}
	const before, after = "CAST(CONV(LEFT(SHA2(", ", 256), 16), 16, 10) AS UNSIGNED)"
	for _, c := range []struct {
		column shardkey.Column
		want   string
	}{
		{column("bigint", ""), "CAST(`t`.`k``1` AS CHAR CHARACTER SET ascii)"},
		{column("int unsigned", ""), "CAST(CAST(`t`.`k``1` AS UNSIGNED) AS CHAR CHARACTER SET ascii)"},
		{column("decimal(10,2)", ""), "CAST(CAST(`t`.`k``1` AS DECIMAL(10,2)) AS CHAR CHARACTER SET ascii)"},
		{column("date", ""), "CAST(`t`.`k``1` AS CHAR CHARACTER SET ascii)"},
		{column("binary(16)", ""), "`t`.`k``1`"},
		{column("text", "utf8mb4_bin"), "TRIM(TRAILING x'20' FROM CAST(`t`.`k``1` AS BINARY))"},
		{column("text", "utf8mb4_0900_ai_ci"), "TRIM(TRAILING x'0209' FROM WEIGHT_STRING(`t`.`k``1`))"},
		{column("text", "utf8mb4_general_ci"), "TRIM(TRAILING x'0020' FROM WEIGHT_STRING(`t`.`k``1`))"},
		{column("text", "latin1_swedish_ci"), "TRIM(TRAILING x'20' FROM WEIGHT_STRING(`t`.`k``1`))"},
	} {
		if got := (shardkey.Key{c.column}).SQL("t"); got != before+c.want+after {
			t.Errorf("%s %s: %s", c.column.Type, c.column.Collation, got)
		}
	}
	key := shardkey.Key{{Name: "k", Type: "bigint"}}
	sql := key.SQL("")
	for _, c := range []struct {
		start, end shardkey.Token
		want       string
	}{
		{0, 0, "TRUE"},
		{0, 0x8000000000000000, sql + " BETWEEN 0 AND 9223372036854775807"},
		{0x8000000000000000, 0, sql + " BETWEEN 9223372036854775808 AND 18446744073709551615"},
		{7, 8, sql + " BETWEEN 7 AND 7"},
	} {
		if got := key.RangePredicate("", c.start, c.end); got != c.want {
			t.Errorf("[%x, %x): %s", c.start, c.end, got)
		}
	}
}
