package failover

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// The bounds of settings that count as configured.
const (
	// semiSyncMillisMin is a timeout that nobody lives to see: a primary that
	// gave up waiting would acknowledge what no replica has.
	semiSyncMillisMin = 1_000_000_000_000
	// netTimeoutSecondsMax is how late a replica may notice a dead connection. It
	// must not be earlier than the controller notices: a receiver that has begun to
	// connect to a source that hangs takes two seconds to stop.
	netTimeoutSecondsMin, netTimeoutSecondsMax = 6, 10
)

// askSettings is a query for the settings that the decisions are about.
func askSettings() string {
	return `SELECT variable_name, variable_value FROM performance_schema.global_variables
		WHERE variable_name IN ('rpl_semi_sync_source_enabled', 'rpl_semi_sync_replica_enabled', 'rpl_semi_sync_source_timeout',
			'replica_net_timeout', 'skip_replica_start', 'gtid_mode', 'enforce_gtid_consistency', 'log_bin', 'binlog_format',
			'log_replica_updates', 'relay_log_recovery', 'performance_schema', 'server_id', 'clone_valid_donor_list', 'sync_relay_log')
		UNION ALL SELECT variable_name, variable_value FROM performance_schema.global_status WHERE variable_name IN ('Rpl_semi_sync_source_clients', 'Rpl_semi_sync_replica_status')
		UNION ALL SELECT CONCAT('persisted ', p.variable_name), p.variable_value FROM performance_schema.persisted_variables p
			WHERE p.variable_name = 'skip_replica_start'
		UNION ALL SELECT CONCAT('drifted ', p.variable_name), g.variable_value
			FROM performance_schema.persisted_variables p JOIN performance_schema.global_variables g USING (variable_name)
			WHERE p.variable_name IN (` + drifting() + `) AND p.variable_value <> g.variable_value`
}

func readSettings(rows *sql.Rows, f *Facts) error {
	v, err := readPairs(rows)
	if err != nil {
		return err
	}
	f.SemiSyncSource = v["rpl_semi_sync_source_enabled"] == "ON"
	f.SemiSyncReplica = v["rpl_semi_sync_replica_enabled"] == "ON"
	f.Acknowledging = v["rpl_semi_sync_replica_status"] == "ON"
	f.SemiSyncClients, _ = strconv.Atoi(v["rpl_semi_sync_source_clients"]) // absent without the plugin
	f.SyncsRelay = v["sync_relay_log"] == "1"
	f.Configured = configured(v)
	for name := range v {
		// What was set for good and is not so now was changed by hand.
		f.Configured = f.Configured && !strings.HasPrefix(name, "drifted ")
	}
	f.Unfit = unfit(v)
	return nil
}

func configured(v map[string]string) bool {
	timeout, err := strconv.ParseUint(v["rpl_semi_sync_source_timeout"], 10, 64)
	if err != nil || timeout < semiSyncMillisMin || v["rpl_semi_sync_replica_enabled"] == "" {
		return false
	}
	if _, clones := v["clone_valid_donor_list"]; !clones {
		return false
	}
	seconds, err := strconv.Atoi(v["replica_net_timeout"])
	if err != nil || seconds < netTimeoutSecondsMin || seconds > netTimeoutSecondsMax {
		return false
	}
	return v["skip_replica_start"] == "ON" || v["persisted skip_replica_start"] == "ON"
}

// unfit names the settings that are wrong and cannot be changed while the
// server runs.
func unfit(v map[string]string) string {
	var wrong []string
	for _, want := range []struct{ name, value string }{
		{"log_bin", "ON"},
		{"gtid_mode", "ON"},
		{"enforce_gtid_consistency", "ON"},
		{"log_replica_updates", "ON"},
		{"binlog_format", "ROW"},
		{"relay_log_recovery", "OFF"},
		{"performance_schema", "ON"},
	} {
		// What a version no longer has is as it should be.
		if has, ok := v[want.name]; ok && has != want.value && (want.name != "log_bin" || has != "1") {
			wrong = append(wrong, fmt.Sprintf("%s is %s, not %s", want.name, has, want.value))
		}
	}
	if v["server_id"] == "0" {
		wrong = append(wrong, "server_id is 0")
	}
	return strings.Join(wrong, ", ")
}

// lasting are the settings that are in force at once and for good.
func lasting() []struct{ name, value string } {
	return []struct{ name, value string }{
		{"rpl_semi_sync_source_timeout", "1000000000000000000"},
		{"rpl_semi_sync_source_wait_for_replica_count", "1"},
		{"rpl_semi_sync_source_wait_no_replica", "ON"},
		{"rpl_semi_sync_source_wait_point", "AFTER_SYNC"},
		{"sync_relay_log", "1"},
		{"sync_binlog", "1"},
		{"innodb_flush_log_at_trx_commit", "1"},
		{"replica_net_timeout", "8"},
		{"rpl_stop_replica_timeout", "30"},
	}
}

// drifting lists their names for SQL.
func drifting() string {
	var names []string
	for _, s := range lasting() {
		if s.name != "sync_relay_log" { // which is judged by itself: see VerbHurry
			names = append(names, "'"+s.name+"'")
		}
	}
	return strings.Join(names, ", ")
}

// configure makes the settings, and has them survive a restart. What a server
// already has it is not given again.
func configure(ctx context.Context, c *control) error {
	if err := installPlugins(ctx, c); err != nil {
		return err
	}
	for _, s := range lasting() {
		if err := c.exec(ctx, sqlf("SET PERSIST "+s.name+" = "+s.value)); err != nil {
			return err
		}
	}
	return c.exec(ctx,
		// From its next start on it is closed until a controller opens it.
		sqlf("SET PERSIST_ONLY relay_log_recovery = OFF"),
		sqlf("SET PERSIST_ONLY rpl_semi_sync_source_enabled = OFF"),
		sqlf("SET PERSIST_ONLY rpl_semi_sync_replica_enabled = OFF"),
		sqlf("SET PERSIST_ONLY offline_mode = ON"),
		sqlf("SET PERSIST_ONLY super_read_only = ON"),
		sqlf("SET PERSIST_ONLY skip_replica_start = ON"))
}

// installPlugins loads those of semi-sync and the one that copies servers. That writes a table, though not the
// binary log, so a server that takes no writes must for a moment.
func installPlugins(ctx context.Context, c *control) error {
	has, err := pairs(ctx, c.conn, "SELECT plugin_name, plugin_status FROM information_schema.plugins WHERE plugin_name LIKE 'rpl\\_semi\\_sync\\_%' OR plugin_name = 'clone'")
	if err != nil {
		return err
	}
	var statements []statement
	for _, side := range []string{"source", "replica"} {
		if has["rpl_semi_sync_"+side] == "" {
			statements = append(statements, sqlf(fmt.Sprintf("INSTALL PLUGIN rpl_semi_sync_%s SONAME 'semisync_%s.so'", side, side)))
		}
	}
	if has["clone"] == "" {
		statements = append(statements, sqlf("INSTALL PLUGIN clone SONAME 'mysql_clone.so'"))
	}
	var readOnly bool
	if err := c.conn.QueryRowContext(ctx, "SELECT @@GLOBAL.super_read_only").Scan(&readOnly); err != nil {
		return err
	}
	if readOnly && len(statements) > 0 {
		statements = append([]statement{sqlf("SET GLOBAL super_read_only = OFF")}, append(statements, sqlf("SET GLOBAL super_read_only = ON"))...)
	}
	return c.exec(ctx, statements...)
}
