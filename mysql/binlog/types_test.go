package binlog

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
)

// typed are the columns of every type, with values at their edges; each value
// is a row of its own.
func typed() map[string][]string {
	return map[string][]string{
		"TINYINT": {"-128", "127"}, "TINYINT UNSIGNED": {"255"}, "SMALLINT": {"-32768"}, "SMALLINT UNSIGNED": {"65535"},
		"MEDIUMINT": {"-8388608", "8388607"}, "MEDIUMINT UNSIGNED": {"16777215"}, "INT": {"-2147483648"}, "INT UNSIGNED": {"4294967295"},
		"BIGINT": {"-9223372036854775808"}, "BIGINT UNSIGNED": {"18446744073709551615"},
		"DECIMAL(65,30)": {"-12345678901234567890123456789012345.123456789012345678901234567891", "0.1"}, "DECIMAL(5,2) UNSIGNED": {"999.99"},
		"FLOAT": {"1.1", "-3.4028234e38", "1e-30"}, "DOUBLE": {"0.1", "-1.7976931348623157e308", "5e-324"},
		"BIT(1)": {"b'1'"}, "BIT(12)": {"b'101010101010'"}, "BIT(64)": {"0xffffffffffffffff", "0x8000000000000001"},
		"ENUM('a','ö','c')": {"'ö'", "'c'"}, "SET('a','b','c')": {"'a,c'", "''"},
		"DATE": {"'0000-00-00'", "'9999-12-31'", "'2024-00-00'"}, "TIME(6)": {"'-838:59:58.999999'", "'-00:00:00.000001'", "'12:00:00.5'"},
		"TIME": {"'-01:02:03'", "'838:59:59'"}, "TIME(3)": {"'-00:00:00.120'"}, "DATETIME": {"'0000-00-00 00:00:00'"}, "DATETIME(6)": {"'2024-02-29 23:59:59.000001'"},
		"TIMESTAMP": {"'0000-00-00 00:00:00'", "'2024-03-31 02:30:00'"}, "TIMESTAMP(3)": {"'2038-01-19 03:14:07.499'"}, "YEAR": {"0", "1901", "2155"},
		"CHAR(5)": {"'a  '", "'ü'"}, "CHAR(255)": {"REPEAT('ü',255)"}, "VARCHAR(10) CHARACTER SET latin1": {"'äß€'"}, "VARCHAR(10) CHARACTER SET utf16": {"'äß€😀'"},
		"VARCHAR(10) CHARACTER SET gbk": {"'中文'"}, "TEXT": {"'😀 x'", "''"}, "LONGTEXT CHARACTER SET latin1": {"'é'"},
		"BINARY(4)": {"0x61000000", "0x00000000", "0x61626364"}, "BINARY(255)": {"'q'"}, "VARBINARY(9)": {"0x6100", "0x00ff80"},
		"TINYBLOB": {"0x00"}, "BLOB": {"0xff00ff"}, "LONGBLOB": {"REPEAT(0xfe, 70000)"},
		"JSON":  {`'{"a":1.0,"b":[true,null,"ü\\n\\"x"],"c":18446744073709551615,"d":-0.5}'`, "'1.5e300'", `'"text"'`, "'null'", "'[]'"},
		"POINT": {"ST_GeomFromText('POINT(1 2)')"}, "VECTOR(2)": {"STRING_TO_VECTOR('[1.5,2]')"},
	}
}

// writer is the settings that values are written back with.
const writer = "SET NAMES binary, time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"

