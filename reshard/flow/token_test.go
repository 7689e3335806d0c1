package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/mysql/binlog"
	"github.com/shardway/shardway/shardkey"
)

// keyTypes are all types that a shard key may have, with values at their edges.
func keyTypes() map[string][]string {
	text := []string{"''", "'a'", "'A'", "'a  '", "'  a'", "'ß'", "'ss'", "'É'", "'e'", "'x y'", "'Z\\0'", "'ä ö '", "'Ÿ€'"}
	unicode := append(slices.Clone(text), "'日本'", "'e\u0301'", "'\uac01'", "'\u1100\u1161\u11a8'", "'\u00a0'", "'q\u3000'")
	all := map[string][]string{
		"tinyint": {"-128", "0", "127"}, "tinyint unsigned": {"255"}, "smallint": {"-32768", "32767"}, "smallint unsigned": {"65535"},
		"mediumint": {"-8388608", "8388607"}, "mediumint unsigned": {"16777215"}, "int": {"-2147483648", "5"}, "int unsigned": {"4294967295", "0"},
		"int(10) unsigned zerofill": {"7"}, "bigint": {"-9223372036854775808", "9223372036854775807", "-1"},
		"bigint unsigned":                 {"18446744073709551615", "9223372036854775808", "0"},
		"decimal(10,2)":                   {"0", "-0.01", "12345678.90", "7", "-99999999.99", "0.5"},
		"decimal(10,0)":                   {"0", "-1", "9999999999"},
		"decimal(3,3)":                    {"0", ".5", "-.999"},
		"decimal(65,30)":                  {"1", "-12345678901234567890123456789012345.123456789012345678901234567891", "0.000000000000000000000000000001"},
		"decimal(65,0)":                   {"99999999999999999999999999999999999999999999999999999999999999999", "-1000000000"},
		"decimal(20,4)":                   {"1000000000", "123456789012345.6789", "-100000.0001", "999999999.9999"},
		"decimal(9,4)":                    {"1.1", "99999.0001", "-0.9"},
		"decimal(10,2) unsigned zerofill": {"1.5"},
		"date":                            {"'2024-02-29'", "'0000-00-00'", "'2024-00-00'", "'9999-12-31'", "'0001-01-01'"},
		"datetime":                        {"'2024-02-29 23:59:59'", "'0000-00-00 00:00:00'", "'2024-01-00 00:00:00'"},
		"datetime(3)":                     {"'2024-02-29 23:59:59.120'", "'0000-00-00 00:00:00'", "'2024-02-29 00:00:00.001'", "'2024-02-29'"},
		"datetime(6)":                     {"'2024-02-29 23:59:59.000001'", "'1000-01-01 00:00:00.1'"},
		"datetime(1)":                     {"'2024-02-29 23:59:59'", "'2024-02-29 23:59:59.9'"},
		"time":                            {"'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-01:02:03'", "'100:00:00'"},
		"time(1)":                         {"'-00:00:00.1'", "'01:02:03.4'"},
		"time(2)":                         {"'00:00:00'", "'-00:00:00.12'", "'-01:00:00.99'", "'01:02:03.04'", "'-00:00:01'"},
		"time(3)":                         {"'-00:00:00.001'", "'-10:59:59.999'", "'12:00:00.5'"},
		"time(6)":                         {"'-838:59:58.999999'", "'-00:00:00.000001'", "'-12:00:00'", "'838:59:59'"},
		"year":                            {"0", "1901", "2155", "2024"},
		"binary(1)":                       {"0x00", "0x61"}, "binary(4)": {"0x61000000", "0x00000000", "0x61626364", "0x61006200", "0x20202020"},
		"binary(16)":   {"0x0123456789abcdef0123456789abcd00", "0x00", "'q'"},
		"varbinary(8)": {"''", "0x6100", "0x00ff80", "'a  '"}, "blob": {"0x00", "'x'"}, "tinyblob": {"0xff00"},
		"char(8)": nil, "varchar(8)": nil, "text": nil, "tinytext": nil,
	}
	collations := map[string][]string{
		"utf8mb4_0900_ai_ci": append(unicode, "'😀'"), "utf8mb4_general_ci": append(unicode, "'😀'"), "utf8mb4_unicode_ci": append(unicode, "'😀'"),
		"utf8mb4_bin": append(unicode, "'😀'"), "utf8mb4_0900_bin": append(unicode, "'😀'"), "utf8mb3_general_ci": unicode, "utf8mb3_unicode_ci": unicode,
		"utf8mb3_bin": unicode, "latin1_swedish_ci": text, "latin1_bin": text, "ascii_general_ci": {"'a'", "'A '", "''", "'z~'"}, "ascii_bin": {"'a'", "'A '", "''"},
	}
	for _, kind := range []string{"char(8)", "varchar(8)", "text", "tinytext"} {
		delete(all, kind)
		for collation, values := range collations {
			all[kind+" "+collation] = values
		}
	}
	return all
}

