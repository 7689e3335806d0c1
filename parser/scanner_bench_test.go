package parser

import (
	"testing"

	tidb "github.com/pingcap/tidb/pkg/parser"
)

var benchStatements = []struct{ name, sql string }{
	{"PointSelect", "SELECT c FROM sbtest1 WHERE id=5025"},
	{"SimpleRange", "SELECT c FROM sbtest1 WHERE id BETWEEN 5025 AND 5124"},
	{"SumRange", "SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN 5025 AND 5124"},
	{"OrderRange", "SELECT c FROM sbtest1 WHERE id BETWEEN 5025 AND 5124 ORDER BY c"},
	{"DistinctRange", "SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN 5025 AND 5124 ORDER BY c"},
	{"IndexUpdate", "UPDATE sbtest1 SET k=k+1 WHERE id=5025"},
	{"Insert", "INSERT INTO sbtest1 (id, k, c, pad) VALUES (5025, 4711, '68487932199-96439406143-93774651418-41631865787-96406072701-20604855487-25459966574-28203206787-41238978918-19503783441', '22195207048-70116052123-74140395089-76317954521-98694025897')"},
	{"Join3", "SELECT c.name, o.id, p.title, i.quantity FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id JOIN order_items AS i ON i.order_id = o.id AND i.customer_id = o.customer_id WHERE c.customer_id = 4711 AND o.status IN ('paid', 'sent', 'open') AND o.placed > '2026-01-01' ORDER BY o.placed DESC LIMIT 20"},
}

func BenchmarkScan(b *testing.B) {
	for _, st := range benchStatements {
		b.Run(st.name, func(b *testing.B) {
			var l Scanner
			var s Shape
			sql := []byte(st.sql)
			b.ReportAllocs()
			for b.Loop() {
				l.Scan(sql, Mode{}, &s)
			}
		})
	}
}

func BenchmarkTiDBDigest(b *testing.B) {
	for _, st := range benchStatements {
		b.Run(st.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tidb.NormalizeDigest(st.sql)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, st := range benchStatements {
		b.Run(st.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseOne(st.sql, Mode{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
