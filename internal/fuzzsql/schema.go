package fuzzsql

import (
	"fmt"
	"slices"
	"strings"
)

// column is a column of the schema. Columns of one name have one type in all
// tables, so that they can be compared and joined.
type column struct {
	name string
	// decl is its type and what follows, but for NOT NULL.
	decl string
	kind Kind
	// coll is the collation of a Str.
	coll string
	// ambiguous: the collation takes different spellings for equal.
	ambiguous bool
	// unsigned numbers, and raw ones, are not computed with as they are.
	unsigned, raw bool
	notNull       bool
	// generated columns are not written; they need the column that from names.
	generated bool
	from      string
	values    []string
	// gone is what shrinking has done to it.
	gone bool
}

// table is a table of the schema, with its rows.
type table struct {
	name string
	// comment declares how the rows are spread; empty for an undeclared table.
	comment string
	columns []*column
	key     []string
	indexes []*Node
	rows    []row
}

// row is the values of a table's columns, as literals.
type row struct {
	values []string
	gone   bool
}

const (
	ci      = "utf8mb4_0900_ai_ci"
	general = "utf8mb4_general_ci"
	swedish = "latin1_swedish_ci"
	sharp   = "utf8mb4_0900_as_cs"
	bin     = "utf8mb4_bin"
)

func spread(texts ...string) []string { return texts }

// palette is all the columns that tables are made of, besides their keys.
func palette() []column {
	ints := spread("0", "1", "2", "3", "4", "5", "6", "7", "-1", "-3", "10", "11")
	naturals := spread("0", "1", "2", "3", "4", "5", "7", "10", "12", "200")
	spellings := spread("'a'", "'A'", "'á'", "'b'", "'B'", "'ß'", "'ss'", "''", "'x1'", "'X1'", "'abc'", "'10'", "'Žluť'", "'o%o'")
	plain := spread("'a'", "'A'", "'b'", "'c'", "''", "'x1'", "'abc'", "'2'", "'10'")
	dates := spread("'2024-01-01'", "'2024-01-31'", "'2024-02-29'", "'1999-12-31'", "'2020-05-05'", "'2024-12-31'")
	return []column{
		{name: "ti", decl: "TINYINT", kind: Num, values: append(ints, "127", "-128")},
		{name: "si", decl: "SMALLINT UNSIGNED", kind: Num, unsigned: true, values: naturals},
		{name: "mi", decl: "MEDIUMINT", kind: Num, values: ints},
		{name: "n", decl: "INT", kind: Num, values: ints},
		{name: "m", decl: "INT", kind: Num, values: ints},
		{name: "bn", decl: "BIGINT", kind: Num, raw: true, values: append(ints, "9223372036854775807", "-9223372036854775808")},
		{name: "bu", decl: "BIGINT UNSIGNED", kind: Num, raw: true, unsigned: true, values: append(naturals, "18446744073709551615")},
		{name: "d", decl: "DECIMAL(10,3)", kind: Num, values: spread("0", "1", "1.500", "-2.250", "3.125", "2", "10", "99.999")},
		{name: "x", decl: "DOUBLE", kind: Num, values: spread("0", "1", "0.25", "-1.5", "2.75", "3", "1024")},
		{name: "f", decl: "FLOAT", kind: Num, values: spread("0", "1", "0.5", "-1.5", "2.75")},
		{name: "bi", decl: "BIT(7)", kind: Num, raw: true, unsigned: true, values: spread("b'0'", "b'1'", "b'101'", "b'1111111'")},
		{name: "y", decl: "YEAR", kind: Num, unsigned: true, values: spread("1999", "2000", "2024", "2025")},
		{name: "ok", decl: "BOOL", kind: Num, values: spread("0", "1")},
		{name: "da", decl: "DATE", kind: Date, values: dates},
		{name: "dt", decl: "DATETIME(6)", kind: Date, values: spread("'2024-01-01 00:00:00'", "'2024-01-31 23:59:59.999999'", "'2024-02-29 12:00:00.5'", "'1999-12-31 01:02:03'")},
		{name: "ts", decl: "TIMESTAMP(2) NULL", kind: Date, values: spread("'2024-01-01 00:00:00'", "'2024-06-30 12:30:00.25'", "'2001-09-09 01:46:40'")},
		{name: "tm", decl: "TIME(3)", kind: Clock, values: spread("'00:00:00'", "'-01:30:00.5'", "'12:34:56.789'", "'100:00:00'")},
		{name: "c", decl: "CHAR(4) COLLATE " + ci, kind: Str, coll: ci, ambiguous: true, values: spread("'a'", "'A'", "'b'", "'ab'", "''", "'É'")},
		{name: "v", decl: "VARCHAR(20) COLLATE " + ci, kind: Str, coll: ci, ambiguous: true, values: spellings},
		{name: "vg", decl: "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE " + general, kind: Str, coll: general, ambiguous: true, values: append(spellings, "'b '")},
		{name: "vl", decl: "VARCHAR(12) CHARACTER SET latin1 COLLATE " + swedish, kind: Str, coll: swedish, ambiguous: true, values: spread("'a'", "'A'", "'é'", "'e'", "'ss'", "'b'", "''")},
		{name: "vs", decl: "VARCHAR(20) COLLATE " + sharp, kind: Str, coll: sharp, values: plain},
		{name: "vb", decl: "VARCHAR(20) COLLATE " + bin, kind: Str, coll: bin, values: plain},
		{name: "tx", decl: "TEXT COLLATE " + sharp, kind: Str, coll: sharp, values: append(plain, "'a longer text with words'")},
		{name: "e", decl: "ENUM('b','a','c') COLLATE " + sharp, kind: Str, coll: sharp, raw: true, values: spread("'a'", "'b'", "'c'")},
		{name: "se", decl: "SET('x','y','z') COLLATE " + sharp, kind: Str, coll: sharp, raw: true, values: spread("''", "'x'", "'y,z'", "'x,z'")},
		{name: "vy", decl: "VARBINARY(10)", kind: Bytes, values: spread("x'00'", "x'61'", "x'6162'", "''", "x'FF00'")},
		{name: "bl", decl: "BLOB", kind: Bytes, values: spread("x'00'", "x'61'", "x'FFFE'", "''")},
		{name: "j", decl: "JSON", kind: JSON, values: spread(`'{"a": 1, "b": [1, 2]}'`, `'[1, 2, 3]'`, `'[]'`, `'{"a": "x"}'`, `'{"a": null}'`, `'7'`, `'"s"'`)},
		{name: "gv", decl: "INT AS (n * 2 + 1) VIRTUAL", kind: Num, generated: true, from: "n"},
		{name: "gs", decl: "VARCHAR(30) COLLATE " + ci + " AS (CONCAT(v, '-', CHAR_LENGTH(v))) STORED", kind: Str, coll: ci, ambiguous: true, generated: true, from: "v"},
	}
}

