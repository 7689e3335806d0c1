package integration

import (
	"fmt"
	"strings"
	"unicode"
)

// keyed is a table and how its key's values may be written.
type keyed struct {
	table, key, shown string
	values            []string
	forms             func(g grammar, value string) string
}

// textForm writes a text in another case, with blanks behind it, or as it is.
func textForm(g grammar, value string) string {
	switch g.IntN(6) {
	case 0:
		value = strings.ToUpper(value)
	case 1:
		value = strings.ToLower(value)
	case 2:
		value = strings.Map(func(r rune) rune {
			if g.IntN(2) == 0 {
				return unicode.SimpleFold(r)
			}
			return r
		}, value)
	case 3:
		value += strings.Repeat(" ", 1+g.IntN(2))
	}
	return "'" + strings.ReplaceAll(strings.ReplaceAll(value, `\`, `\\`), "'", "''") + "'"
}

func numberForm(g grammar, value string) string {
	switch g.IntN(8) {
	case 0:
		return "'" + value + "'"
	case 1:
		return value + ".0"
	case 2:
		return value + "e0"
	case 3:
		return "'" + value + ".0'"
	case 4:
		return "' " + value + "'"
	case 5:
		return value + " + 0"
	default:
		return value
	}
}

func dateForm(g grammar, value string) string {
	day, rest, _ := strings.Cut(value, " ")
	switch g.IntN(8) {
	case 0:
		return strings.ReplaceAll(day, "-", "")
	case 1:
		return "DATE '" + day + "'"
	case 2:
		return "'" + day + " 00:00:00'"
	case 3:
		return "TIMESTAMP '" + day + " 12:00:00'"
	case 4:
		return "'" + strings.ReplaceAll(day, "-0", "-") + "'"
	case 5:
		return "'" + strings.TrimSpace(day+"T"+rest) + "'"
	default:
		return "'" + value + "'"
	}
}

func bytesForm(g grammar, value string) string {
	switch g.IntN(5) {
	case 0:
		return fmt.Sprintf("x'%x'", value)
	case 1:
		return fmt.Sprintf("0x%x", value)
	case 2:
		return "_binary'" + value + "'"
	case 3:
		return textForm(g, value)
	default:
		return "'" + value + "'"
	}
}

// keys are the tables of every kind of key.
func keys() []keyed {
	words := []string{"apple", "Banana", "Straße", "strasse", "émile", "emile", "Ünal", "ζωή", "яблоко", "日本", "😀", "naïve", "coöp", "Ångström", "ﬄ", "ffl", "ĳ", "ij", "x", "0", "10", "a'b", "zoo", "ÿ", "İz", "iz", "łoś", "none"}
	return []keyed{
		{"words", "word", "n", words, textForm},
		{"words_general", "word", "n", words, textForm},
		{"words_unicode", "word", "n", words, textForm},
		{"words_bin", "word", "n", words, textForm},
		{"latin", "word", "n", []string{"apple", "Straße", "strasse", "émile", "ünal", "ñandú", "ÿ", "z1", "ab c", "10", "å", "æon", "µ", "none"}, textForm},
		{"rates", "rate", "label, n", []string{"0", "0.01", "-0.01", "1", "1.5", "2.25", "3.1", "10", "99.99", "-100.5", "123456.78", "7.77", "1.505", "99999999.99"}, numberForm},
		{"bigs", "id", "label", []string{"0", "1", "9223372036854775807", "9223372036854775808", "18446744073709551615", "4294967296", "10", "1000", "1234567890123456789", "-1"}, numberForm},
		{"people", "id", "name", []string{"1", "2", "7", "40", "-1", "0", "1000", "100000", "2147483647", "-2147483648", "999"}, numberForm},
		{"days", "day", "label", []string{"1000-01-01", "1999-12-31", "2000-02-29", "2020-01-01", "2020-02-29", "2024-12-31", "9999-12-31", "2019-01-01"}, dateForm},
		{"stamps", "at", "label", []string{"1970-01-01 00:00:01.000001", "1999-12-31 23:59:59.999999", "2020-01-01 00:00:00", "2020-02-29 12:00:00", "2021-06-30 12:34:56.789", "2000-01-01 00:00:00.5", "2022-07-04 00:00:00"}, dateForm},
		{"blobs", "k", "n, HEX(k)", []string{"\x00", "\xff", "é", "plain", "Plain", "plain ", "", "zz", "a%b", "k1", "none"}, func(g grammar, value string) string {
			if strings.IndexByte(value, 0) >= 0 || strings.IndexByte(value, 0xff) >= 0 {
				return fmt.Sprintf("x'%x'", value)
			}
			return bytesForm(g, value)
		}},
	}
}

// byKey asks for rows by their key, written in some form, or changes them: where
// the row is must not depend on how the client writes the key (safety rules 20, 21).
func (g grammar) byKey() string {
	all := keys()
	k := all[g.IntN(len(all))]
	value := func() string { return k.forms(g, g.pick(k.values...)) }
	var where string
	switch g.IntN(7) {
	case 0:
		where = k.key + " IN (" + value() + ", " + value() + ", " + value() + ")"
	case 1:
		where = k.key + " = " + value() + " OR " + k.key + " = " + value()
	case 2:
		where = value() + " = " + k.key
	case 3:
		where = k.key + " <=> " + value()
	case 4:
		where = k.key + " = " + value() + " AND " + k.key + " IN (" + value() + ", " + value() + ")"
	default:
		where = k.key + " = " + value()
	}
	if g.IntN(5) == 0 && strings.HasPrefix(k.shown, "n") && k.table != "people" {
		return "UPDATE " + k.table + " SET n = n + 1 WHERE " + where
	}
	return "SELECT " + k.shown + " FROM " + k.table + " WHERE " + where + " ORDER BY 1"
}

// nested has subqueries, derived tables and unions: much of it several shards
// cannot answer.
func (g grammar) nested() string {
	inner := g.pick("SELECT customer_id FROM orders o WHERE o.customer_id = p.id", "SELECT customer_id FROM orders", "SELECT id FROM products", "SELECT o.customer_id FROM orders o WHERE o.total > 500", "SELECT rank_no FROM settings")
	switch g.IntN(9) {
	case 0:
		return "SELECT p.id FROM people p WHERE p.id " + g.pick("IN", "NOT IN") + " (" + inner + ")" + " ORDER BY p.id"
	case 1:
		return "SELECT p.id FROM people p WHERE " + g.pick("", "NOT ") + "EXISTS (" + inner + ") AND " + g.condition("p.", 1) + " ORDER BY p.id"
	case 2:
		return "SELECT t.id, t.age FROM (SELECT id, age, city FROM people" + g.where("") + ") t WHERE t.age IS NOT NULL"
	case 3:
		return "SELECT id FROM people WHERE id = " + g.number() + g.pick(" UNION ", " UNION ALL ") + "SELECT id FROM " + g.pick("products", "people", "tree") + " WHERE id = " + g.number() + " ORDER BY 1"
	case 4:
		return "SELECT pr.id, COUNT(i.line), SUM(i.qty) FROM products pr " + g.pick("JOIN", "LEFT JOIN") + " items i ON i.product_id = pr.id GROUP BY pr.id ORDER BY pr.id"
	case 5:
		return "SELECT o.id, i.line, pr.sku FROM orders o JOIN items i ON i.customer_id = o.customer_id AND i.order_id = o.id " + g.pick("JOIN", "LEFT JOIN") + " products pr ON pr.id = i.product_id WHERE o.customer_id " + g.pick("= ", "> ", "IN (1, 2, 3) OR o.customer_id = ") + g.number() + " ORDER BY o.id, i.line" + g.limit()
	case 6:
		return "SELECT a.id, b.id FROM people a " + g.pick("JOIN", "LEFT JOIN") + " people b ON b.id = a.id" + g.pick("", " + 0", " AND b.age > 30") + " ORDER BY a.id" + g.limit()
	case 7:
		return "SELECT p.id, s.value FROM people p " + g.pick("JOIN", "LEFT JOIN") + " settings s ON s.rank_no = p.id WHERE p.id = " + g.number() + " ORDER BY p.id, s.name"
	default:
		return "SELECT g.x, g.y, g.v FROM grid g WHERE " + g.pick("(g.x, g.y) = (1, 'A')", "g.x = 1 AND g.y IN ('a', 'É', 'e')", "(g.x, g.y) IN ((1, 'a'), (2, 'E'))", "g.x IN (1, 2) AND g.y = 'ZZ'", "g.x = '1' AND g.y = 'b '") + " ORDER BY g.x, g.y"
	}
}
