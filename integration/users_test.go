package integration

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// login tries to come in as a user, by TLS or without.
func login(c *cluster.Cluster, user, password, schema string, secure bool) error {
	cfg := c.Config(schema)
	cfg.User, cfg.Passwd = user, password
	cfg.AllowNativePasswords, cfg.TLSConfig = true, "false"
	if secure {
		cfg.TLSConfig, cfg.TLS = "", &tls.Config{InsecureSkipVerify: true} // the certificate is made at start
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return err
	}
	conn, err := connector.Connect(context.Background())
	if err != nil {
		return err
	}
	return conn.Close()
}

// numberOf is the number of a MySQL error, 0 for none.
func numberOf(err error) uint16 {
	var refused *driver.MySQLError
	if errors.As(err, &refused) {
		return refused.Number
	}
	return 0
}

// newUser makes a user over SQL and removes it after the test.
func newUser(t *testing.T, admin *client, plugin string) (name, password string) {
	t.Helper()
	name, password = testkit.Name(), rand.Text()
	admin.must(t, fmt.Sprintf("CREATE USER %s IDENTIFIED %s BY '%s'", name, plugin, password))
	t.Cleanup(func() {
		if a, err := admin.query("DROP USER IF EXISTS " + name); err != nil || a.err != nil {
			t.Error(err, a.err)
		}
	})
	return name, password
}

// TestLogins: both plugins, by TLS and by RSA; an unknown user and a wrong
// password cannot be told apart; passwords change, users are locked and dropped.
func TestLogins(t *testing.T) {
	c := cluster.Get(t, wide())
	admin := session(t, c, "")
	for _, plugin := range []string{"", "WITH mysql_native_password", "WITH caching_sha2_password"} {
		name, password := newUser(t, admin, plugin)
		for _, secure := range []bool{true, false, true} {
			if err := login(c, name, password, "", secure); err != nil {
				t.Errorf("user %s, TLS %v: %v", plugin, secure, err)
			}
		}
		wrong, unknown := login(c, name, password+"x", "", true), login(c, "no"+name, password, "", true)
		if numberOf(wrong) != mysql.ErAccessDenied || numberOf(unknown) != mysql.ErAccessDenied ||
			strings.ReplaceAll(unknown.Error(), "no"+name, name) != wrong.Error() {
			t.Errorf("a wrong password is told %v, an unknown user %v", wrong, unknown)
		}
		if err := login(c, name, "", "", true); numberOf(err) != mysql.ErAccessDenied {
			t.Errorf("without a password: %v", err)
		}
		admin.must(t, fmt.Sprintf("ALTER USER %s IDENTIFIED BY 'another one'", name))
		if err := login(c, name, password, "", true); numberOf(err) != mysql.ErAccessDenied {
			t.Errorf("with the old password: %v", err)
		}
		if err := login(c, name, "another one", "", false); err != nil {
			t.Errorf("with the new password: %v", err)
		}
		admin.must(t, fmt.Sprintf("ALTER USER %s ACCOUNT LOCK", name))
		if err := login(c, name, "another one", "", true); err == nil {
			t.Error("a locked user comes in")
		}
		admin.must(t, fmt.Sprintf("ALTER USER %s ACCOUNT UNLOCK", name))
		if err := login(c, name, "another one", "", true); err != nil {
			t.Errorf("unlocked: %v", err)
		}
		admin.must(t, "DROP USER "+name)
		if err := login(c, name, "another one", "", true); numberOf(err) != mysql.ErAccessDenied {
			t.Errorf("dropped: %v", err)
		}
	}
}

