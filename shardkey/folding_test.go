package shardkey_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shardway/shardway/shardkey"
)

// collations are all that a shard key may have.
var collations = []string{
	"utf8mb4_0900_ai_ci", "utf8mb4_unicode_ci", "utf8mb4_general_ci", "utf8mb4_bin", "utf8mb4_0900_bin",
	"utf8mb3_general_ci", "utf8mb3_unicode_ci", "utf8mb3_bin",
	"latin1_swedish_ci", "latin1_bin", "ascii_general_ci", "ascii_bin",
}

// TestRule20EveryCodePoint asks MySQL for the token of each character that a
// collation's character set has.
func TestRule20EveryCodePoint(t *testing.T) {
	for _, collation := range collations {
		t.Run(collation, func(t *testing.T) {
			t.Parallel()
			compareCodePoints(t, collation)
		})
	}
}

func compareCodePoints(t *testing.T, collation string) {
	conn := connect(t)
	charset, _, _ := strings.Cut(collation, "_")
	last, from := rune(utf8.MaxRune), "CONVERT(UNHEX(LPAD(HEX(i), 8, '0')) USING utf32)"
	switch charset {
	case "utf8mb4":
		if collation == "utf8mb4_0900_bin" { // stored as utf8mb4_bin is
			last = 0x1FFFF
		}
	case "utf8mb3":
		last = 0xFFFF
	case "latin1", "ascii":
		last, from = 0xFF, "CONVERT(UNHEX(LPAD(HEX(i), 2, '0')) USING latin1)"
		if charset == "ascii" {
			last = 0x7F
		}
	}
	key := shardkey.Key{{Name: "k", Type: "varchar(4)", Collation: collation}}
	// Not a recursive CTE: several at a time find their temporary tables gone
	// (1146) where temptable_max_ram is as small as this server's.
	run(t, conn, "CREATE TABLE n (i INT PRIMARY KEY)")
	run(t, conn, "INSERT INTO n VALUES "+numberRows(1088))
	rows, err := conn.QueryContext(t.Context(), fmt.Sprintf(`SELECT i, %s FROM (SELECT i, CONVERT(%s USING %s) COLLATE %s AS k
		FROM (SELECT h.i * 1024 + l.i AS i FROM n h JOIN n l WHERE l.i < 1024) x WHERE i <= %d AND i NOT BETWEEN 0xD800 AND 0xDFFF) x`,
		key.SQL("x"), from, charset, collation, last))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var canon, text []byte
	seen, wrong := 0, 0
	for rows.Next() && wrong < 10 {
		var i rune
		var want uint64
		if err := rows.Scan(&i, &want); err != nil {
			t.Fatal(err)
		}
		v := shardkey.Value{Kind: shardkey.String, Bytes: utf8.AppendRune(text[:0], i)}
		if last == 0xFF {
			v.Charset, v.Bytes = shardkey.Latin1, append(text[:0], byte(i))
		}
		seen++
		got, ok := key.Route(canon[:0], []shardkey.Value{v})
		if !ok || uint64(shardkey.Of(got)) != want {
			t.Errorf("%U: ok %v, canonical %x, other token than MySQL's", i, ok, got)
			wrong++
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := int(last) + 1
	if last > 0xDFFF {
		want -= 0x800
	}
	if seen != want && wrong == 0 {
		t.Errorf("saw %d characters, want %d", seen, want)
	}
}

// numberRows writes 0 to n-1 as the rows of an INSERT.
func numberRows(n int) string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("(%d)", i)
	}
	return strings.Join(rows, ", ")
}

// pieces is what random strings are made of: what folding gets wrong first.
var pieces = []string{
	"a", "A", "b", "ss", "ß", "ẞ", "s", "å", "Å", "a\u030a", "ä", "é", "e\u0301", "E", "ö", "ø", "o", "æ", "ae", "ĳ", "ﬁ", "fi", "İ", "ı", "i", "Ÿ", "ÿ", "y",
	" ", " ", "  ", "\u00a0", "\u3000", "\u2003", "\t", "\x00", "\x01", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u0301", "\u0308", "\u0345", "\u00b4", "\u0020\u0301",
	"\uac00", "\u1100\u1161", "\uac01", "\u1100\u1161\u11a8", "\ud7a3", "\u1112", "\u1175", "\u11c2", "\u1100", "\u11a8",
	"日", "本", "\U00020000", "\u4e00", "\ufa0e", "\uf900", "\u3042", "\u30a2", "\uff71", "\u3099", "\u304b\u3099", "\u304c",
	"😀", "😎", "\U0001f1e9\U0001f1ea", "\U00010400", "\U00010428", "\U00017000", "\U0001b170", "\U0010ffff", "\u0378",
	"\u0e40\u0e01", "\u0e01", "\u0eb0", "\u0ec0\u0e81", "\u0fb2\u0f71\u0f80", "\u0f71\u0f72", "\u09c7\u09be", "\u09cb", "\u06c0", "\u0627\u0653", "\ufdfa", "\ufdfb",
	"Σ", "σ", "ς", "Я", "я", "й", "и\u0306", "1", "①", "½", "_", "-", "'", "\\", "%", "~", "\u2028",
}

