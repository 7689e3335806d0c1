package parser

import (
	"errors"
	"testing"
)

func TestClassify(t *testing.T) {
	for class, texts := range map[Class][]string{
		ReadOnly: {
			"SELECT 1", "SELECT a FROM t UNION SELECT 1", "WITH c AS (SELECT 1) SELECT * FROM c", "(SELECT 1)", "TABLE t", "VALUES ROW(1)",
			"SHOW TABLES", "EXPLAIN SELECT 1", "EXPLAIN UPDATE t SET a = 1", "DESC t", "DO 1", "HELP 'x'",
		},
		Locking: {
			"SELECT a FROM t FOR UPDATE", "SELECT a FROM t LOCK IN SHARE MODE", "SELECT a FROM t FOR SHARE SKIP LOCKED",
			"SELECT * FROM (SELECT a FROM t FOR UPDATE) x", "(SELECT a FROM t FOR UPDATE) UNION SELECT 1",
			"WITH c AS (SELECT a FROM t FOR SHARE) SELECT * FROM c",
		},
		DML: {
			"INSERT INTO t VALUES (1)", "REPLACE INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t", "LOAD DATA INFILE 'x' INTO TABLE t",
			"CALL p()", "WITH c AS (SELECT 1) DELETE FROM t",
		},
		DDL: {
			"CREATE TABLE t (a INT)", "ALTER TABLE t ADD b INT", "DROP TABLE t", "TRUNCATE TABLE t", "RENAME TABLE a TO b", "CREATE INDEX i ON t (a)",
			"DROP INDEX i ON t", "CREATE DATABASE d", "DROP DATABASE d", "ALTER DATABASE d CHARACTER SET utf8mb4", "CREATE VIEW v AS SELECT 1", "DROP VIEW v",
		},
		Transaction: {"BEGIN", "START TRANSACTION READ ONLY", "COMMIT", "ROLLBACK", "SAVEPOINT a", "ROLLBACK TO a", "RELEASE SAVEPOINT a"},
		Session: {
			"SET @a = 1", "SET NAMES utf8mb4", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "USE d", "PREPARE s FROM 'SELECT 1'", "EXECUTE s",
			"DEALLOCATE PREPARE s", "LOCK TABLES t READ", "UNLOCK TABLES", "SET ROLE ALL",
		},
		Admin: {
			"CREATE USER x", "ALTER USER x IDENTIFIED BY 'y'", "DROP USER x", "GRANT SELECT ON a.* TO x", "REVOKE SELECT ON a.* FROM x", "KILL 5",
			"FLUSH TABLES", "ANALYZE TABLE t", "OPTIMIZE TABLE t", "SET PASSWORD = 'x'",
		},
		Unknown: {"ADMIN SHOW DDL", "TRACE SELECT 1", "SPLIT TABLE t BETWEEN (0) AND (9) REGIONS 2", "FLASHBACK TABLE t"},
	} {
		for _, text := range texts {
			stmt, err := ParseOne(text, Mode{})
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if got := Classify(stmt); got != class {
				t.Errorf("%s is %s, not %s", text, got, class)
			}
		}
	}
}

// TestRefusedByTheParser lists statements of MySQL's that cannot be parsed. Once
// one can, it leaves the list; the router need not treat it specially any more.
func TestRefusedByTheParser(t *testing.T) {
	for _, text := range []string{
		"INSERT INTO t VALUES (1) AS n ON DUPLICATE KEY UPDATE a = n.a",
		"XA START 'x'", "XA COMMIT 'x'", "XA RECOVER",
		"SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) j",
		"SELECT 'a' SOUNDS LIKE 'b'",
		"SELECT a FROM t INTO @x", "SELECT a INTO @x FROM t",
		"SELECT /*!80031 1, */ 2",
		"CREATE TABLE t (a INT INVISIBLE)", "CREATE TABLE t (a GEOMETRY)", "CREATE TABLE t (a POINT NOT NULL)",
		"CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1",
		"CREATE FUNCTION f() RETURNS INT RETURN 1", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
		"HANDLER t OPEN", "HANDLER t READ FIRST", "CHECK TABLE t", "CHECKSUM TABLE t",
		"LOCK INSTANCE FOR BACKUP", "PURGE BINARY LOGS TO 'x'", "RESET BINARY LOGS AND GTIDS", "STOP REPLICA",
		"CREATE TABLESPACE ts ADD DATAFILE 'x'", "SIGNAL SQLSTATE '45000'", "INSTALL PLUGIN x SONAME 'y'",
	} {
		if _, err := ParseOne(text, Mode{}); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s can be parsed: %v", text, err)
		}
	}
}
