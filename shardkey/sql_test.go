package shardkey_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

// TestRule19SeveralColumns: MySQL and Go agree on keys of several columns,
// whatever the session's character set and sql_mode are.
func TestRule19SeveralColumns(t *testing.T) {
	key := shardkey.Key{
		{Name: "a", Type: "bigint unsigned"},
		{Name: "b", Type: "varchar(20)", Collation: "utf8mb4_0900_ai_ci"},
		{Name: "c", Type: "decimal(10,2)"},
		{Name: "d", Type: "binary(4)"},
		{Name: "e", Type: "datetime(3)"},
		{Name: "f", Type: "char(10)", Collation: "latin1_bin"},
		{Name: "g", Type: "char(10)", Collation: "utf8mb4_general_ci"},
	}
	conn := connect(t)
	statement := "CREATE TABLE m (id INT PRIMARY KEY AUTO_INCREMENT"
	for _, c := range key {
		statement += ", " + declaration(c)
	}
	run(t, conn, statement+")")
	random := rand.New(rand.NewPCG(19, 1))
	all := literals(random)
	var want []shardkey.Token
	for len(want) < 50 {
		vals, row := make([]shardkey.Value, len(key)), ""
		for i, c := range key {
			vals[i] = storable(c, all, random)
			row += ", " + literal(vals[i])
		}
		canon, outcome := key.Store(nil, vals)
		if outcome != shardkey.Stored {
			t.Fatalf("outcome %d for %s", outcome, row)
		}
		run(t, conn, "INSERT INTO m VALUES (DEFAULT"+row+")")
		want = append(want, shardkey.Of(canon))
	}
	for _, setting := range []string{
		"NAMES utf8mb4", "NAMES latin1", "NAMES gbk", "collation_connection = utf8mb4_bin",
		"sql_mode = 'ANSI'", "time_zone = '+05:30'", "max_sort_length = 4",
	} {
		run(t, conn, "SET "+setting)
		have, err := tokens(t.Context(), conn, "SELECT "+key.SQL("m")+" FROM m ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(have, want) {
			t.Errorf("with SET %s the tokens are others", setting)
		}
	}
}

// storable picks a value that the column is known to store.
func storable(c shardkey.Column, all []shardkey.Value, random *rand.Rand) shardkey.Value {
	for {
		v := all[random.IntN(len(all))]
		if _, outcome := (shardkey.Key{c}).Store(nil, []shardkey.Value{v}); outcome == shardkey.Stored {
			return v
		}
	}
}

// TestRule19Range: a row is in the range that has its token and in no other,
// at the bounds as well: tokens compare as integers, not as DOUBLE.
func TestRule19Range(t *testing.T) {
	key := shardkey.Key{{Name: "k", Type: "int"}}
	conn := connect(t)
	run(t, conn, "CREATE TABLE r (k INT PRIMARY KEY)")
	for i := range 64 {
		run(t, conn, "INSERT INTO r VALUES ("+strconv.Itoa(i)+")")
		canon, _ := key.Store(nil, []shardkey.Value{value(shardkey.Int, strconv.Itoa(i))})
		h := shardkey.Of(canon)
		for _, c := range []struct {
			start, end shardkey.Token
			want       bool
		}{{h, h + 1, true}, {h - 1, h, false}, {h + 1, h + 2, false}, {0, h, false}, {h, 0, true}, {0, h + 1, true}, {h + 1, 0, false}, {0, 0, true}} {
			var have bool
			query := "SELECT COUNT(*) FROM r x WHERE k = ? AND " + key.RangePredicate("x", c.start, c.end)
			if err := conn.QueryRowContext(t.Context(), query, i).Scan(&have); err != nil {
				t.Fatal(err)
			}
			if have != c.want {
				t.Errorf("key %d with token %x is in [%x, %x): %v", i, h, c.start, c.end, have)
			}
		}
	}
}

// TestRule21ClientCharset: a latin1 client's bytes are other characters than a
// utf8mb4 client's.
func TestRule21ClientCharset(t *testing.T) {
	conn := connect(t)
	columns := []shardkey.Column{
		{Name: "a", Type: "varchar(20)", Collation: "utf8mb4_0900_ai_ci"},
		{Name: "b", Type: "varchar(20)", Collation: "latin1_swedish_ci"},
		{Name: "c", Type: "varchar(20)", Collation: "utf8mb3_bin"},
		{Name: "d", Type: "varbinary(20)"},
		{Name: "e", Type: "tinytext", Collation: "latin1_bin"},
		{Name: "f", Type: "tinytext", Collation: "utf8mb4_general_ci"},
	}
	run(t, conn, "SET NAMES latin1")
	for _, c := range columns {
		run(t, conn, "CREATE TABLE c"+c.Name+" (id INT PRIMARY KEY, "+declaration(c)+")")
		key := shardkey.Key{c}
		for b := range 256 {
			v := shardkey.Value{Kind: shardkey.String, Charset: shardkey.Latin1, Bytes: []byte{'x', byte(b)}}
			stored, outcome := key.Store(nil, []shardkey.Value{v})
			routed, ok := key.Route(nil, []shardkey.Value{v})
			if outcome != shardkey.Stored || !ok || string(stored) != string(routed) {
				t.Fatalf("%s %s, byte %x: outcome %d, ok %v", c.Type, c.Collation, b, outcome, ok)
			}
			run(t, conn, "INSERT INTO c"+c.Name+" VALUES ("+strconv.Itoa(b)+", "+literal(v)+")")
			have, err := tokens(t.Context(), conn, "SELECT "+key.SQL("")+" FROM c"+c.Name+" WHERE id = "+strconv.Itoa(b))
			if err != nil {
				t.Fatal(err)
			}
			if have[0] != shardkey.Of(stored) {
				t.Errorf("%s %s, byte %x: other token than MySQL's", c.Type, c.Collation, b)
			}
		}
	}
}
