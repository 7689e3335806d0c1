package integration

import (
	"fmt"
	"testing"

	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// TestClientsDoNotSeeEachOther: what a client leaves on a shared connection,
// variables, temporary tables, locks, modes, an open transaction, prepared
// statements, is never seen by those who get the connection next.
func TestClientsDoNotSeeEachOther(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	first := session(t, c, ks)
	first.must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT)")
	first.must(t, "INSERT INTO t VALUES (1, 1)")
	clean := func(s *client, what string) {
		t.Helper()
		for sql, want := range map[string]string{
			"SELECT @a IS NULL AND @b IS NULL":                      "1",
			"SELECT @@sql_mode LIKE '%ONLY_FULL_GROUP_BY%'":         "1",
			"SELECT @@autocommit":                                   "1",
			"SELECT @@time_zone":                                    "SYSTEM",
			"SELECT @@sql_safe_updates":                             "0",
			"SELECT @@foreign_key_checks":                           "1",
			"SELECT @@sort_buffer_size = @@global.sort_buffer_size": "1",
			"SELECT @@transaction_isolation":                        "REPEATABLE-READ",
			"SELECT @@lc_time_names":                                "en_US",
			"SELECT @@character_set_client":                         "utf8mb4",
			"SELECT @@collation_connection":                         "utf8mb4_0900_ai_ci",
			"SELECT LAST_INSERT_ID()":                               "0",
			"SELECT IS_FREE_LOCK('hygiene')":                        "1",
			"SELECT n FROM t WHERE id = 1":                          "1",
			"SELECT UNIX_TIMESTAMP() > 1700000000":                  "1",
			"SELECT COUNT(*) FROM t WHERE id > 1":                   "0",
		} {
			if got := s.value(t, sql); got != want {
				t.Errorf("after a client that %s: %s gives %s", what, sql, got)
			}
		}
		s.refusal(t, mysql.ErNoSuchTable, "SELECT * FROM hidden")
		s.refusal(t, mysql.ErUnknownStmtHandler, "EXECUTE st")
		if n := s.must(t, "SHOW WARNINGS"); len(n.rows) != 1 {
			t.Errorf("after a client that %s: %d warnings", what, len(n.rows))
		}
	}
	for what, statements := range map[string][]string{
		"sets variables": {
			"SET @a = 1, @b = 'x', sql_mode = '', time_zone = '+05:00', sql_safe_updates = 1, foreign_key_checks = 0, sort_buffer_size = 300000, lc_time_names = 'de_DE', timestamp = 1",
			"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET NAMES latin1", "SELECT 1",
		},
		"assigns in a query":           {"SELECT @a := 5", "SELECT 6 INTO @b"},
		"makes temporary tables":       {"CREATE TEMPORARY TABLE hidden (n INT)", "INSERT INTO hidden VALUES (1)"},
		"hides a table":                {"CREATE TEMPORARY TABLE t (id INT PRIMARY KEY, n INT)", "INSERT INTO t VALUES (1, 99), (2, 99)"},
		"takes a lock":                 {"SELECT GET_LOCK('hygiene', 0)"},
		"locks tables":                 {"LOCK TABLES t WRITE"},
		"leaves a transaction":         {"BEGIN", "UPDATE t SET n = 50 WHERE id = 1", "INSERT INTO t VALUES (9, 9)"},
		"switches autocommit off":      {"SET autocommit = 0", "UPDATE t SET n = 51 WHERE id = 1"},
		"prepares a statement":         {"PREPARE st FROM 'SELECT 1'", "EXECUTE st"},
		"leaves warnings":              {"SET sql_mode = ''", "INSERT INTO t VALUES (1, 'abc') ON DUPLICATE KEY UPDATE n = 1"},
		"gets an id":                   {"CREATE TABLE ids (id INT AUTO_INCREMENT PRIMARY KEY)", "INSERT INTO ids VALUES ()", "DROP TABLE ids"},
		"opens a handler":              {"HANDLER t OPEN", "HANDLER t READ FIRST"},
		"calls a procedure that locks": {"CREATE PROCEDURE p () BEGIN SET @a = 7; CREATE TEMPORARY TABLE hidden (n INT); DO GET_LOCK('hygiene', 0); END", "CALL p()", "DROP PROCEDURE p"},
	} {
		for _, ending := range []string{"quits", "resets", "breaks off"} {
			s := session(t, c, ks)
			for _, sql := range statements {
				s.must(t, sql)
			}
			switch ending {
			case "resets":
				if err := s.WriteCommand(mysql.ComResetConnection, nil); err != nil {
					t.Fatal(err)
				}
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
				if a, err := s.answer(false); err != nil || a.err != nil {
					t.Fatal(err, a.err)
				}
				s.must(t, "SET NAMES utf8mb4")
				clean(s, fmt.Sprintf("%s and %s", what, ending))
			case "quits":
				if err := s.WriteCommand(mysql.ComQuit, nil); err != nil {
					t.Fatal(err)
				}
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			_ = s.Close()
			// What the client held is let go when the proxy notices its end.
			next := session(t, c, ks)
			until(t, "the client's locks are gone", func() bool {
				a, err := next.query("SELECT n FROM t WHERE id = 1 FOR UPDATE NOWAIT")
				free := next.value(t, "SELECT IS_FREE_LOCK('hygiene')")
				return err == nil && a.err == nil && free == "1"
			})
			clean(next, fmt.Sprintf("%s and %s", what, ending))
			_ = next.Close()
		}
	}
}