func TestValuesOfAllTypesCanBeWrittenBack(t *testing.T) {
	s, db, schema := own(t)
	db.SetMaxOpenConns(1)
	testkit.Exec(t, db, "SET sql_mode = '', time_zone = '+00:00'")
	start := executed(t, db)
	n := 0
	for kind, values := range typed() {
		n++
		table := "t" + testkit.Name()
		testkit.Exec(t, db, "CREATE TABLE "+table+" (id INT PRIMARY KEY, v "+kind+")", "CREATE TABLE "+table+"_copy LIKE "+table)
		testkit.Exec(t, db, "INSERT INTO "+table+" VALUES (0, NULL)")
		for i, v := range values {
			testkit.Exec(t, db, "INSERT INTO "+table+" SELECT "+string(rune('1'+i))+", "+v)
		}
	}
	end := executed(t, db)
	back := s.DB(t, schema)
	back.SetMaxOpenConns(1)
	testkit.Exec(t, back, writer)
	stream := NewStream(options(s), start)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tables := map[string]bool{}
	err := stream.Run(ctx, func(tx *Transaction) error {
		if err := tx.Changes(func(c Change) error {
			if strings.HasSuffix(c.Table.Name, "_copy") {
				return nil
			}
			if len(c.Table.PrimaryKey) != 1 || c.Table.Columns[0].Name != "id" {
				t.Errorf("table %+v", c.Table)
			}
			tables[c.Table.Name] = true
			_, err := back.ExecContext(ctx, "REPLACE INTO "+c.Table.Name+"_copy VALUES (?, "+c.Table.Columns[1].Placeholder()+")", c.After...)
			return err
		}); err != nil {
			return err
		}
		if stream.Position().Add(tx.GTIDs[0]).Contains(end) {
			return errEnd
		}
		return nil
	})
	if !errors.Is(err, errEnd) {
		t.Fatal(err)
	}
	if len(tables) != n {
		t.Errorf("%d tables of %d", len(tables), n)
	}
	for table := range tables {
		var differ int
		var kind string
		q := "SELECT COUNT(*) FROM " + table + " a LEFT JOIN " + table + "_copy b ON a.id = b.id WHERE b.id IS NULL OR NOT (a.v <=> b.v) OR NOT (HEX(a.v) <=> HEX(b.v)) OR NOT (CAST(a.v AS BINARY) <=> CAST(b.v AS BINARY))"
		if err := back.QueryRowContext(ctx, q).Scan(&differ); err != nil {
			t.Fatal(err)
		}
		if differ > 0 {
			if err := back.QueryRowContext(ctx, "SELECT COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = 'v'", schema, table).Scan(&kind); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s: %d values differ", kind, differ)
		}
	}
}

// Values are what they are on the server, not only what becomes that when it is
// written: tokens are computed of them.
func TestValuesAreExact(t *testing.T) {
	s, db, schema := own(t)
	testkit.Exec(t, db, "CREATE TABLE t (a BIGINT UNSIGNED PRIMARY KEY, b BIT(64), c BINARY(4), d SET('x','y'))")
	start := executed(t, db)
	testkit.Exec(t, db, "INSERT INTO t VALUES (18446744073709551615, 0xffffffffffffffff, 0x61, 'y')")
	expect(t, story(t, NewStream(options(s), start), schema, executed(t, db)),
		"t 1 [] [18446744073709551615 18446744073709551615 [97 0 0 0] 2]", "commit 1")
}

// A stream may begin with nothing, and transactions may have tags.
func TestEmptyPositionAndTags(t *testing.T) {
	s := testkit.OwnServer(t, testkit.Options{})
	schema := s.Schema(t)
	db := s.DB(t, schema)
	db.SetMaxOpenConns(1)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY)", "SET gtid_next = 'AUTOMATIC:shardway'", "INSERT INTO t VALUES (1)",
		"SET gtid_next = 'AUTOMATIC'", "INSERT INTO t VALUES (2)")
	end := executed(t, db)
	stream := NewStream(options(s), mysql.GTIDSet{})
	got := story(t, stream, schema, end)
	expect(t, got[len(got)-4:], "t 1 [] [1]", "commit 1", "t 1 [] [2]", "commit 1")
	testkit.Exec(t, db, "INSERT INTO t VALUES (3)")
	expect(t, story(t, NewStream(options(s), end), schema, executed(t, db)), "t 1 [] [3]", "commit 1")
}