// keyShape is a table's key and how its rows are spread.
type keyShape struct {
	columns []column
	comment string
}

func (g *gen) keyShape() keyShape {
	id := column{name: "id", decl: "INT", kind: Num, values: numbered(1, 40)}
	k := column{name: "k", decl: "VARCHAR(12) COLLATE " + ci, kind: Str, coll: ci, ambiguous: true, values: keyTexts()}
	kb := column{name: "kb", decl: "VARCHAR(12) COLLATE " + bin, kind: Str, coll: bin, values: append(keyTexts(), "'A'", "'B'")}
	u := column{name: "u", decl: "BIGINT UNSIGNED", kind: Num, raw: true, unsigned: true, values: append(numbered(1, 30), "18446744073709551615")}
	dk := column{name: "dk", decl: "DECIMAL(8,2)", kind: Num, values: spread("0", "1", "1.5", "2", "2.25", "3", "-1", "10", "10.5", "99.99", "7", "8")}
	day := column{name: "day", decl: "DATE", kind: Date, values: spread("'2024-01-01'", "'2024-01-31'", "'2024-02-29'", "'1999-12-31'", "'2020-05-05'", "'2024-12-31'", "'2023-03-03'", "'2022-02-02'")}
	n := column{name: "n", decl: "INT", kind: Num, values: numbered(0, 9)}
	return g.shapes(
		keyShape{[]column{id}, "shard_key=id"}, keyShape{[]column{id}, "shard_key=id"},
		keyShape{[]column{id}, "shard_key=id"}, keyShape{[]column{id}, "shard_key=id"},
		keyShape{[]column{k}, "shard_key=k"}, keyShape{[]column{kb}, "shard_key=kb"},
		keyShape{[]column{u}, "shard_key=u"}, keyShape{[]column{dk}, "shard_key=dk"}, keyShape{[]column{day}, "shard_key=day"},
		keyShape{[]column{n, id}, "shard_key=n"}, keyShape{[]column{id, n}, "shard_key=id,n"}, keyShape{[]column{n, kb}, "shard_key=n,kb"},
		keyShape{[]column{id}, "reference"}, keyShape{[]column{id}, "reference"}, keyShape{[]column{k}, "reference"},
		keyShape{[]column{id}, "single"}, keyShape{[]column{id}, ""},
	)
}

