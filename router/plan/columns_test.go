package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
)

// columnDefinitions are columns of every type, in every way of writing it.
const columnDefinitions = `BOOL; BOOLEAN; TINYINT; TINYINT(1); TINYINT(1) UNSIGNED; TINYINT(4); INT1; SMALLINT; INT2 UNSIGNED; MEDIUMINT; MIDDLEINT; INT; INTEGER; INT(11); INT4; INT SIGNED;
INT UNSIGNED; INT(5) ZEROFILL; INT ZEROFILL; INT UNSIGNED ZEROFILL; TINYINT ZEROFILL; SMALLINT ZEROFILL; MEDIUMINT ZEROFILL; BIGINT ZEROFILL; BIGINT; INT8; BIGINT(20) UNSIGNED;
DECIMAL; DEC; NUMERIC; FIXED(5,2); DECIMAL(5); DECIMAL(10,2) UNSIGNED; DECIMAL(8,3) ZEROFILL; DECIMAL(65,30);
FLOAT; FLOAT(10); FLOAT(30); FLOAT(7,3); FLOAT UNSIGNED; DOUBLE; DOUBLE PRECISION; REAL; DOUBLE(10,2); DOUBLE(10,2) UNSIGNED ZEROFILL;
BIT; BIT(8); YEAR; YEAR(4); DATE; DATETIME; DATETIME(0); DATETIME(6); TIMESTAMP; TIMESTAMP(3) NULL; TIME; TIME(2);
CHAR; CHAR(0); CHAR(10); CHARACTER(5); VARCHAR(64); CHAR VARYING(7); VARCHAR(64) BINARY; CHAR(3) CHARACTER SET latin1 BINARY; VARCHAR(9) CHARACTER SET latin1; VARCHAR(9) CHARSET utf8;
VARCHAR(9) CHARACTER SET utf8mb3; VARCHAR(9) COLLATE utf8mb4_bin; VARCHAR(9) COLLATE utf8_general_ci; VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin; CHAR(4) CHARACTER SET gbk; VARCHAR(5) CHARACTER SET binary;
CHAR(5) CHARACTER SET binary; TEXT CHARACTER SET binary; BINARY; BINARY(16); VARBINARY(20);
TINYTEXT; TEXT; MEDIUMTEXT; LONGTEXT; TEXT(50); TEXT(63); TEXT(64); TEXT(100); TEXT(100) CHARACTER SET latin1; TEXT(300) CHARACTER SET latin1; TEXT(20000); TEXT(5000000); TEXT(70000) CHARACTER SET latin1; TEXT BINARY;
TINYBLOB; BLOB; MEDIUMBLOB; LONGBLOB; BLOB(10); BLOB(1000); BLOB(70000); BLOB(20000000); LONG; LONG VARCHAR; LONG VARBINARY;
ENUM('a','B','it''s'); SET('x','Y'); ENUM('a') CHARACTER SET latin1; ENUM('a') COLLATE utf8mb4_bin; JSON;
INT NOT NULL; VARCHAR(5) NOT NULL DEFAULT 'x'; INT DEFAULT 5; INT GENERATED ALWAYS AS (1 + 1) VIRTUAL; VARCHAR(36) DEFAULT (UUID()); DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP`

