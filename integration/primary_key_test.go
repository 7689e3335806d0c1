package integration

import (
	"testing"

	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// TestTablesByPrimaryKey: in a keyspace that says so, tables that nobody has
// declared are spread by the first column of their primary keys, and an
// application that knows nothing of it sees one MySQL.
func TestTablesByPrimaryKey(t *testing.T) {
	c := cluster.Get(t, wide())
	r := &run{shards: 4, variant: mysql.Variant{DeprecateEOF: true}}
	r.schema = c.Keyspace(t, cluster.Keyspace{Shards: 4, Undeclared: topology.KindSharded})
	r.plain, r.proxy = plainServer(t).connect(t, r.variant), proxyOf(c).connect(t, r.variant)
	r.plain.must(t, "CREATE DATABASE "+r.schema)
	plain := r.plain
	t.Cleanup(func() { plain.must(t, "DROP DATABASE "+r.schema) })
	r.plain.must(t, "USE "+r.schema)
	r.proxy.must(t, "USE "+r.schema)
	for _, sql := range []string{
		"CREATE TABLE sbtest (id INT NOT NULL AUTO_INCREMENT, k INT NOT NULL DEFAULT 0, c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', PRIMARY KEY (id), KEY k_1 (k))",
		"CREATE TABLE pairs (a VARCHAR(10) NOT NULL, b INT NOT NULL, v INT, PRIMARY KEY (a, b))",
		"CREATE TABLE named (id INT PRIMARY KEY, v INT) COMMENT='shardway:single'",
		"INSERT INTO sbtest (k, c, pad) VALUES " + numbers(1, 60, "(%[1]d %% 7, 'c%[1]d', 'p%[1]d')"),
		"INSERT INTO pairs VALUES " + numbers(1, 30, "('k%[1]d', 1, %[1]d), ('K%[1]d', 2, %[1]d)"),
		"INSERT INTO named VALUES (1, 1), (2, 2)",
		"SELECT c FROM sbtest WHERE id = 17",
		"SELECT c FROM sbtest WHERE id BETWEEN 10 AND 30 ORDER BY id",
		"SELECT SUM(k) FROM sbtest WHERE id BETWEEN 10 AND 30",
		"SELECT c FROM sbtest WHERE id BETWEEN 10 AND 30 ORDER BY c",
		"SELECT DISTINCT c FROM sbtest WHERE id BETWEEN 10 AND 30 ORDER BY c",
		"UPDATE sbtest SET k = k + 1 WHERE id = 17",
		"UPDATE sbtest SET c = 'changed' WHERE id = 18",
		"DELETE FROM sbtest WHERE id = 19",
		"INSERT INTO sbtest (id, k, c, pad) VALUES (19, 5, 'again', 'pad')",
		"INSERT INTO sbtest (id, k) VALUES (19, 5)",
		"INSERT INTO sbtest (k) VALUES (100)",
		"SELECT id, k, c FROM sbtest WHERE k = 100",
		"SELECT COUNT(*), SUM(k), MAX(id) FROM sbtest",
		"SELECT k, COUNT(*) FROM sbtest GROUP BY k ORDER BY k",
		"SELECT a, b FROM pairs WHERE a = 'K7' ORDER BY b",
		"SELECT COUNT(*) FROM pairs",
		"INSERT INTO pairs VALUES ('k7', 1, 0)",
		"SELECT * FROM named ORDER BY id",
		"BEGIN", "SELECT c FROM sbtest WHERE id = 3", "UPDATE sbtest SET k = 0 WHERE id = 3", "SELECT k FROM sbtest WHERE id = 3", "ROLLBACK", "SELECT k FROM sbtest WHERE id = 3",
	} {
		for _, d := range r.compare(t, &statement{sql: sql}, false) {
			t.Errorf("%s\n\t%v", sql, d)
		}
	}
	r.spread(t)
	r.proxy.refusal(t, mysql.ErNotSupportedYet, "CREATE TABLE keyless (id INT)")
}
