package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// TestNumbersOfTablesAreThoseOfAllShards: row counts are added up, of a
// reference table one copy's and of a single table its own shard's are taken.
func TestNumbersOfTablesAreThoseOfAllShards(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE sharded (id INT PRIMARY KEY) COMMENT='shardway:shard_key=id'")
	s.must(t, "CREATE TABLE copied (id INT PRIMARY KEY) COMMENT='shardway:reference'")
	s.must(t, "CREATE TABLE alone (id INT PRIMARY KEY)")
	for _, table := range []string{"sharded", "copied", "alone"} {
		s.must(t, "INSERT INTO "+table+" VALUES "+numbers(1, 60, "(%d)"))
	}
	placed, err := c.Admin.Shards(t.Context(), ks)
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range placed {
		for _, table := range []string{"sharded", "copied", "alone"} {
			testkit.Exec(t, c.Servers[shard.Group+"-1"].DB(t, ks), "ANALYZE TABLE "+table)
		}
	}
	s.must(t, "SET SESSION information_schema_stats_expiry = 0")
	for _, table := range []string{"sharded", "copied", "alone"} {
		until(t, "60 rows of "+table, func() bool {
			return s.value(t, "SELECT table_rows FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '"+table+"'") == "60"
		})
		r := s.must(t, "SHOW TABLE STATUS LIKE '"+table+"'")
		if len(r.rows) != 1 || r.rows[0][4] != "60" {
			t.Errorf("%s: %v", table, r.rows)
		}
	}
	r := s.must(t, "SELECT * FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name")
	if len(r.rows) != 3 || len(r.columns) != 21 || r.columns[7].Name != "TABLE_ROWS" || r.rows[2][7] != "60" {
		t.Errorf("%v", r)
	}
	if n := s.value(t, "SELECT SUM(t.table_rows) FROM information_schema.tables AS t WHERE t.table_schema = DATABASE()"); n != "180" {
		t.Errorf("%s rows in all", n)
	}
	s.refusal(t, mysql.ErNotSupportedYet, "SHOW TABLE STATUS WHERE Data_length > 5")
	s.refusal(t, mysql.ErNotSupportedYet, "SELECT table_rows FROM information_schema.partitions")
}

// TestOtherKeyspacesAreHidden: what a user may not read is not named to it, in
// whatever form it asks.
func TestOtherKeyspacesAreHidden(t *testing.T) {
	c := cluster.Get(t, wide())
	mine, secret := c.Keyspace(t, cluster.Keyspace{Shards: 2}), c.Keyspace(t, cluster.Keyspace{Shards: 2})
	s := session(t, c, mine)
	s.must(t, "CREATE TABLE known (id INT PRIMARY KEY) COMMENT='shardway:shard_key=id'")
	s.must(t, fmt.Sprintf("CREATE TABLE %s.hidden (id INT PRIMARY KEY) COMMENT='shardway:shard_key=id'", secret))
	s.must(t, fmt.Sprintf("CREATE PROCEDURE %s.hidden() SELECT 1", secret))
	name := testkit.Name()
	if _, err := c.Admin.AddUser(t.Context(), admin.NewUser{Name: name, Verifiers: admin.Verifiers{Native: mysql.NativeVerifier("pw")}}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Admin.SetGrant(t.Context(), name, admin.UserGrant{Keyspace: mine, Grant: topology.GrantDDL}, false); err != nil {
		t.Fatal(err)
	}
	guest := server{proxyOf(c).addr, name, "pw"}.connect(t, mysql.Variant{})
	guest.must(t, "USE "+mine)
	for _, sql := range []string{
		"SELECT * FROM information_schema.tables", "SELECT table_name, table_schema FROM information_schema.tables WHERE table_schema <> 'x' OR 1",
		"TABLE information_schema.tables", "SELECT * FROM information_schema.columns", "SELECT * FROM information_schema.schemata",
		"SELECT * FROM (SELECT table_name FROM information_schema.tables) d", "SELECT (SELECT GROUP_CONCAT(table_name) FROM information_schema.tables) AS x",
		"SELECT t.table_name, u.table_name FROM information_schema.views t RIGHT JOIN information_schema.tables u ON 1",
		"SELECT u.table_name FROM (SELECT 1) t LEFT JOIN information_schema.columns u ON 1 = 1",
		"WITH w AS (SELECT table_name FROM information_schema.statistics) SELECT * FROM w",
		"SELECT table_name FROM information_schema.tables UNION ALL SELECT routine_name FROM information_schema.routines",
		"SHOW PROCEDURE STATUS", "SHOW PROCEDURE STATUS LIKE 'hid%'", "SHOW PROCEDURE STATUS WHERE Db <> 'x' OR 1", "SHOW DATABASES",
	} {
		r := guest.must(t, sql)
		for _, row := range r.rows {
			for _, cell := range row {
				if strings.Contains(cell, "hidden") || strings.Contains(cell, secret) || strings.Contains(cell, "_shardway") {
					t.Fatalf("%s shows %v", sql, row)
				}
			}
		}
	}
	if r := guest.must(t, "SELECT table_name FROM information_schema.tables WHERE table_name = 'known'"); len(r.rows) != 1 {
		t.Errorf("its own table is not shown: %v", r.rows)
	}
	for _, sql := range []string{
		"SELECT * FROM information_schema.processlist", "SELECT * FROM information_schema.innodb_tables", "SELECT * FROM performance_schema.threads",
		"SELECT name FROM information_schema.innodb_tablespaces",
	} {
		guest.refusal(t, mysql.ErDBAccessDenied, sql)
	}
	guest.must(t, "USE information_schema")
	if r := guest.must(t, "SELECT table_name FROM tables WHERE table_name = 'hidden'"); len(r.rows) != 0 {
		t.Errorf("%v", r.rows)
	}
}
