package integration

import (
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit/cluster"
)

// TestWithoutADatabase: a session that has chosen none is told so where MySQL
// does, and reaches tables by their full names.
func TestWithoutADatabase(t *testing.T) {
	for _, shards := range []int{1, 4} {
		r := begin(t, shards, false)
		r.load(t)
		r.plain, r.proxy = plainServer(t).connect(t, r.variant), proxyOf(cluster.Get(t, wide())).connect(t, r.variant)
		for _, sql := range []string{
			"SELECT DATABASE()", "SELECT SCHEMA() IS NULL", "SHOW TABLES", "SHOW TABLE STATUS", "SHOW TRIGGERS", "SHOW EVENTS", "SHOW OPEN TABLES LIKE 'people'", "SHOW COLUMNS FROM people",
			"SHOW INDEX FROM people", "SHOW CREATE TABLE people", "DESCRIBE people", "EXPLAIN SELECT * FROM people", "SELECT * FROM people", "SELECT 1", "SELECT 1 FROM DUAL",
			"INSERT INTO people (id, name) VALUES (1, 'x')", "UPDATE people SET age = 1", "DELETE FROM people", "CREATE TABLE x (id INT)", "DROP TABLE people", "ALTER TABLE people ADD x INT",
			"TRUNCATE people", "CREATE VIEW v AS SELECT 1 AS a", "CREATE TEMPORARY TABLE tt (a INT)", "DROP VIEW v", "CALL p()", "LOCK TABLES people READ", "ANALYZE TABLE people", "TABLE people",
			"SELECT * FROM @.people WHERE id = 5", "SELECT COUNT(*), SUM(balance) FROM @.people", "SELECT id FROM @.people ORDER BY name, id LIMIT 5", "SHOW TABLES FROM @ LIKE 'p%'",
			"SHOW COLUMNS FROM people FROM @", "SHOW CREATE TABLE @.settings", "DESCRIBE @.people", "SELECT p.id, o.id FROM @.people p JOIN @.orders o ON o.customer_id = p.id ORDER BY o.id LIMIT 4",
			"SELECT @.people.id FROM @.people WHERE @.people.id = 3", "INSERT INTO @.counters VALUES (900, 1, 'x'), (901, 2, 'y')", "UPDATE @.counters SET n = n + 1 WHERE id >= 900",
			"SELECT * FROM @.counters WHERE id >= 900 ORDER BY id", "DELETE FROM @.counters WHERE id >= 900", "CREATE TABLE @.made (id INT PRIMARY KEY)", "INSERT INTO @.made VALUES (1)", "SELECT * FROM @.made", "DROP TABLE @.made",
			"SELECT * FROM nosuchdb.t", "SHOW TABLES FROM nosuchdb", "USE nosuchdb", "SELECT * FROM @.people, nosuch WHERE id = 1", "BEGIN", "SELECT COUNT(*) FROM @.people", "COMMIT", "SET @a = 1", "SELECT @a", "DO 1", "DO @a := 7", "SELECT @a", "DO RELEASE_LOCK('x')", "DO (SELECT COUNT(*) FROM @.settings)", "DO (SELECT COUNT(*) FROM people)",
		} {
			s := &statement{file: "without a database", sql: strings.ReplaceAll(sql, "@.", r.schema+".")}
			if strings.HasSuffix(sql, "FROM @") || strings.Contains(sql, "FROM @ ") {
				s.sql = strings.ReplaceAll(sql, "FROM @", "FROM "+r.schema)
			}
			for _, d := range r.compare(t, s, false) {
				if d.field == "columns" && strings.Contains(sql, "()") {
					continue // the NULL is written in
				}
				t.Errorf("%d shards: %s\n\t%v", shards, s.sql, d)
			}
		}
	}
}