// TestColumnTypes compares what CREATE TABLE is understood to make with what
// information_schema says that it made.
func TestColumnTypes(t *testing.T) {
	s := testkit.Server(t, testkit.Options{})
	db := s.DB(t, s.Schema(t))
	for n, options := range []string{
		"", "DEFAULT CHARSET=latin1", "CHARSET=utf8", "CHARSET=utf8mb4 COLLATE=utf8mb4_bin", "COLLATE=utf8mb4_unicode_ci", "COLLATE utf8_bin", "CHARACTER SET gbk", "CHARSET ascii",
	} {
		w := newWorld()
		w.keyspace(t, "types", 1, []string{"g1"}, "")
		var columns []string
		for i, definition := range strings.Split(columnDefinitions, ";") {
			columns = append(columns, fmt.Sprintf("c%d %s", i, strings.TrimSpace(definition)))
		}
		text := fmt.Sprintf("CREATE TABLE t%d (id SERIAL, %s) %s", n, strings.Join(columns, ", "), options)
		p, err := w.build(text)
		if err != nil {
			t.Fatal(err)
		}
		testkit.Exec(t, db, "SET sql_mode=''", text)
		table := p.Op.(*Definition).Create.Table
		if table.AutoIncrement != "id" || len(table.Unique) != 1 {
			t.Errorf("SERIAL is understood as %+v", table)
		}
		rows, err := db.Query("SELECT COLUMN_NAME, COLUMN_TYPE, IFNULL(COLLATION_NAME, ''), IS_NULLABLE, EXTRA, COLUMN_DEFAULT IS NULL FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position", table.Name)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; rows.Next(); i++ {
			var want Column
			var nullable, extra string
			var noDefault bool
			if err := rows.Scan(&want.Name, &want.Type, &want.Collation, &nullable, &extra, &noDefault); err != nil {
				t.Fatal(err)
			}
			want.NullDefault = noDefault && nullable == "YES"
			want.SetsItself = strings.Contains(extra, "on update")
			want.NotNull = nullable == "NO"
			want.Generated = strings.Contains(extra, "VIRTUAL GENERATED")
			got := table.Columns[i]
			want.RandomDefault = strings.Contains(columnDefinitions, "(UUID())") && strings.Contains(strings.Join(columns, ";"), got.Name+" VARCHAR(36) DEFAULT (UUID())")
			if got != want {
				t.Errorf("%s\n  is understood as %+v\n  and is           %+v", definitionOf(columns, got.Name), got, want)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func definitionOf(columns []string, name string) string {
	for _, c := range columns {
		if strings.HasPrefix(c, name+" ") {
			return c
		}
	}
	return name
}

// TestDefaultCollations compares the default collations of all character sets.
func TestDefaultCollations(t *testing.T) {
	db := testkit.Server(t, testkit.Options{}).DB(t, "")
	rows, err := db.Query("SELECT CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME, MAXLEN FROM information_schema.character_sets")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var charset, collation string
		var bytes int
		if err := rows.Scan(&charset, &collation, &bytes); err != nil {
			t.Fatal(err)
		}
		if got := defaultCollation(charset); got != collation {
			t.Errorf("the default collation of %s is %s, not %s", charset, collation, got)
		}
		if got := charsetBytes(charset); got != bytes {
			t.Errorf("a character of %s takes %d bytes, not %d", charset, bytes, got)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestPadWeights compares the weight of a space under every collation, and that
// it pads, with MySQL's.
func TestPadWeights(t *testing.T) {
	db := testkit.Server(t, testkit.Options{}).DB(t, "")
	rows, err := db.Query("SELECT COLLATION_NAME, CHARACTER_SET_NAME, PAD_ATTRIBUTE FROM information_schema.collations WHERE COLLATION_NAME <> 'binary'")
	if err != nil {
		t.Fatal(err)
	}
	type collation struct{ name, charset, pads string }
	var all []collation
	for rows.Next() {
		var c collation
		if err := rows.Scan(&c.name, &c.charset, &c.pads); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	unknown := 0
	for _, c := range all {
		pad, known := padWeight(c.name)
		if !known {
			unknown++
			continue
		}
		var weight string
		if err := db.QueryRow(fmt.Sprintf("SELECT HEX(WEIGHT_STRING(CONVERT(' ' USING %s) COLLATE %s))", c.charset, c.name)).Scan(&weight); err != nil {
			t.Fatal(err)
		}
		if want := c.pads == "PAD SPACE"; want != (len(pad) > 0) || want && fmt.Sprintf("%X", pad) != weight {
			t.Errorf("%s: %s with weight %s, not %X", c.name, c.pads, weight, pad)
		}
	}
	if len(all) < 250 || unknown > 20 {
		t.Errorf("%d collations, %d of them not known", len(all), unknown)
	}
}
