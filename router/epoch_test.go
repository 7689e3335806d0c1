package router

import (
	"fmt"
	"maps"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// Safety rule 27: a statement that was planned by an old shard map gets no
// connection of the epoch after it, under which rows of the old map are left on
// the group. Text, prepared statements and transactions are planned anew.
func TestSafetyRule27AnOldPlanMeetsANewEpoch(t *testing.T) {
	m := newMoving(t)
	testkit.Exec(t, m.servers[1].DB(t, m.one), "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(300))")
	next := *m.env.Topology.Current()
	old := next.Accounts["g1"]
	account := topology.Account{User: "shardway_next", Password: topology.NewSecret("next")}
	testkit.Exec(t, m.servers[0].DB(t, ""), "CREATE USER IF NOT EXISTS shardway_next@'%' IDENTIFIED BY 'next'", "GRANT ALL ON *.* TO shardway_next@'%'")
	t.Cleanup(func() { _, _ = m.servers[0].DB(t, "").Exec("DROP USER IF EXISTS shardway_next@'%'") })
	if old.User == account.User {
		t.Fatal("the accounts are the same")
	}
	text, inside := m.conn(t, "root", m.one), m.conn(t, "root", m.one)
	prepared, err := m.conn(t, "root", m.one).PrepareContext(t.Context(), "INSERT INTO t (v) VALUES (?)")
	must(t, err)
	run(t, text, "INSERT INTO t (v) VALUES ('before')")
	run(t, inside, "BEGIN")

	// The pools know the next epoch, the router's topology does not yet.
	next.Version++
	next.Accounts = maps.Clone(next.Accounts)
	next.Accounts["g1"] = account
	m.env.Pools.Apply(&next)
	for name, write := range map[string]func() error{
		"text":     func() error { _, err := text.ExecContext(t.Context(), "INSERT INTO t (v) VALUES ('text')"); return err },
		"prepared": func() error { _, err := prepared.ExecContext(t.Context(), "prepared"); return err },
		"transaction": func() error {
			_, err := inside.ExecContext(t.Context(), "INSERT INTO t (v) VALUES ('inside')")
			return err
		},
	} {
		if err := write(); err == nil {
			t.Errorf("%s: a plan of the old map was carried out", name)
		}
	}
	if n := m.count(t, 0, fmt.Sprintf("SELECT COUNT(*) FROM %s.t", m.one)); n != 1 {
		t.Errorf("%d rows on the group that the keyspace has left", n)
	}
	run(t, inside, "ROLLBACK")

	next.Version++
	next.Keyspaces = maps.Clone(next.Keyspaces)
	moved := *next.Keyspaces[m.one]
	moved.Shards = []topology.Shard{{Range: moved.Shards[0].Range, Group: "g2"}}
	next.Keyspaces[m.one] = &moved
	m.env.Topology.Publish(&next)
	m.env.Pools.Apply(&next)
	run(t, text, "INSERT INTO t (v) VALUES ('text')")
	_, err = prepared.ExecContext(t.Context(), "prepared")
	must(t, err)
	run(t, inside, "BEGIN")
	run(t, inside, "INSERT INTO t (v) VALUES ('inside')")
	run(t, inside, "COMMIT")
	if n := m.count(t, 1, fmt.Sprintf("SELECT COUNT(*) FROM %s.t", m.one)); n != 3 {
		t.Errorf("%d rows where the shard is now, want 3", n)
	}
}

// A transaction has outlived the pause in which shards left its group. Its session on the
// server is cut, and when its client writes again the hold is over: the
// client hears that it is rolled back, and may begin it again on the same connection.
func TestATransactionOutlivesTheRouteEpoch(t *testing.T) {
	m := newMoving(t)
	next := *m.env.Topology.Current()
	account := topology.Account{User: "shardway_later", Password: topology.NewSecret("later")}
	testkit.Exec(t, m.servers[0].DB(t, ""), "CREATE USER IF NOT EXISTS shardway_later@'%' IDENTIFIED BY 'later'", "GRANT ALL ON *.* TO shardway_later@'%'")
	t.Cleanup(func() { _, _ = m.servers[0].DB(t, "").Exec("DROP USER IF EXISTS shardway_later@'%'") })
	conn := m.conn(t, "root", m.one)
	testkit.Exec(t, m.servers[0].DB(t, m.one), "CREATE TABLE v (v VARCHAR(300))")
	run(t, conn, "BEGIN")
	run(t, conn, "INSERT INTO v VALUES ('lost')")
	server := m.servers[0].DB(t, "")
	var session int
	// A prepared branch that another test has left is nobody's session.
	must(t, server.QueryRow("SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE trx_rows_modified > 0 AND trx_mysql_thread_id > 0").Scan(&session))
	testkit.Exec(t, server, fmt.Sprintf("KILL %d", session))
	next.Version++
	next.Accounts = maps.Clone(next.Accounts)
	next.Accounts["g1"] = account
	m.env.Topology.Publish(&next)
	m.env.Pools.Apply(&next)
	fails(t, conn, 1213, "INSERT INTO v VALUES ('lost, too')")
	run(t, conn, "INSERT INTO v VALUES ('kept')")
	if n := m.count(t, 0, fmt.Sprintf("SELECT COUNT(*) FROM %s.v WHERE v LIKE 'lost%%'", m.one)); n != 0 {
		t.Errorf("%d rows of a transaction that is rolled back", n)
	}
}