// TestRule20RandomStrings stores random texts under each collation and
// compares tokens; and whatever MySQL finds equal has to have one token.
func TestRule20RandomStrings(t *testing.T) {
	conn := connect(t)
	random := rand.New(rand.NewPCG(20, 1))
	columns := make([]string, 0, len(collations))
	for i, collation := range collations {
		columns = append(columns, declaration(shardkey.Column{Name: fmt.Sprintf("k%d", i), Type: "varchar(64)", Collation: collation}))
	}
	run(t, conn, "CREATE TABLE s (id INT PRIMARY KEY, "+strings.Join(columns, ", ")+")")
	const count = 3000
	texts := make([][]string, count)
	rows := make([]string, 0, count)
	for id := range texts {
		texts[id] = make([]string, len(collations))
		row := []string{fmt.Sprint(id)}
		for i, collation := range collations {
			texts[id][i] = randomText(random, collation)
			row = append(row, literal(value(shardkey.String, texts[id][i])))
		}
		rows = append(rows, "("+strings.Join(row, ",")+")")
	}
	run(t, conn, "INSERT INTO s VALUES "+strings.Join(rows, ","))
	for i, collation := range collations {
		t.Run(collation, func(t *testing.T) {
			name := fmt.Sprintf("k%d", i)
			key := shardkey.Key{{Name: name, Type: "varchar(64)", Collation: collation}}
			want, err := tokens(t.Context(), conn, "SELECT "+key.SQL("")+" FROM s ORDER BY id")
			if err != nil {
				t.Fatal(err)
			}
			for id := range texts {
				v := value(shardkey.String, texts[id][i])
				if got, ok := key.Route(nil, []shardkey.Value{v}); !ok || shardkey.Of(got) != want[id] {
					t.Errorf("Route(%+q): ok %v, canonical %x, other token than MySQL's", texts[id][i], ok, got)
				}
				if got, outcome := key.Store(nil, []shardkey.Value{v}); outcome != shardkey.Stored || shardkey.Of(got) != want[id] {
					t.Errorf("Store(%+q): outcome %v, canonical %x, other token than MySQL's", texts[id][i], outcome, got)
				}
			}
			var equal, apart int
			err = conn.QueryRowContext(t.Context(), fmt.Sprintf("SELECT COUNT(*), COALESCE(SUM(%s <> %s), 0) FROM s x JOIN s y ON x.%s = y.%s WHERE x.id < y.id AND y.id < 1000",
				key.SQL("x"), key.SQL("y"), name, name)).Scan(&equal, &apart)
			if err != nil {
				t.Fatal(err)
			}
			if equal < 3 || apart != 0 {
				t.Errorf("%d pairs are equal, %d of them with two tokens", equal, apart)
			}
		})
	}
}

// randomText joins a few pieces that the collation's character set can hold.
func randomText(random *rand.Rand, collation string) string {
	var text strings.Builder
	for range random.IntN(6) {
		piece := pieces[random.IntN(len(pieces))]
		for random.IntN(2) == 0 || !holds(collation, piece) {
			piece = pieces[random.IntN(30)]
		}
		text.WriteString(piece)
	}
	if random.IntN(3) == 0 {
		text.WriteString(strings.Repeat(" ", random.IntN(3)))
	}
	return text.String()
}

// holds reports whether a column of that collation can store the text.
func holds(collation, text string) bool {
	key := shardkey.Key{{Name: "k", Type: "varchar(64)", Collation: collation}}
	_, outcome := key.Store(nil, []shardkey.Value{value(shardkey.String, text)})
	return outcome == shardkey.Stored
}

// TestRule20LongText: weights are not cut where text is long.
func TestRule20LongText(t *testing.T) {
	conn := connect(t)
	run(t, conn, "CREATE TABLE l (k LONGTEXT COLLATE utf8mb4_0900_ai_ci NOT NULL, v VARCHAR(8000) COLLATE utf8mb4_unicode_ci NOT NULL)")
	for _, text := range []string{strings.Repeat("ﷺß", 2000), strings.Repeat("x", 8000), strings.Repeat(" ", 7999) + "x", strings.Repeat("日本", 3000) + "\u00a0 "} {
		run(t, conn, "DELETE FROM l")
		run(t, conn, "INSERT INTO l VALUES ("+literal(value(shardkey.String, text))+", "+literal(value(shardkey.String, text))+")")
		for _, key := range []shardkey.Key{
			{{Name: "k", Type: "longtext", Collation: "utf8mb4_0900_ai_ci"}},
			{{Name: "v", Type: "varchar(8000)", Collation: "utf8mb4_unicode_ci"}},
		} {
			want, err := tokens(t.Context(), conn, "SELECT "+key.SQL("")+" FROM l")
			if err != nil {
				t.Fatal(err)
			}
			got, ok := key.Route(nil, []shardkey.Value{value(shardkey.String, text)})
			if !ok || shardkey.Of(got) != want[0] {
				t.Errorf("%s: %.20q…: other token than MySQL's", key[0].Name, text)
			}
		}
	}
}