// column takes a key of keyTypes apart.
func column(name, kind string) (c shardkey.Column, definition string) {
	base, collation, ok := strings.Cut(kind, " ")
	if !ok || !strings.Contains(collation, "_") {
		return shardkey.Column{Name: name, Type: kind}, name + " " + kind + " NOT NULL"
	}
	charset, _, _ := strings.Cut(collation, "_")
	return shardkey.Column{Name: name, Type: base, Collation: collation},
		fmt.Sprintf("%s %s CHARACTER SET %s COLLATE %s NOT NULL", name, base, charset, collation)
}

// Safety rules 18 and 21: the token of a row as the binary log has it is the one
// that MySQL computes of the stored row, for every type that may be a shard key.
func TestRule18TokensOfTheBinaryLogAreMySQLs(t *testing.T) {
	s := testkit.Server(t, testkit.Options{Name: "source"})
	schema := s.Schema(t)
	db := s.DB(t, schema)
	db.SetMaxOpenConns(1)
	testkit.Exec(t, db, "SET sql_mode = ''")
	start := executedOn(t, db)
	keys := map[string]shardkey.Key{}
	n := 0
	for kind, values := range keyTypes() {
		c, definition := column("k", kind)
		table := fmt.Sprintf("t%d", n)
		n++
		keys[table] = shardkey.Key{c}
		testkit.Exec(t, db, "CREATE TABLE "+table+" (id INT PRIMARY KEY AUTO_INCREMENT, "+definition+")")
		for _, v := range values {
			testkit.Exec(t, db, "INSERT INTO "+table+" (k) VALUES ("+v+")")
		}
	}
	a, first := column("a", "varchar(8) latin1_swedish_ci")
	b, second := column("b", "binary(4)")
	keys["several"] = shardkey.Key{a, b}
	testkit.Exec(t, db, "CREATE TABLE several (id INT PRIMARY KEY AUTO_INCREMENT, x INT, "+second+", "+first+")",
		"INSERT INTO several (a, b) VALUES ('ab', 'c'), ('a', 'bc'), ('', ''), ('ÄÖ ', 0x6100)")
	rows := 0
	for table, key := range keys {
		want := map[int64]uint64{}
		readTokens(t, db, "SELECT id, "+key.SQL("")+" FROM "+table, want)
		rows += len(want)
		keys[table] = key
		checkTokens(t, s, schema, table, key, start, want)
	}
	if rows < 300 {
		t.Errorf("%d rows only", rows)
	}
}

func readTokens(t *testing.T, db *sql.DB, query string, into map[int64]uint64) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		var token uint64
		if err := rows.Scan(&id, &token); err != nil {
			t.Fatal(err)
		}
		into[id] = token
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

var errSeen = errors.New("the test has seen enough")

// checkTokens reads the inserts of one table and compares tokens.
func checkTokens(t *testing.T, s *testkit.MySQL, schema, table string, key shardkey.Key, start mysql.GTIDSet, want map[int64]uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seen := 0
	stream := binlog.NewStream(binlog.Options{Addr: s.Addr(), User: s.User, Password: s.Password}, start)
	err := stream.Run(ctx, func(tx *binlog.Transaction) error {
		return tx.Changes(func(c binlog.Change) error {
			if c.Table.Schema != schema || c.Table.Name != table {
				return nil
			}
			token, err := tokenOf(key, c.Table, c.After)
			if err != nil || uint64(token) != want[c.After[0].(int64)] {
				t.Errorf("%+v: %v has token %x, MySQL says %x, %v", key, c.After, token, want[c.After[0].(int64)], err)
			}
			if seen++; seen == len(want) {
				return errSeen
			}
			return nil
		})
	})
	if !errors.Is(err, errSeen) {
		t.Fatal(err)
	}
}

func executedOn(t testing.TB, db *sql.DB) mysql.GTIDSet {
	t.Helper()
	var text string
	if err := db.QueryRowContext(t.Context(), "SELECT @@GLOBAL.gtid_executed").Scan(&text); err != nil {
		t.Fatal(err)
	}
	set, err := mysql.ParseGTIDSet(text)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
