package failover_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/testkit"
)

// What somebody changes by hand on the servers of a group is put right, and
// told.
func TestDriftIsRepaired(t *testing.T) {
	c := newClusterOf(t, testkit.Options{Args: []string{"--plugin-load="}}, "a", "b", "c")
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	w := c.write(t)
	w.more(t)
	const running = "SELECT COUNT(*) = 2 FROM (SELECT service_state FROM performance_schema.replication_connection_status UNION ALL " +
		"SELECT service_state FROM performance_schema.replication_applier_status) s WHERE service_state = 'ON'"
	const acknowledges = "SELECT @@GLOBAL.rpl_semi_sync_replica_enabled AND variable_value = 'ON' FROM performance_schema.global_status WHERE variable_name = 'Rpl_semi_sync_replica_status'"
	port := func(id string) int { return c.servers[id].Port }
	for _, d := range []struct {
		what, on string
		harm     []string
		// mended is a query that says so, told what is in the log then.
		mended, told string
	}{
		{"a replica takes writes", "b", []string{"SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF"}, "SELECT @@GLOBAL.super_read_only", "read-only b"},
		{"a replica's semi-sync is off", "b", []string{"SET GLOBAL rpl_semi_sync_replica_enabled = OFF"}, acknowledges, "acknowledge b"},
		{
			"a replica's semi-sync was off when it connected", "b",
			[]string{"SET GLOBAL rpl_semi_sync_replica_enabled = OFF", "STOP REPLICA IO_THREAD", "START REPLICA IO_THREAD", "SET GLOBAL rpl_semi_sync_replica_enabled = ON"},
			acknowledges, "acknowledge b",
		},
		{"the primary's semi-sync is off", "a", []string{"SET GLOBAL rpl_semi_sync_source_enabled = OFF"}, "SELECT @@GLOBAL.rpl_semi_sync_source_enabled", "wait-for-acks a"},
		{"semi-sync gives up early", "a", []string{"SET GLOBAL rpl_semi_sync_source_timeout = 1000"}, "SELECT @@GLOBAL.rpl_semi_sync_source_timeout > 1e12", "configure a"},
		{"acknowledgements are not on disk", "b", []string{"SET GLOBAL sync_relay_log = 10000"}, "SELECT @@GLOBAL.sync_relay_log = 1", "configure b"},
		{"replication is stopped", "b", []string{"STOP REPLICA"}, running, "start b"},
		{"the receiver is stopped", "c", []string{"STOP REPLICA IO_THREAD"}, running, "start c"},
		{"the applier is stopped", "c", []string{"STOP REPLICA SQL_THREAD"}, running, "start c"},
		{
			"a replica has another source", "b",
			[]string{"STOP REPLICA", fmt.Sprintf("CHANGE REPLICATION SOURCE TO SOURCE_PORT = %d", port("c")), "START REPLICA"},
			fmt.Sprintf("SELECT port = %d FROM performance_schema.replication_connection_configuration", port("a")), "join b to a",
		},
		{
			"a replica has no source", "c",
			[]string{"STOP REPLICA", "RESET REPLICA ALL"},
			fmt.Sprintf("SELECT COUNT(*) > 0 FROM performance_schema.replication_connection_configuration WHERE port = %d", port("a")), "join c to a",
		},
		{"a replica is offline", "c", []string{"SET GLOBAL offline_mode = ON"}, "SELECT NOT @@GLOBAL.offline_mode", "admit c"},
		{"the primary is offline", "a", []string{"SET GLOBAL offline_mode = ON"}, "SELECT NOT @@GLOBAL.offline_mode", "open a"},
		{"the primary takes no writes", "a", []string{"SET GLOBAL super_read_only = ON"}, "SELECT NOT @@GLOBAL.super_read_only AND NOT @@GLOBAL.read_only", "open a"},
		{
			"a replica is locked out", "a",
			[]string{fmt.Sprintf("ALTER USER %s@'%%' ACCOUNT LOCK", failover.ReplicationUser("b"))},
			fmt.Sprintf("SELECT account_locked = 'N' FROM mysql.user WHERE user = '%s'", failover.ReplicationUser("b")), "let-in a b",
		},
	} {
		t.Run(d.what, func(t *testing.T) {
			within(t, "healthy", healthy(controller))
			db := c.servers[d.on].DB(t, "")
			// The controller may be quicker than the next statement.
			within(t, "it is done", func() bool {
				for _, statement := range d.harm {
					if _, err := db.Exec(statement); err != nil {
						return false
					}
				}
				return true
			})
			began := time.Now()
			within(t, "it is mended", func() bool { return holds(db, d.mended) })
			t.Logf("mended after %s", time.Since(began).Round(time.Millisecond))
			within(t, "it is told", func() bool { return c.told.has(d.told) })
			within(t, "healthy again", healthy(controller))
			w.more(t)
		})
	}
	t.Run("a replica is written to", func(t *testing.T) {
		testkit.Exec(t, c.servers["c"].DB(t, ""), "SET GLOBAL super_read_only = OFF", "CREATE DATABASE errant")
		within(t, "it is raised", func() bool {
			return stateOf(controller, "c") == failover.StateDiverged && c.told.has("level=WARN msg=group group=g1 actions=\"note c: it has transactions that the primary lacks")
		})
		w.more(t)
	})
	c.check(t, w)
}

// holds reports whether a query answers 1.
func holds(db *sql.DB, query string) bool {
	var yes sql.NullBool
	return db.QueryRow(query).Scan(&yes) == nil && yes.Bool
}
