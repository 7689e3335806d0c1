package mysql

import (
	"bytes"
	"strings"
	"testing"
)

// moreTypes and moreRows are values of charsets, geometries and special dates, beside those
// of everyType.
const moreTypes = `CREATE TABLE w (id INT PRIMARY KEY, l VARCHAR(30) CHARACTER SET latin1, g VARCHAR(30) CHARACTER SET gbk, s VARCHAR(30) CHARACTER SET sjis,
	u2 VARCHAR(30) CHARACTER SET ucs2, u8 VARCHAR(30) CHARACTER SET utf8mb3, cp VARCHAR(30) CHARACTER SET cp1251 COLLATE cp1251_bin, geo GEOMETRY,
	bits BIT(64), big DECIMAL(65,30), f FLOAT, z DATE, zt DATETIME(2))`

var moreRows = []string{
	`(1, 'é\\''x', '中', '表', 'ab', 'ü', 'Я', ST_GeomFromText('POINT(1.5 -2)', 4326), b'1111111100000000', 12345678901234567890123456789012345.000000000000000000000000000001, 0.1, '0000-00-00', '2020-00-01 01:01:01.25')`,
	`(2, '', '', '', '', '', '', ST_GeomFromText('LINESTRING(0 0,1 1)'), 18446744073709551615, -0.5, 3.4e38, '2024-02-29', '0000-00-00')`,
	`(3, 'plain', 'plain', '\\\\', '\\\\', 'a\nb', 'x', NULL, 0, NULL, 1.17549435e-38, NULL, NULL)`,
}

// TestValuesComeBackAsTheyWere: what AppendValue writes of a value that was
// read in binary is stored as that very value, and finds it, whatever the
// session's sql_mode and character set.
func TestValuesComeBackAsTheyWere(t *testing.T) {
	for _, session := range []string{"SET NAMES utf8mb4, sql_mode = ''", "SET NAMES latin1, sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'", "SET NAMES sjis, sql_mode = ''"} {
		b := dial(t, Variant{DeprecateEOF: true})
		schema := realServer(t).Schema(t)
		query(t, b, "SET time_zone = '+00:00', sql_mode = ''")
		query(t, b, "USE "+schema)
		query(t, b, string(bytes.ReplaceAll([]byte(everyType), []byte("%s"), []byte(schema))))
		query(t, b, moreTypes)
		query(t, b, "INSERT INTO v VALUES "+strings.Join(everyTypeRows, ", "))
		query(t, b, "INSERT INTO w VALUES "+strings.Join(moreRows, ", "))
		query(t, b, session)
		query(t, b, "SET character_set_results = NULL")
		for _, table := range []string{"v", "w"} {
			copied(t, b, table)
		}
	}
}

// copied writes a table's rows into another by their literals, and compares.
func copied(t *testing.T, b *Backend, table string) {
	t.Helper()
	query(t, b, "CREATE TABLE copy_"+table+" LIKE "+table)
	columns, rows := prepared(t, b, "SELECT * FROM "+table+" ORDER BY id", nil)
	for _, row := range rows {
		cells, err := DecodeBinaryRow(nil, row, columns)
		if err != nil {
			t.Fatal(err)
		}
		sql, found := []byte("INSERT INTO copy_"+table+" VALUES ("), []byte("SELECT COUNT(*) FROM "+table+" WHERE TRUE")
		for i := range cells {
			if i > 0 {
				sql = append(sql, ", "...)
			}
			if sql, err = AppendValue(sql, &columns[i], cells[i]); err != nil {
				t.Fatal(err)
			}
			if comparable(&columns[i]) {
				found = append(append(append(found, " AND `"...), columns[i].Name...), "` <=> "...)
				if found, err = AppendValue(found, &columns[i], cells[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		query(t, b, string(append(sql, ')')))
		if n := query(t, b, string(found)).Value(0, 0); n != "1" {
			t.Errorf("%s finds %s rows", found, n)
		}
	}
	sums := query(t, b, "CHECKSUM TABLE "+table+", copy_"+table)
	if len(rows) == 0 || sums.Value(0, 1) != sums.Value(1, 1) {
		t.Errorf("%s: %d rows, checksums %s and %s", table, len(rows), sums.Value(0, 1), sums.Value(1, 1))
	}
}

// comparable reports whether equality of stored value and literal is promised:
// not of FLOAT, which compares as DOUBLE, nor of what is a number and text at once.
func comparable(c *Column) bool {
	switch c.Type {
	case TypeFloat, TypeJSON, TypeGeometry:
		return false
	default:
		return true
	}
}

func TestEveryCollationHasItsCharset(t *testing.T) {
	b := dial(t, Variant{DeprecateEOF: true})
	res := query(t, b, "SELECT id, character_set_name FROM information_schema.collations")
	for i := range res.Rows {
		id := uint16(0)
		for _, d := range res.Value(i, 0) {
			id = id*10 + uint16(d-'0')
		}
		if got := CharsetOf(id); got != res.Value(i, 1) {
			t.Errorf("collation %d: %q, want %q", id, got, res.Value(i, 1))
		}
	}
	if len(res.Rows) < 200 {
		t.Errorf("%d collations", len(res.Rows))
	}
}
