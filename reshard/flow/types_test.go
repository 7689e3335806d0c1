package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// allTypes are columns of every type with values at their edges.
func allTypes() map[string][]string {
	return map[string][]string{
		"TINYINT": {"-128", "127"}, "TINYINT UNSIGNED": {"255"}, "MEDIUMINT": {"-8388608", "8388607"}, "INT UNSIGNED": {"4294967295", "0"}, "INT ZEROFILL": {"7"},
		"BIGINT": {"-9223372036854775808"}, "BIGINT UNSIGNED": {"18446744073709551615", "9223372036854775808"},
		"DECIMAL(65,30)": {"-12345678901234567890123456789012345.123456789012345678901234567891", "0.1"}, "DECIMAL(5,2) UNSIGNED": {"999.99"},
		"FLOAT": {"1.1", "-3.4028234e38", "1e-30", "16777217", "0.1"}, "DOUBLE": {"0.1", "-1.7976931348623157e308", "5e-324", "1e15", "123456789012345678"},
		"BIT(1)": {"b'1'"}, "BIT(12)": {"b'101010101010'"}, "BIT(64)": {"0xffffffffffffffff", "0x8000000000000001"},
		"ENUM('a','ö','c')": {"'ö'", "'c'"}, "ENUM('b','a')": {"'a'", "'b'", "''"}, "SET('a','b','c')": {"'a,c'", "''"},
		"DATE": {"'0000-00-00'", "'9999-12-31'", "'2024-00-00'"}, "TIME(6)": {"'-838:59:58.999999'", "'-00:00:00.000001'", "'12:00:00.5'", "'-12:00:00'"},
		"TIME": {"'-01:02:03'", "'838:59:59'"}, "TIME(3)": {"'-00:00:00.120'"}, "DATETIME": {"'0000-00-00 00:00:00'"}, "DATETIME(6)": {"'2024-02-29 23:59:59.000001'"},
		"TIMESTAMP NULL": {"'0000-00-00 00:00:00'", "'2024-03-31 02:30:00'"}, "TIMESTAMP(3) NULL": {"'2038-01-19 03:14:07.499'"}, "YEAR": {"0", "1901", "2155"},
		"CHAR(5)": {"'a  '", "'ü'"}, "CHAR(250)": {"REPEAT('ü',250)"}, "VARCHAR(10) CHARACTER SET latin1": {"'äß€'", "'\\'\\\\\\0\\n\"'"},
		"VARCHAR(10) CHARACTER SET utf8mb3": {"'äß€'"}, "VARCHAR(10) CHARACTER SET utf16": {"'äß€😀'"}, "VARCHAR(10) CHARACTER SET ucs2": {"'ä\\\\'"}, "VARCHAR(10) CHARACTER SET utf32": {"'ä'"},
		"VARCHAR(10) CHARACTER SET gbk": {"'中文'", "_gbk 0x815c"}, "VARCHAR(10) CHARACTER SET sjis": {"'表'"}, "VARCHAR(10) COLLATE utf8mb4_bin": {"'😀 x'", "'x '"},
		"VARCHAR(10) COLLATE utf8mb4_german2_ci": {"'ß'", "'sz'"}, "VARCHAR(9) COLLATE utf8mb4_0900_as_cs": {"'a'", "'A'"},
		"TEXT": {"'😀 x'", "''"}, "LONGTEXT CHARACTER SET latin1": {"'é'"},
		"BINARY(4)": {"0x61000000", "0x00000000", "0x61626364"}, "BINARY(255)": {"'q'"}, "VARBINARY(9)": {"0x6100", "0x00ff80", "0x275c"},
		"TINYBLOB": {"0x00"}, "BLOB": {"0xff00ff"}, "LONGBLOB": {"REPEAT(0xfe, 70000)"},
		"JSON":  {`'{"a":1.0,"b":[true,null,"ü\\n\\"x"],"c":18446744073709551615,"d":-0.5}'`, "'1.5e300'", `'"text"'`, "'null'", "'[]'"},
		"POINT": {"ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(1 2)', 4326)"}, "GEOMETRY": {"ST_GeomFromText('LINESTRING(1 2,3 4)')"}, "VECTOR(2)": {"STRING_TO_VECTOR('[1.5,2]')"},
	}
}

// keyable reports whether a type may be the whole of a primary key.
func keyable(kind string) bool {
	for _, no := range []string{"TEXT", "BLOB", "JSON", "POINT", "GEOMETRY", "VECTOR"} {
		if strings.Contains(kind, no) {
			return false
		}
	}
	return true
}

// Values of all types arrive as they are, copied and applied, and rows are found
// by keys of all types.
func TestValuesOfAllTypes(t *testing.T) { valuesOfAllTypes(newWorld(t)) }

// The same where servers take no LOAD DATA LOCAL.
func TestValuesOfAllTypesAsStatements(t *testing.T) {
	w := newWorld(t)
	w.loading(false)
	valuesOfAllTypes(w)
}

// loading lets the targets take LOAD DATA LOCAL, or not, until the test ends.
func (w *world) loading(allowed bool) {
	w.t.Helper()
	for _, group := range []string{"g2", "g3"} {
		db := w.primary[group].DB(w.t, "")
		testkit.Exec(w.t, db, fmt.Sprintf("SET GLOBAL local_infile = %t", allowed))
		w.t.Cleanup(func() { _, _ = db.Exec("SET GLOBAL local_infile = ON") })
	}
}

