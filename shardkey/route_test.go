package shardkey_test

import (
	"testing"

	"github.com/shardway/shardway/shardkey"
)

type routeCase struct {
	kind, collation string
	value           shardkey.Value
	want            string // "no" if it must not route
}

// TestRule21Route is what the rule says, one by one; that MySQL agrees is
// TestRule21Literals' to show.
func TestRule21Route(t *testing.T) {
	const ci = "utf8mb4_0900_ai_ci"
	for _, c := range []routeCase{
		{"bigint", "", value(shardkey.Int, "5"), "5"},
		{"bigint", "", value(shardkey.Int, "+05"), "5"},
		{"bigint", "", value(shardkey.Int, "-0"), "0"},
		{"bigint", "", value(shardkey.Decimal, "5.0"), "5"},
		{"bigint", "", value(shardkey.Decimal, "5.5"), "no"},
		{"bigint", "", value(shardkey.Float, "5e0"), "5"},
		{"bigint", "", value(shardkey.Float, "9007199254740992e0"), "no"},
		{"bigint", "", value(shardkey.String, "05"), "5"},
		{"bigint", "", value(shardkey.String, "9007199254740993"), "9007199254740993"},
		{"bigint", "", value(shardkey.String, "5e0"), "no"},
		{"bigint", "", value(shardkey.String, "5.0"), "no"},
		{"bigint", "", value(shardkey.String, "5 "), "no"},
		{"bigint", "", value(shardkey.String, " 5"), "no"},
		{"bigint", "", value(shardkey.String, "5abc"), "no"},
		{"bigint", "", value(shardkey.String, ""), "no"},
		{"bigint", "", value(shardkey.Int, "-9223372036854775808"), "-9223372036854775808"},
		{"bigint", "", value(shardkey.Int, "9223372036854775808"), "no"},
		{"bigint unsigned", "", value(shardkey.Int, "18446744073709551615"), "18446744073709551615"},
		{"bigint unsigned", "", value(shardkey.Int, "18446744073709551616"), "no"},
		{"bigint unsigned", "", value(shardkey.Int, "-1"), "no"},
		{"tinyint", "", value(shardkey.Int, "128"), "no"},
		{"bigint", "", value(shardkey.Null, ""), "no"},
		{"bigint", "", value(shardkey.Other, "5"), "no"},
		{"bigint", "", value(shardkey.Binary, "5"), "no"},
		{"varchar(9)", ci, value(shardkey.Int, "5"), "no"},
		{"varchar(9)", ci, value(shardkey.Decimal, "5.0"), "no"},
		{"varchar(9)", ci, value(shardkey.Float, "5e0"), "no"},
		{"varchar(9)", ci, value(shardkey.Date, "2024-01-05"), "no"},
		{"varchar(9)", ci, value(shardkey.String, "5"), "\x1c\x42"},
		{"varchar(9)", ci, value(shardkey.String, "\xff"), "no"},
		{"varchar(9)", "utf8mb4_bin", value(shardkey.String, "å  "), "å"},
		{"varchar(9)", "utf8mb4_bin", shardkey.Value{Kind: shardkey.String, Charset: shardkey.Latin1, Bytes: []byte("\x80\xe5")}, "€å"},
		{"varchar(9)", "utf8mb4_bin", shardkey.Value{Kind: shardkey.String, Charset: shardkey.ASCIIOnly, Bytes: []byte("a\xe5")}, "no"},
		{"varchar(9)", "utf8mb3_bin", value(shardkey.String, "😀"), "no"},
		{"varchar(9)", "latin1_bin", value(shardkey.String, "€å"), "\x80\xe5"},
		{"varchar(9)", "latin1_bin", value(shardkey.String, "日"), "no"},
		{"varchar(9)", "ascii_bin", value(shardkey.String, "å"), "no"},
		{"decimal(10,2)", "", value(shardkey.Int, "7"), "7.00"},
		{"decimal(10,2)", "", value(shardkey.Decimal, "-007.50000"), "-7.50"},
		{"decimal(10,2)", "", value(shardkey.Decimal, "-0.000"), "0.00"},
		{"decimal(10,2)", "", value(shardkey.Decimal, "7.501"), "no"},
		{"decimal(10,2)", "", value(shardkey.String, "7.5"), "7.50"},
		{"decimal(20,2)", "", value(shardkey.String, "7.5"), "no"},
		{"decimal(3,3)", "", value(shardkey.Decimal, ".5"), "0.500"},
		{"date", "", value(shardkey.String, "2024-02-29"), "2024-02-29"},
		{"date", "", value(shardkey.String, "2023-02-29"), "no"},
		{"date", "", value(shardkey.String, "2024-2-29"), "no"},
		{"date", "", value(shardkey.Int, "20240229"), "no"},
		{"datetime(3)", "", value(shardkey.String, "2024-02-29 01:02:03.5"), "2024-02-29 01:02:03.500"},
		{"datetime(3)", "", value(shardkey.Date, "2024-02-29"), "2024-02-29 00:00:00.000"},
		{"datetime", "", value(shardkey.String, "2024-02-29 01:02:03.5"), "no"},
		{"time", "", value(shardkey.String, "-100:02:03"), "-100:02:03"},
		{"time", "", value(shardkey.String, "839:00:00"), "no"},
		{"year", "", value(shardkey.Int, "1999"), "1999"},
		{"year", "", value(shardkey.Int, "99"), "no"},
		{"binary(4)", "", value(shardkey.Binary, "a"), "a\x00\x00\x00"},
		{"varbinary(4)", "", value(shardkey.String, "a "), "a "},
		{"varbinary(4)", "", value(shardkey.String, "abcde"), "no"},
	} {
		key := shardkey.Key{{Name: "k", Type: c.kind, Collation: c.collation}}
		got, ok := key.Route(nil, []shardkey.Value{c.value})
		if !ok {
			got = []byte("no")
		}
		if string(got) != c.want {
			t.Errorf("%s = %q (kind %d): %q, want %q", c.kind, c.value.Bytes, c.value.Kind, got, c.want)
		}
	}
}