func (g *gen) shapes(all ...keyShape) keyShape { return all[g.IntN(len(all))] }

func numbered(from, to int) []string {
	var all []string
	for n := from; n <= to; n++ {
		all = append(all, fmt.Sprint(n))
	}
	return all
}

func keyTexts() []string {
	return spread("'a'", "'b'", "'c'", "'dd'", "'e1'", "'f'", "'gg'", "'h'", "'ij'", "'10'", "'2'", "'ž'", "'ö'")
}

// schema makes the tables, and their rows.
func (g *gen) schema() {
	for i := range 3 + g.IntN(3) {
		t := &table{name: fmt.Sprintf("t%d", i+1)}
		shape := g.keyShape()
		if i == 0 {
			for !strings.HasPrefix(shape.comment, "shard_key") {
				shape = g.keyShape()
			}
		}
		t.comment = shape.comment
		for _, c := range shape.columns {
			c.notNull = true
			t.columns = append(t.columns, &c)
			t.key = append(t.key, c.name)
		}
		g.fill(t)
		g.tables = append(g.tables, t)
	}
}

// fill gives a table further columns, indexes and rows.
func (g *gen) fill(t *table) {
	all := palette()
	g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	wanted := 3 + g.IntN(5)
	for _, c := range all {
		if len(t.columns) >= wanted+len(t.key) {
			break
		}
		if t.column(c.name) != nil || c.generated && t.column(c.from) == nil {
			continue
		}
		if !c.generated && c.kind != JSON && g.IntN(4) == 0 {
			c.notNull = true
		}
		t.columns = append(t.columns, &c)
	}
	for _, c := range t.columns[len(t.key):] {
		// By an index MySQL compares a small number with a YEAR as a year of this
		// century, and as a number otherwise.
		indexable := c.kind == Num && c.decl != "YEAR" || c.kind == Date || c.kind == Str && !strings.HasPrefix(c.decl, "TEXT")
		if indexable && g.IntN(4) == 0 {
			t.indexes = append(t.indexes, maybe(", KEY (", c.name, ")"))
		}
	}
	seen := map[string]bool{}
	for range 4 + g.IntN(20) {
		r := row{}
		for _, c := range t.columns {
			r.values = append(r.values, g.value(c))
		}
		if key := fmt.Sprint(r.values[:len(t.key)]); !seen[key] {
			seen[key] = true
			t.rows = append(t.rows, r)
		}
	}
}

// value is a literal for a column; empty for a generated one.
func (g *gen) value(c *column) string {
	switch {
	case c.generated:
		return ""
	case !c.notNull && g.IntN(5) == 0:
		return "NULL"
	}
	return g.pick(c.values...)
}

func (t *table) column(name string) *column {
	i := slices.IndexFunc(t.columns, func(c *column) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return t.columns[i]
}

// create is the statement that makes the table.
func (t *table) create() string {
	var parts []string
	for _, c := range t.columns {
		if c.gone {
			continue
		}
		text := c.name + " " + c.decl
		if c.notNull {
			text += " NOT NULL"
		}
		parts = append(parts, text)
	}
	text := "CREATE TABLE " + t.name + " (" + strings.Join(parts, ", ") + ", PRIMARY KEY (" + strings.Join(t.key, ", ") + ")"
	for _, index := range t.indexes {
		text += index.String()
	}
	text += ") DEFAULT CHARSET utf8mb4"
	if t.comment != "" {
		text += " COMMENT='shardway:" + t.comment + "'"
	}
	return text
}

// written are the columns that an INSERT gives values for.
func (t *table) written() []*column {
	var all []*column
	for _, c := range t.columns {
		if !c.gone && !c.generated {
			all = append(all, c)
		}
	}
	return all
}

// insert is the statement that fills the table; empty if it has no rows.
func (t *table) insert() string {
	names, rows := []string(nil), []string(nil)
	for _, c := range t.written() {
		names = append(names, c.name)
	}
	for _, r := range t.rows {
		if r.gone {
			continue
		}
		var values []string
		for i, c := range t.columns {
			if !c.gone && !c.generated {
				values = append(values, r.values[i])
			}
		}
		rows = append(rows, "("+strings.Join(values, ", ")+")")
	}
	if len(rows) == 0 {
		return ""
	}
	return "INSERT INTO " + t.name + " (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(rows, ", ")
}
