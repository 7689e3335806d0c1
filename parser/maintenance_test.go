package parser

import (
	"fmt"
	"testing"
)

func TestReadMaintenance(t *testing.T) {
	for sql, want := range map[string]string{
		"ANALYZE TABLE t": "[{ t}]",
		"check table a, b.c, `d e`.`f`, g . h QUICK":  "[{ a} {b c} {d e f} {g h}]",
		"OPTIMIZE NO_WRITE_TO_BINLOG TABLE `x`.y":     "[{x y}]",
		"REPAIR LOCAL TABLES t /* not, u */ EXTENDED": "[{ t}]",
		"ANALYZE TABLE t UPDATE HISTOGRAM ON c, d":    "[{ t}]",
		"ANALYZE SELECT 1":                            "",
		"CHECK TABLE":                                 "",
		"CHECK TABLE a,":                              "",
		"CREATE TABLE t (a INT)":                      "",
		"EXPLAIN ANALYZE TABLE t":                     "",
		"CHECK TABLE 'a'":                             "",
		"CHECK TABLE a.":                              "",
	} {
		got := ""
		if tables, ok := ReadMaintenance([]byte(sql), Mode{}); ok {
			got = fmt.Sprint(tables)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}