// TestRule21Store is what becomes of literals that are not in the column's form.
func TestRule21Store(t *testing.T) {
	const invalid, unsure = "invalid", "unsure"
	for _, c := range []routeCase{
		{"bigint", "", value(shardkey.String, "7.6"), "8"},
		{"bigint", "", value(shardkey.Decimal, "-2.5"), "-3"},
		{"bigint", "", value(shardkey.Float, "2.5e0"), unsure},
		{"bigint", "", value(shardkey.String, "5 "), unsure},
		{"bigint", "", value(shardkey.String, "abc"), invalid},
		{"bigint", "", value(shardkey.String, ""), invalid},
		{"bigint", "", value(shardkey.Null, ""), invalid},
		{"bigint unsigned", "", value(shardkey.Int, "-1"), invalid},
		{"bigint unsigned", "", value(shardkey.Decimal, "-0.4"), unsure},
		{"bigint unsigned", "", value(shardkey.Decimal, "18446744073709551615.4"), "18446744073709551615"},
		{"bigint unsigned", "", value(shardkey.Decimal, "18446744073709551615.5"), invalid},
		{"tinyint", "", value(shardkey.Decimal, "127.5"), invalid},
		{"decimal(4,2)", "", value(shardkey.Decimal, "1.005"), "1.01"},
		{"decimal(4,2)", "", value(shardkey.Decimal, "9.999"), "10.00"},
		{"decimal(4,2)", "", value(shardkey.Decimal, "99.995"), invalid},
		{"decimal(4,2)", "", value(shardkey.Decimal, "-0.004"), "0.00"},
		{"decimal(4,2)", "", value(shardkey.Float, "7e0"), "7.00"},
		{"char(2)", "utf8mb4_bin", value(shardkey.String, "ab   "), "ab"},
		{"char(2)", "utf8mb4_bin", value(shardkey.String, "éé"), "éé"},
		{"char(2)", "utf8mb4_bin", value(shardkey.String, "abc"), invalid},
		{"varchar(9)", "utf8mb4_bin", value(shardkey.Int, "-007"), "-7"},
		{"varchar(9)", "utf8mb4_bin", value(shardkey.Float, "7e0"), unsure},
		{"binary(2)", "", value(shardkey.String, "a"), "a\x00"},
		{"binary(2)", "", value(shardkey.String, "abc"), invalid},
		{"datetime", "", value(shardkey.String, "2024-01-05 10:11:12.5"), unsure},
		{"date", "", value(shardkey.String, "tomorrow"), unsure},
	} {
		key := shardkey.Key{{Name: "k", Type: c.kind, Collation: c.collation}}
		got, outcome := key.Store(nil, []shardkey.Value{c.value})
		switch outcome {
		case shardkey.Invalid:
			got = []byte(invalid)
		case shardkey.Unsure:
			got = []byte(unsure)
		case shardkey.Stored:
		}
		if string(got) != c.want {
			t.Errorf("%s, %q (kind %d): %q, want %q", c.kind, c.value.Bytes, c.value.Kind, got, c.want)
		}
	}
}

func TestIntegerRouteDoesNotAllocate(t *testing.T) {
	key := shardkey.Key{{Name: "k", Type: "bigint unsigned"}, {Name: "s", Type: "varchar(20)", Collation: "utf8mb4_0900_ai_ci"}}
	vals := []shardkey.Value{value(shardkey.Int, "1234567890123"), value(shardkey.String, "Zoë")}
	room := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { key.Route(room, vals) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkOf(b *testing.B) {
	canon := []byte("1234567")
	for b.Loop() {
		shardkey.Of(canon)
	}
}

func BenchmarkRoute(b *testing.B) {
	for _, c := range []struct {
		name   string
		column shardkey.Column
		value  shardkey.Value
	}{
		{"bigint", shardkey.Column{Name: "k", Type: "bigint unsigned"}, value(shardkey.Int, "1234567")},
		{"decimal", shardkey.Column{Name: "k", Type: "decimal(10,2)"}, value(shardkey.Decimal, "1234.5")},
		{"ascii_0900_ai_ci", shardkey.Column{Name: "k", Type: "varchar(64)", Collation: "utf8mb4_0900_ai_ci"}, value(shardkey.String, "someone@example.com")},
		{"german_0900_ai_ci", shardkey.Column{Name: "k", Type: "varchar(64)", Collation: "utf8mb4_0900_ai_ci"}, value(shardkey.String, "Übergröße für Zoë")},
		{"utf8mb4_bin", shardkey.Column{Name: "k", Type: "varchar(64)", Collation: "utf8mb4_bin"}, value(shardkey.String, "someone@example.com")},
		{"uuid", shardkey.Column{Name: "k", Type: "binary(16)"}, value(shardkey.Binary, "0123456789abcdef")},
	} {
		b.Run(c.name, func(b *testing.B) {
			key, vals := shardkey.Key{c.column}, []shardkey.Value{c.value}
			room := make([]byte, 0, 128)
			b.ReportAllocs()
			for b.Loop() {
				canon, ok := key.Route(room, vals)
				if !ok {
					b.Fatal("does not route")
				}
				shardkey.Of(canon)
			}
		})
	}
}