// TestGrants: each level may do what it says and nothing above it, over one
// shard and over several, as text and prepared.
func TestGrants(t *testing.T) {
	c := cluster.Get(t, wide())
	ks, other := c.Keyspace(t, cluster.Keyspace{Shards: 4}), c.Keyspace(t, cluster.Keyspace{Shards: 1})
	admin := session(t, c, ks)
	admin.must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	admin.must(t, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")
	admin.must(t, "CREATE TABLE "+other+".secret (id INT PRIMARY KEY)")
	admin.must(t, "CREATE TABLE scratch (id INT PRIMARY KEY)")
	levels := []struct{ grant, privileges string }{{"", ""}, {"read", "SELECT"}, {"write", "INSERT, UPDATE, DELETE"}, {"ddl", "CREATE, ALTER, DROP, INDEX"}, {"admin", "ALL"}}
	needs := []struct {
		level int
		sql   string
	}{
		{1, "SELECT COUNT(*) FROM t"},
		{1, "SELECT n FROM t WHERE id = 1"},
		{1, "SELECT (SELECT n FROM t WHERE id = 1)"},
		{1, "SHOW TABLES"},
		{1, "SHOW CREATE TABLE t"},
		{1, "EXPLAIN SELECT * FROM t"},
		{1, "SET @x = (SELECT MAX(n) FROM t WHERE id = 1)"},
		{2, "INSERT INTO t VALUES (10, 1), (11, 1)"},
		{2, "UPDATE t SET n = n + 1"},
		{2, "UPDATE t SET n = 5 WHERE id = 1"},
		{2, "DELETE FROM t WHERE id > 9"},
		{2, "REPLACE INTO t VALUES (1, 1)"},
		{2, "SELECT n FROM t WHERE id = 1 FOR UPDATE"},
		{3, "ALTER TABLE scratch ADD COLUMN c%d INT"},
		{3, "TRUNCATE TABLE scratch"},
		{3, "CREATE TABLE made%d (id INT)"},
		{3, "DROP TABLE IF EXISTS made1, made2, made3, made4"},
	}
	for level, l := range levels {
		name, password := newUser(t, admin, "")
		if l.grant != "" {
			admin.must(t, fmt.Sprintf("GRANT %s ON %s.* TO %s", l.privileges, ks, name))
		}
		s := server{proxyOf(c).addr, name, password}.connect(t, mysql.Variant{DeprecateEOF: true})
		if a, err := s.query("USE " + ks); err != nil || (a.err == nil) != (level > 0) {
			t.Errorf("%q: USE: %v %v", l.grant, a.err, err)
		}
		for _, n := range needs {
			sql := n.sql
			if strings.Contains(sql, "%d") {
				sql = fmt.Sprintf(sql, level)
			}
			for _, prepared := range []bool{false, true} {
				var a answer
				var err error
				if prepared {
					if n.level == 3 {
						continue // has been done as text
					}
					_, a, err = s.execute(sql, nil)
				} else {
					a, err = s.query(sql)
				}
				if err != nil {
					t.Fatalf("%q: %s: %v", l.grant, sql, err)
				}
				// A lock takes no more than reading in MySQL's own grants, and here too.
				if strings.HasSuffix(sql, "FOR UPDATE") && level == 1 {
					continue
				}
				if allowed := a.err == nil; allowed != (level >= n.level) {
					t.Errorf("with the grant %q, prepared %v: %s: %v", l.grant, prepared, sql, a.err)
				}
				if sql[:3] == "INS" && a.err == nil {
					admin.must(t, "DELETE FROM t WHERE id > 9")
				}
			}
		}
		for _, sql := range []string{
			"SELECT * FROM " + other + ".secret", "INSERT INTO " + other + ".secret VALUES (1)", "DROP TABLE " + other + ".secret", "USE " + other,
			"SELECT * FROM mysql.user", "USE mysql", "UPDATE mysql.user SET user = 'x'", "SELECT * FROM sys.version", "DROP DATABASE " + other,
			"CREATE USER someone IDENTIFIED BY 'x'", "GRANT ALL ON *.* TO " + name, "SET GLOBAL max_connections = 1", "SHOW BINARY LOGS", "SHUTDOWN",
			"STOP REPLICA", "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'x'", "ALTER USER app IDENTIFIED BY 'stolen'", "DROP USER app",
		} {
			a, err := s.query(sql)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			if a.err == nil {
				t.Errorf("with the grant %q a user may: %s", l.grant, sql)
			}
		}
		checkGrants(t, s, name, ks, level)
	}
}

// checkGrants reads SHOW GRANTS back and revokes.
func checkGrants(t *testing.T, s *client, name, ks string, level int) {
	t.Helper()
	r := s.must(t, "SHOW GRANTS")
	if r.rows[0][0] != fmt.Sprintf("GRANT USAGE ON *.* TO `%s`@`%%`", name) {
		t.Errorf("SHOW GRANTS begins %s", r.rows[0][0])
	}
	want := []string{"", "SELECT", "SELECT, INSERT, UPDATE, DELETE", "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER", "ALL PRIVILEGES"}[level]
	if level == 0 {
		if len(r.rows) != 1 {
			t.Errorf("a user without grants has %v", r.rows)
		}
		return
	}
	if len(r.rows) != 2 || r.rows[1][0] != fmt.Sprintf("GRANT %s ON `%s`.* TO `%s`@`%%`", want, ks, name) {
		t.Errorf("SHOW GRANTS says %v", r.rows)
	}
}

// TestARevokedGrantEndsAtOnce also for a session that is there already.
func TestARevokedGrantEndsAtOnce(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 2})
	admin := session(t, c, ks)
	admin.must(t, "CREATE TABLE t (id INT PRIMARY KEY) COMMENT='shardway:shard_key=id'")
	name, password := newUser(t, admin, "")
	admin.must(t, fmt.Sprintf("GRANT SELECT, INSERT ON %s.* TO %s", ks, name))
	cfg := c.Config(ks)
	cfg.User, cfg.Passwd = name, password
	db := testkit.Open(t, cfg)
	if _, err := db.Exec("INSERT INTO t VALUES (1), (2), (3)"); err != nil {
		t.Fatal(err)
	}
	admin.must(t, fmt.Sprintf("REVOKE INSERT ON %s.* FROM %s", ks, name))
	if _, err := db.Exec("INSERT INTO t VALUES (4)"); numberOf(err) != mysql.ErDBAccessDenied {
		t.Errorf("after REVOKE INSERT: %v", err)
	}
	var n int
	if err := db.QueryRow("SELECT COUNT(*) FROM t").Scan(&n); err != nil || n != 3 {
		t.Errorf("%d rows, %v", n, err)
	}
	admin.must(t, fmt.Sprintf("REVOKE ALL ON %s.* FROM %s", ks, name))
	if err := db.QueryRow("SELECT COUNT(*) FROM t").Scan(&n); err == nil {
		t.Error("after REVOKE ALL the user reads on")
	}
}
