package mysql

import (
	"bytes"
	"fmt"
	"testing"
)

// everyType is a table with a column of each type and rows at their limits.
const everyType = `CREATE TABLE %s.v (
	id INT PRIMARY KEY, t TINYINT, tu TINYINT UNSIGNED, s SMALLINT, m MEDIUMINT, mu MEDIUMINT UNSIGNED, i INT, iu INT UNSIGNED ZEROFILL,
	b BIGINT, bu BIGINT UNSIGNED, d DECIMAL(20,5), f FLOAT, dd DOUBLE, fs FLOAT(9,3), ds DOUBLE(12,4), y YEAR,
	da DATE, dt DATETIME, d6 DATETIME(6), ts TIMESTAMP(3) NULL, ti TIME, t6 TIME(6), bi BIT(10), c CHAR(5), vc VARCHAR(50),
	vb VARBINARY(20), tx TEXT, bl BLOB, e ENUM('a','b'), se SET('x','y'), j JSON)`

var everyTypeRows = []string{
	`(1, -128, 255, -32768, -8388608, 16777215, -2147483648, 42, -9223372036854775808, 18446744073709551615, -123456789012345.12345,
	1.5, 2.25, 123456.789, -12345678.1234, 2026, '2026-11-23', '2026-11-23 21:00:01', '2026-11-23 21:00:01.000123', '2026-11-23 21:00:01.12',
	'-838:59:59', '12:00:00.5', b'1010101', 'ab', 'größe', x'00ff27', 'text', x'0001', 'b', 'x,y', '{"a": [1, 2.5, "x"]}')`,
	`(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1901, '1000-01-01', '1000-01-01 00:00:00', '9999-12-31 23:59:59.999999',
	'1970-01-02 00:00:01', '00:00:00', '-00:00:00.000001', b'0', '', '', '', '', '', 'a', '', 'null')`,
	`(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
	`(4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3.14159274, 3.141592653589793, 1, 1, 2000, '2000-02-29', '2000-02-29 12:34:56', '2000-02-29 12:34:56',
	'2000-02-29 12:34:56', '100:00:00', '00:00:01', b'1111111111', 'abcde', '''"\\', x'5c27', 'a\nb', x'ff', 'a', 'y', '[]')`,
}

// prepared runs a statement by the binary protocol and returns columns and rows.
func prepared(t *testing.T, b *Backend, sql string, params []Param) ([]Column, [][]byte) {
	t.Helper()
	if err := b.WriteCommand(ComStmtPrepare, []byte(sql)); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	s, err := b.ReadPrepared()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(s.Params) != len(params) {
		t.Fatalf("%s: %d parameters", sql, len(s.Params))
	}
	x := Execute{StmtID: s.ID, Params: params}
	if err := b.WriteRawCommand(x.Append(nil)); err != nil {
		t.Fatal(err)
	}
	if err := b.WriteCommand(ComStmtClose, appendUint32(nil, s.ID)); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	rd, err := b.BeginResult()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var rows [][]byte
	for {
		p, err := rd.Next()
		if err != nil {
			t.Fatal(err)
		}
		if p == nil {
			return rd.Columns, rows
		}
		rows = append(rows, bytes.Clone(p))
	}
}

// TestBinaryAndTextAgreeOnEveryType: text made from binary is what the server
// prints, and binary made from that text is what the server sends.
func TestBinaryAndTextAgreeOnEveryType(t *testing.T) {
	bothFramings(t, func(t *testing.T, b *Backend) {
		schema := realServer(t).Schema(t)
		query(t, b, "SET time_zone = '+00:00', sql_mode = ''")
		query(t, b, "USE "+schema)
		query(t, b, string(bytes.ReplaceAll([]byte(everyType), []byte("%s"), []byte(schema))))
		for _, row := range everyTypeRows {
			query(t, b, "INSERT INTO v VALUES "+row)
		}
		for _, f := range []string{"1e15", "123456789012345680", "1e14", "1e-15", "1.5e-16", "0.1", "-1e100", "123456.7", "1e-5", "2.5e-7", "1e22", "999999999999999"} {
			query(t, b, "INSERT INTO v (id, f, dd) SELECT MAX(id) + 1, IF(ABS("+f+") < 1e30, "+f+", 1), "+f+" FROM v")
		}
		sql := "SELECT * FROM v ORDER BY id"
		text := query(t, b, sql)
		columns, rows := prepared(t, b, sql, nil)
		if len(rows) != len(text.Rows) {
			t.Fatalf("%d rows, %d in text", len(rows), len(text.Rows))
		}
		for r, p := range rows {
			compareRow(t, columns, p, text.Rows[r])
		}
	})
}

func compareRow(t *testing.T, columns []Column, binary []byte, text []Cell) {
	t.Helper()
	cells, err := DecodeBinaryRow(nil, binary, columns)
	if err != nil {
		t.Fatal(err)
	}
	for i := range columns {
		if cells[i].Null != text[i].Null {
			t.Fatalf("%s: NULL in one protocol alone", columns[i].Name)
		}
		if cells[i].Null {
			continue
		}
		got, err := BinaryToText(nil, &columns[i], cells[i].Data)
		if err != nil || !bytes.Equal(got, text[i].Data) {
			t.Errorf("%s of row %s: %v, from binary %q, the server prints %q", columns[i].Name, text[0].Data, err, got, text[i].Data)
		}
	}
	again, err := AppendBinaryRowFromText(nil, columns, text)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeBinaryRow(nil, again, columns)
	if err != nil {
		t.Fatal(err)
	}
	for i := range columns {
		if columns[i].Type != TypeFloat && !bytes.Equal(back[i].Data, cells[i].Data) {
			t.Errorf("%s of row %s: %q became % x, the server sends % x", columns[i].Name, text[0].Data, text[i].Data, back[i].Data, cells[i].Data)
		}
	}
}

// TestLiteralsMeanWhatParametersMean compares each literal with its parameter,
// inside the server, in several modes.
func TestLiteralsMeanWhatParametersMean(t *testing.T) {
	b := dial(t, Variant{})
	params := []Param{
		{ParamType: ParamType{Type: TypeLongLong}, Value: []byte{0, 0, 0, 0, 0, 0, 0, 0x80}},
		{ParamType: ParamType{Type: TypeLongLong, Unsigned: true}, Value: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{ParamType: ParamType{Type: TypeDouble}, Value: []byte{0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x24, 0x40}},
		{ParamType: ParamType{Type: TypeFloat}, Value: []byte{0x33, 0x33, 0x23, 0x41}},
		{ParamType: ParamType{Type: TypeVarString}, Value: []byte("it's \\ a \"größe\"\n\x00\x1a%_")},
		{ParamType: ParamType{Type: TypeVarString}, Value: nil},
		{ParamType: ParamType{Type: TypeBlob}, Value: []byte("a\x00'\\")},
		{ParamType: ParamType{Type: TypeBlob}, Value: nil},
		{ParamType: ParamType{Type: TypeNewDecimal}, Value: []byte("-1234567890123456789012345.6789")},
		{ParamType: ParamType{Type: TypeDate}, Value: []byte{0xda, 7, 10, 17}},
		{ParamType: ParamType{Type: TypeDatetime}, Value: []byte{0xda, 7, 10, 17, 1, 2, 3, 1, 0, 0, 0}},
		{ParamType: ParamType{Type: TypeTime}, Value: []byte{1, 2, 0, 0, 0, 1, 2, 3}},
	}
	for _, mode := range []struct {
		sql string
		m   LiteralMode
	}{
		{"SET NAMES utf8mb4, sql_mode = ''", LiteralMode{}},
		{"SET NAMES utf8mb4, sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'", LiteralMode{NoBackslashEscapes: true}},
		{"SET NAMES latin1, sql_mode = ''", LiteralMode{Charset: "latin1"}},
		{"SET NAMES gbk, sql_mode = ''", LiteralMode{Charset: "gbk"}},
	} {
		query(t, b, mode.sql)
		for _, p := range params {
			literal, err := p.Literal(nil, mode.m)
			if err != nil {
				t.Fatal(err)
			}
			sql := fmt.Sprintf("SELECT %s <=> ?, CHARSET(%s) = CHARSET(?), HEX(%s) = HEX(?)", literal, literal, literal)
			columns, rows := prepared(t, b, sql, []Param{p, p, p})
			cells, err := DecodeBinaryRow(nil, rows[0], columns)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range cells {
				if c.Null || c.Data[0] != 1 {
					t.Errorf("%s: part %d of %s is false", mode.sql, i, sql)
				}
			}
		}
	}
}

func TestRelayOfACursorAndOfFieldList(t *testing.T) {
	bothFramings(t, func(t *testing.T, b *Backend) {
		schema := realServer(t).Schema(t)
		query(t, b, "USE "+schema)
		query(t, b, "CREATE TABLE v (a INT, b INT)")
		query(t, b, "INSERT INTO v VALUES (1, 1), (2, 2), (3, 3)")
		if err := b.WriteCommand(ComStmtPrepare, []byte("SELECT * FROM v")); err != nil {
			t.Fatal(err)
		}
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
		s, err := b.ReadPrepared()
		if err != nil {
			t.Fatal(err)
		}
		x := Execute{StmtID: s.ID, Flags: 1}
		_, sum := relayReal(t, b, x.Append(nil), RelayOptions{})
		if sum.Rows != 0 || sum.Columns != 2 || !sum.Status.Has(StatusCursorExists) {
			t.Errorf("open: %+v", sum)
		}
		fetch := appendUint32(appendUint32([]byte{byte(ComStmtFetch)}, s.ID), 2)
		_, sum = relayReal(t, b, fetch, RelayOptions{RowsOnly: true})
		if sum.Rows != 2 || sum.Err != nil {
			t.Errorf("fetch: %+v", sum)
		}
		_, sum = relayReal(t, b, fetch, RelayOptions{RowsOnly: true})
		if sum.Rows != 1 || !sum.Status.Has(StatusLastRowSent) {
			t.Errorf("second fetch: %+v", sum)
		}
		_, sum = relayReal(t, b, []byte("\x04v\x00"), RelayOptions{RowsOnly: true})
		if sum.Rows != 2 || sum.Err != nil {
			t.Errorf("field list: %+v", sum)
		}
	})
}
