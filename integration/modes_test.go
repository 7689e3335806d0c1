package integration

import (
	"testing"

	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// TestOneTextManyMeanings: sessions whose sql_mode and character set differ
// send the same bytes in turn; each gets what MySQL says to a session like it,
// so no plan of one is used for another (safety rule 22).
func TestOneTextManyMeanings(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	settings := []string{
		"SET sql_mode = DEFAULT", "SET sql_mode = 'ANSI_QUOTES'", "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
		"SET sql_mode = 'PIPES_AS_CONCAT'", "SET sql_mode = 'HIGH_NOT_PRECEDENCE'", "SET sql_mode = ''",
		"SET NAMES gbk", "SET NAMES latin1", "SET NAMES sjis", "SET collation_connection = utf8mb4_bin", "SET collation_connection = utf8mb4_general_ci",
	}
	var want, given []*client
	for i, set := range settings {
		w := plainServer(t).connect(t, mysql.Variant{})
		g := proxyOf(c).connect(t, mysql.Variant{})
		if i == 0 {
			w.must(t, "CREATE DATABASE "+ks)
			defer w.must(t, "DROP DATABASE "+ks)
		}
		for _, side := range []*client{w, g} {
			side.must(t, "USE "+ks)
			if i == 0 {
				side.must(t, "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20), `x` INT, KEY (name)) COMMENT='shardway:shard_key=id'")
				side.must(t, "CREATE TABLE names (name VARCHAR(20) CHARACTER SET utf8mb4 PRIMARY KEY, n INT) COMMENT='shardway:shard_key=name'")
				side.must(t, "INSERT INTO t VALUES (1, 'id', 1), (2, 'a\\\\', 0), (3, 'A', 1), (4, 'ß', 0), (5, 'x', 1), (6, 'ÿ', 0), (7, 'name', 7)")
				side.must(t, "INSERT INTO names VALUES ('id', 1), ('a\\\\', 2), ('é', 3), ('漢', 5), ('ü', 6), ('a', 7)")
			}
			side.must(t, set)
		}
		want, given = append(want, w), append(given, g)
	}
	texts := []string{
		`SELECT "id" FROM t WHERE "id" = 1 ORDER BY 1`,
		`SELECT COUNT(*) FROM t WHERE name = "name"`,
		`SELECT id FROM t WHERE name = 'a\\' ORDER BY id`,
		`SELECT 'it\'s', id FROM t WHERE id = 1 -- '`,
		`SELECT id || name FROM t WHERE id = 3`,
		`SELECT id FROM t WHERE NOT x BETWEEN 0 AND 0 ORDER BY id`,
		`SELECT n FROM names WHERE name = 'A' ORDER BY n`,
		`SELECT n FROM names WHERE name = 'a\\'`,
		`SELECT n FROM names WHERE name = 'é'`,
		"SELECT n FROM names WHERE name = '\xe9'",
		"SELECT n FROM names WHERE name = '\xfc'",
		"SELECT n FROM names WHERE name = '\x9d\x68'",
		"SELECT HEX('\x81\x5c'), id FROM t WHERE id = 1",
		"SELECT id FROM t WHERE name = '\xa1\x5c' OR id = 1 -- '",
		"SELECT name FROM t ORDER BY name, id",
		"SELECT id FROM t WHERE name = 'a' ORDER BY id",
		"SELECT MIN(name), MAX(name), COUNT(DISTINCT id) FROM t",
		`UPDATE t SET x = x WHERE name = "id"`,
	}
	for _, sql := range texts {
		for i := range settings {
			w, err := want[i].query(sql)
			if err != nil {
				t.Fatalf("%s: %q: plain MySQL: %v", settings[i], sql, err)
			}
			g, err := given[i].query(sql)
			if err != nil {
				t.Fatalf("%s: %q: Shardway: %v", settings[i], sql, err)
			}
			if g.err != nil && g.err.Code == mysql.ErNotSupportedYet {
				continue // refused, not answered for another mode
			}
			for _, d := range compare(w, g, judgement{ordered: true}) {
				if d.field != "warnings" && d.field != "info" {
					t.Errorf("%s: %q\n\t%v", settings[i], sql, d)
				}
			}
		}
	}
}
