package shardkey_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/shardway/shardway/shardkey"
)

// columns are the types that property tests store and look up.
func columns() []shardkey.Column {
	var all []shardkey.Column
	for _, kind := range []string{
		"tinyint(1)", "tinyint unsigned", "smallint", "smallint unsigned", "mediumint",
		"int", "int unsigned", "int(10) unsigned zerofill", "bigint", "bigint unsigned", "bigint(20) unsigned zerofill",
		"decimal(10,2)", "decimal(10,0)", "decimal(3,3)", "decimal(10,2) unsigned", "decimal(12,4) unsigned zerofill", "decimal(20,4)", "decimal(65,30)", "decimal(65,0)",
		"date", "datetime", "datetime(3)", "datetime(6)", "time", "time(2)", "time(6)", "year",
		"binary(1)", "binary(4)", "binary(16)", "varbinary(8)", "blob", "tinyblob",
	} {
		all = append(all, shardkey.Column{Name: "k", Type: kind})
	}
	for _, collation := range collations {
		all = append(all, shardkey.Column{Name: "k", Type: "varchar(8)", Collation: collation})
	}
	for _, collation := range []string{"utf8mb4_0900_ai_ci", "utf8mb4_unicode_ci", "utf8mb4_bin", "utf8mb4_0900_bin", "latin1_swedish_ci"} {
		all = append(all, shardkey.Column{Name: "k", Type: "char(8)", Collation: collation})
	}
	return append(all, shardkey.Column{Name: "k", Type: "text", Collation: "utf8mb4_0900_ai_ci"},
		shardkey.Column{Name: "k", Type: "tinytext", Collation: "utf8mb4_general_ci"})
}

// numbers are integers at every type's bounds, and what is near them.
var numbers = []string{
	"0", "1", "5", "7", "42", "100", "127", "128", "129", "255", "256", "999", "1901", "1999", "2024", "2155", "2156", "32767", "32768", "65535", "65536",
	"8388607", "8388608", "16777215", "16777216", "2147483647", "2147483648", "4294967295", "4294967296", "99999999", "999999999999999", "9999999999999999",
	"9007199254740991", "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775808", "9223372036854775809",
	"18446744073709551615", "18446744073709551616", "99999999999999999999999999999999999", "20240105", "20240105101112",
}

// fractions follow a number.
var fractions = []string{".", ".0", ".00", ".5", ".50", ".4", ".49", ".499", ".4999999", ".005", ".0049", ".015", ".995", ".999", ".9999", ".99999", ".12", ".1234", ".000000000000000000000000000001"}

// clocks are dates and times in all kinds of forms.
var clocks = []string{
	"2024-01-05", "2024-1-5", "2024-02-29", "2023-02-29", "2024-01-05 10:11:12", "2024-01-05T10:11:12", "2024-01-05 10:11:12.5", "2024-01-05 10:11:12.500000",
	"2024-01-05 10:11:12.123456", "2024-01-05 10:11:12.1234567", "2024-01-05 00:00:00", "2024-01-05 00:00:00.000", "2024-01-05 10:11", "2024-01-05 24:00:00", "2024-01-05 10:11:60",
	"2024-01-05 10:11:12+00:00", "2024-01-05 10:11:12 ", " 2024-01-05", "2024-01-05 ", "20240105", "240105", "0000-00-00", "0001-01-01", "9999-12-31", "9999-12-31 23:59:59.999999",
	"1999-12-31 23:59:59.5", "10:11:12", "1:02:03", "01:02:03", "-01:02:03", "-00:00:00", "00:00:00", "-00:00:00.5", "100:00:00", "838:59:59", "838:59:59.5", "-838:59:59", "839:00:00", "099:00:00", "10:11:12.5",
	"10:11:12.129", "10:11:12.120000", "10:11", "101112", "2 10:11:12", "1999", "2155", "1900", "99", "0",
}

// words are texts, some with more than 8 characters, and bytes.
var words = []string{
	"", " ", "  ", "a", "A", "a ", "a  ", " a", "å", "ß", "ss", "é", "e\u0301", "abc", "ABC", "abcdefgh", "ABCDEFGH ", "abcdefghi", "abcdefgh          ", "äöüäöüäö", "日本", "日本日本日本日本日", "😀", "😎",
	"a\x00", "a\x00\x00\x00", "\x00", "\x00\x00\x00\x00", "5", "05", "5.0", " 5", "5 ", "+5", "5e0", "5abc", "-5", "-0", "+", "-", ".", ".5", "5.", "1e3", "0x10", "a\u00a0", "a\u3000", "a\t", "\t", "NULL",
	"\xff", "\x80abc", "0123456789abcdef", "0123456789abcdefg", strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("é", 127), strings.Repeat("é", 128), "\ufdfa", "\uac01", "\u1100\u1161\u11a8", "İ", "ı", "€", "\u0081",
}

// literals are values of every kind: all that is fixed, and some at random.
func literals(random *rand.Rand) []shardkey.Value {
	var all []shardkey.Value
	add := func(text string, kinds ...shardkey.Kind) {
		for _, kind := range kinds {
			all = append(all, value(kind, text))
		}
	}
	for _, n := range numbers {
		for _, sign := range []string{"", "-"} {
			add(sign+n, shardkey.Int, shardkey.String)
			add(sign+n+"e0", shardkey.Float)
		}
		add("+"+n, shardkey.Int, shardkey.String)
		add("00"+n, shardkey.Int, shardkey.String)
		add(n+".0", shardkey.Decimal)
		add(n+"e0", shardkey.String)
	}
	for range 80 {
		text := []string{"", "", "-", "+"}[random.IntN(4)] + []string{"", numbers[random.IntN(len(numbers))], "5"}[random.IntN(3)] + fractions[random.IntN(len(fractions))]
		if strings.Trim(text, "+-") == "." {
			continue
		}
		add(text, shardkey.Decimal, shardkey.String)
		add(text+[]string{"e0", "E1", "e-1"}[random.IntN(3)], shardkey.Float)
	}
	for _, c := range clocks {
		add(c, shardkey.String, shardkey.Date, shardkey.DateTime, shardkey.Time)
	}
	for _, w := range words {
		add(w, shardkey.String, shardkey.Binary)
	}
	for range 40 {
		var text strings.Builder
		for range random.IntN(6) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		add(text.String(), shardkey.String)
	}
	add("", shardkey.Null)
	return all
}

func describe(c shardkey.Column, v shardkey.Value) string {
	return fmt.Sprintf("%s %s, kind %d, %.80q", c.Type, c.Collation, v.Kind, v.Bytes)
}
