package router

import (
	"fmt"
	"testing"
)

// What a user who may read one keyspace must not be able to do.
func TestAReaderReadsItsKeyspaceAlone(t *testing.T) {
	w := newWorld(t)
	run(t, w.conn(t, "root", w.one), "INSERT INTO t (v) VALUES ('kept')")
	c := w.conn(t, "reader", w.one)
	want(t, c, "SELECT v FROM t", "kept")
	for sql, code := range map[string]uint16{
		"INSERT INTO t (v) VALUES ('x')": 1044,
		"DELETE FROM t":                  1044,
		"WITH x AS (SELECT 1 AS id) DELETE FROM t WHERE id IN (SELECT id FROM x)":                                                    1044,
		"WITH x AS (SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) j) DELETE FROM t WHERE id IN (SELECT a FROM x)": 1044,
		"SELECT * FROM " + w.two + ".t": 1044,
		"SELECT * FROM " + w.two + ".t, JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) j": 1235,
		"USE " + w.two:                                   1044,
		"SHOW TABLES FROM " + w.two:                      1044,
		"SHOW CREATE TABLE " + w.two + ".t":              1044,
		"PREPARE s FROM 'SELECT * FROM " + w.two + ".t'": 1044,
		"PREPARE s FROM @x":                              1227,
		"PREPARE s FROM 'SHOW CREATE USER root'":         1227,
		"SHOW CREATE USER root":                          1227,
		"SHOW BINARY LOGS":                               1227,
		"SHOW ENGINE INNODB STATUS":                      1227,
		"EXPLAIN FOR CONNECTION 1":                       1235,
		"SHUTDOWN":                                       1227,
		"RESTART":                                        1227,
		"STOP REPLICA":                                   1227,
		"FLUSH TABLES":                                   1044,
		"CREATE TABLE x (a INT)":                         1044,
		"CALL p()":                                       1044,
		"SET GLOBAL max_connections = 1":                 1227,
		"SET completion_type = 1":                        1227,
		"SET sql_log_bin = 0":                            1227,
		"SET `sql_log_bin = 0, autocommit` = 1":          1193,
		"CREATE USER x IDENTIFIED BY 'y'":                1227,
		"SELECT 1; DELETE FROM t":                        1064,
		"BEGIN; DELETE FROM t":                           1064,
		"BEGIN PESSIMISTIC":                              1064,
	} {
		t.Run(sql, func(t *testing.T) { fails(t, c, code, sql) })
	}
	want(t, c, "SELECT COUNT(*) FROM t", "1")
	w.noneLent(t)
}

func TestStatementsOfOneText(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.one)
	run(t, c, "SELECT 1;", "SELECT 1; ", "SELECT 1; -- done", "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END")
	run(t, c, "INSERT INTO t (v) VALUES ('a')", "PREPARE s FROM 'SELECT v FROM t WHERE id = ?'", "SET @id = 1")
	want(t, c, "EXECUTE s USING @id", "a")
}

func TestASessionWithoutAKeyspaceSeesNoOther(t *testing.T) {
	w := newWorld(t)
	run(t, w.conn(t, "root", w.one), "SELECT 1 FROM t")
	c := w.conn(t, "root", "")
	rows, err := c.QueryContext(t.Context(), "SHOW TABLES")
	if err == nil {
		for rows.Next() {
			var name string
			must(t, rows.Scan(&name))
			if name == "t" {
				t.Error("the tables of another session's keyspace are shown")
			}
		}
		must(t, rows.Close())
	}
}

// TestInsertIgnoreNeverMisplacesARow holds safety rule 21: what INSERT IGNORE
// makes of a key is asked of MySQL, and the row is where that belongs.
func TestInsertIgnoreNeverMisplacesARow(t *testing.T) {
	w := newWorld(t)
	c := w.conn(t, "root", w.two)
	for i := range 40 {
		_, err := c.ExecContext(t.Context(), fmt.Sprintf("INSERT IGNORE INTO t VALUES ('%dx', 'a')", 100+i))
		must(t, err)
	}
	_, err := c.ExecContext(t.Context(), "INSERT IGNORE INTO t VALUES (99999999999999999999, 'a')")
	must(t, err)
	table := w.env.Topology.Current().Keyspaces[w.two].Tables["t"]
	for i, server := range w.servers {
		shard := w.env.Topology.Current().Keyspaces[w.two].Shards[i]
		var all, here int
		must(t, server.DB(t, w.two).QueryRow("SELECT COUNT(*), COALESCE(SUM("+table.ShardKey.RangePredicate("", shard.Range.Start, shard.Range.End)+"), 0) FROM t").Scan(&all, &here))
		if all == 0 || all != here {
			t.Errorf("group %s has %d rows, %d of them its own", shard.Group, all, here)
		}
	}
}
