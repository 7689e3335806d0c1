package router

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkTwoGroups compares a transaction that writes on two groups with the
// same writes as two transactions on one group each, one after the other, on
// servers that write each commit to their logs. The figure is the ratio of the
// latencies.
func BenchmarkTwoGroups(b *testing.B) {
	w := newWorld(b)
	c := w.conn(b, "root", w.two)
	run(b, c, "INSERT INTO t VALUES (1,'a'), (2,'a'), (3,'a'), (4,'a'), (5,'a'), (6,'a')")
	var keys [2]int
	for i, s := range w.servers {
		db := s.DB(b, w.two)
		must(b, db.QueryRow("SELECT MIN(k) FROM t").Scan(&keys[i]))
		var flush, sync int
		must(b, db.QueryRow("SELECT @@innodb_flush_log_at_trx_commit, @@sync_binlog").Scan(&flush, &sync))
		run(b, connectionTo(b, db), "SET GLOBAL innodb_flush_log_at_trx_commit = 1", "SET GLOBAL sync_binlog = 1")
		b.Cleanup(func() {
			_, _ = db.Exec(fmt.Sprintf("SET GLOBAL innodb_flush_log_at_trx_commit = %d", flush))
			_, _ = db.Exec(fmt.Sprintf("SET GLOBAL sync_binlog = %d", sync))
		})
	}
	write := func(n, i int) string { return fmt.Sprintf("UPDATE t SET v = '%d' WHERE k = %d", n, keys[i]) }
	var together, apart time.Duration
	n := 0
	for b.Loop() {
		n++
		begin := time.Now()
		run(b, c, "BEGIN", write(n, 0), write(n, 1), "COMMIT")
		middle := time.Now()
		run(b, c, "BEGIN", write(-n, 0), "COMMIT", "BEGIN", write(-n, 1), "COMMIT")
		together += middle.Sub(begin)
		apart += time.Since(middle)
	}
	b.ReportMetric(float64(together.Microseconds())/float64(n), "µs/together")
	b.ReportMetric(float64(apart.Microseconds())/float64(n), "µs/apart")
	b.ReportMetric(float64(together)/float64(apart), "ratio")
}
