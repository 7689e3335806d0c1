package parser

import (
	"testing"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

func TestRestore(t *testing.T) {
	noBackslash := Mode{NoBackslashEscapes: true}
	for _, tc := range []struct {
		sql, want string
		mode      Mode
	}{
		{sql: `select a, 'x' from t where b = "it's" and c = 'a\\b'`, want: "SELECT `a`,'x' FROM `t` WHERE `b` = 'it''s' AND `c` = 'a\\\\b'"},
		{sql: `select 'a\b'`, want: `SELECT 'a\b'`, mode: noBackslash},
		{sql: `select a like 'x\%'`, want: `SELECT ` + "`a`" + ` LIKE 'x\\%'`},
		{sql: "select _utf8mb4'x', _latin1'y', N'z', _binary'w'", want: "SELECT _UTF8MB4'x',_LATIN1'y',_UTF8'z',_BINARY'w'"},
		{sql: "select a from t where b = ? and c in (?) limit ?", want: "SELECT `a` FROM `t` WHERE `b` = ? AND `c` IN (?) LIMIT ?"},
		{sql: "select 1 - -1, a-b", want: "SELECT 1 - -1,`a` - `b`"},
		{sql: `select "a" from "t"`, want: "SELECT `a` FROM `t`", mode: Mode{ANSIQuotes: true}},
		{sql: "select `a``b`", want: "SELECT `a``b`"},
		{sql: "select char(65), char(65 using latin1), insert('a',1,1,'b')", want: "SELECT CHAR(65),CONVERT(CHAR(65) USING 'latin1'),INSERT('a', 1, 1, 'b')"},
		{sql: "insert into t values ('x', x'41', 0b1, 1.50, 1e3)", want: "INSERT INTO `t` VALUES ('x',x'41',b'1',1.50,1e+03)"},
		{sql: "create table t (a varchar(5) default 'x' comment 'y') comment='z'", want: "CREATE TABLE `t` (`a` VARCHAR(5) DEFAULT 'x' COMMENT 'y') COMMENT = 'z'"},
		{sql: "select a from t where b = '\x80'", want: "SELECT `a` FROM `t` WHERE `b` = '\x80'"},
	} {
		stmt, err := ParseOne(tc.sql, tc.mode)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := Restore(stmt, tc.mode); err != nil || got != tc.want {
			t.Errorf("%s\n is %s, %v\nnot %s", tc.sql, got, err, tc.want)
		}
	}
}

// TestColumnName has names as MySQL 9.7 gives them.
func TestColumnName(t *testing.T) {
	for column, want := range map[string]string{
		"a":               "a",
		"t.`A`":           "A",
		"a AS b":          "b",
		"a 'b c'":         "b c",
		"*":               "",
		"a+1":             "a+1",
		"a  +  1":         "a  +  1",
		"COUNT( * )":      "COUNT( * )",
		"5":               "5",
		"-5":              "-5",
		"+5":              "5",
		"(5)":             "5",
		"(TRUE)":          "(TRUE)",
		"( (a) )":         "a",
		"+a":              "a",
		"(a+1)":           "(a+1)",
		"NULL":            "NULL",
		"'x'":             "x",
		"' x'":            "x",
		"'it''s'":         "it's",
		"_latin1 'x'":     "x",
		"('x')":           "x",
		"'a' 'b'":         "a",
		"N'q'":            "q",
		"x'41'":           "x'41'",
		"1.50":            "1.50",
		"a+à":             "a+à",
		"a /* c */ + 1":   "a /* c */ + 1",
		"(SELECT 1)":      "(SELECT 1)",
		"CONCAT('à',  b)": "CONCAT('à',  b)",
	} {
		for _, sql := range []string{"SELECT " + column + " FROM t WHERE b = 5", "SELECT " + column + ", b FROM t", "SELECT b, " + column} {
			var s Shape
			new(Scanner).Scan([]byte(sql), Mode{}, &s)
			stmt, err := ParseOne(string(s.Text), Mode{})
			if err != nil {
				t.Errorf("%s: %v", sql, err)
				continue
			}
			fields := stmt.(*ast.SelectStmt).Fields.Fields
			field := fields[0]
			if sql[:8] == "SELECT b" {
				field = fields[1]
			}
			if got := ColumnName(field); got != want {
				t.Errorf("%s: %q instead of %q", sql, got, want)
			}
		}
	}
}