// What LOAD DATA is refused in the middle is copied by statements.
func TestLoadingIsNoLongerAllowed(t *testing.T) {
	w := newWorld(t)
	w.plain()
	for id := range 200 {
		testkit.Exec(t, w.db["g1"], fmt.Sprintf("INSERT INTO t VALUES (%d, %d, REPEAT('x', 500))", id, id))
	}
	w.options.ChunkBytes = 4 << 10
	unlock := w.locked("t")
	r := w.start()
	r.until("rows are being loaded", w.loads)
	w.loading(false)
	unlock()
	r.copied()
	if !r.statementsOnly.Load() {
		t.Error("LOAD DATA was never refused")
	}
	w.equal()
}

// The same where the session that writes compresses its transactions.
func TestValuesOfAllTypesCompressed(t *testing.T) {
	valuesOfAllTypes(newWorld(t), "SET SESSION binlog_transaction_compression = ON")
}

// valuesOfAllTypes runs settings in the session that writes.
func valuesOfAllTypes(w *world, settings ...string) {
	t := w.t
	db := w.primary["g1"].DB(t, w.schema)
	db.SetMaxOpenConns(1)
	for _, all := range w.db {
		all.SetMaxOpenConns(1)
		testkit.Exec(t, all, "SET sql_mode = '', time_zone = '+00:00'")
	}
	testkit.Exec(t, db, append(settings, "SET sql_mode = '', time_zone = '+00:00'")...)
	var copied, applied []string
	n := 0
	wide := ""
	for kind, values := range allTypes() {
		n++
		wide += fmt.Sprintf(", v%d %s", n, kind)
		for i, v := range values {
			copied = append(copied, fmt.Sprintf("INSERT INTO wide (id, v%d) SELECT %d, %s", n, 100*n+i, v))
			applied = append(applied, fmt.Sprintf("INSERT INTO wide (id, v%d) SELECT %d, %s", n, 10000+100*n+i, v))
		}
		if !keyable(kind) {
			continue
		}
		kind = strings.TrimSuffix(kind, " NULL")
		key := fmt.Sprintf("k%d", n)
		w.table(topology.KindSingle, key, "(a "+kind+" NOT NULL, n INT NOT NULL, b "+kind+" NOT NULL, PRIMARY KEY (a, n), UNIQUE KEY (b, n))")
		for i, v := range values {
			for j := range 3 {
				copied = append(copied, fmt.Sprintf("INSERT INTO %s VALUES (%s, %d, %s)", key, v, 10*i+j, v))
			}
		}
		applied = append(applied, "DELETE FROM "+key+" WHERE n % 3 = 1", "UPDATE "+key+" SET n = n + 100 WHERE n % 2 = 0")
		if n%4 == 0 || strings.HasPrefix(kind, "ENUM") || strings.HasPrefix(kind, "SET") || strings.HasPrefix(kind, "FLOAT") {
			alone := fmt.Sprintf("a%d", n)
			w.table(topology.KindSingle, alone, "(a "+kind+" NOT NULL PRIMARY KEY, n INT)")
			for i, v := range values {
				copied = append(copied, fmt.Sprintf("INSERT INTO %s VALUES (%s, %d)", alone, v, i))
			}
			applied = append(applied, "UPDATE "+alone+" SET n = n + 10", "DELETE FROM "+alone)
		}
	}
	w.table(topology.KindSingle, "wide", "(id INT PRIMARY KEY"+wide+")")
	testkit.Exec(t, db, copied...)
	w.options.ChunkBytes = 64
	r := w.start()
	r.copied()
	w.equal()
	testkit.Exec(t, db, applied...)
	r.drain()
	w.equal()
}

// The one loss that is known: decimals inside JSON have no text of their own.
func TestDecimalsInsideJSONBecomeDoubles(t *testing.T) {
	w := newWorld(t)
	w.table(topology.KindSingle, "j", "(id INT PRIMARY KEY, v JSON)")
	testkit.Exec(t, w.db["g1"], "INSERT INTO j VALUES (1, JSON_OBJECT('a', 1.50))")
	r := w.start()
	r.copied()
	testkit.Exec(t, w.db["g1"], "INSERT INTO j VALUES (2, JSON_OBJECT('a', 1.50))")
	r.drain()
	for _, c := range []struct{ group, want string }{{"g1", `{"a": 1.50}`}, {"g2", `{"a": 1.5}`}} {
		for id := 1; id < 3; id++ {
			var have string
			if err := w.db[c.group].QueryRowContext(t.Context(), "SELECT v FROM j WHERE id = ?", id).Scan(&have); err != nil || have != c.want {
				t.Errorf("%s: %s, %v", c.group, have, err)
			}
		}
	}
}

// One row that goes alone is found by a time, which MySQL would compare as text in
// a list of one row.
func TestATimeIsFoundAsATime(t *testing.T) {
	w := newWorld(t)
	w.table(topology.KindSingle, "slots", "(a TIME(3) NOT NULL, n INT NOT NULL, PRIMARY KEY (a, n))")
	db := w.primary["g1"].DB(t, w.schema)
	testkit.Exec(t, db, "INSERT INTO slots VALUES ('12:00:00.5', 1), ('12:00:00.5', 2)")
	r := w.start()
	r.copied()
	testkit.Exec(t, db, "DELETE FROM slots WHERE n = 1")
	r.drain()
	w.equal()
}
