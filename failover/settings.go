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
	// netTimeoutSecondsMax is how late a replica may notice a dead connection.
	netTimeoutSecondsMax = 10
)

// askSettings reads the settings that the decisions are about.
func askSettings(ctx context.Context, conn *sql.Conn, f *Facts) error {
	v, err := pairs(ctx, conn, `SELECT variable_name, variable_value FROM performance_schema.global_variables
		WHERE variable_name IN ('rpl_semi_sync_source_enabled', 'rpl_semi_sync_replica_enabled', 'rpl_semi_sync_source_timeout',
			'replica_net_timeout', 'skip_replica_start', 'gtid_mode', 'enforce_gtid_consistency', 'log_bin', 'binlog_format',
			'log_replica_updates', 'relay_log_recovery', 'server_id')
		UNION ALL SELECT variable_name, variable_value FROM performance_schema.global_status WHERE variable_name = 'Rpl_semi_sync_source_clients'
		UNION ALL SELECT CONCAT('persisted ', variable_name), variable_value FROM performance_schema.persisted_variables
			WHERE variable_name = 'skip_replica_start'`)
	if err != nil {
		return err
	}
	f.SemiSyncSource = v["rpl_semi_sync_source_enabled"] == "ON"
	f.SemiSyncReplica = v["rpl_semi_sync_replica_enabled"] == "ON"
	f.SemiSyncClients, _ = strconv.Atoi(v["rpl_semi_sync_source_clients"]) // absent without the plugin
	f.Configured = configured(v)
	f.Unfit = unfit(v)
	return nil
}

func configured(v map[string]string) bool {
	timeout, err := strconv.ParseUint(v["rpl_semi_sync_source_timeout"], 10, 64)
	if err != nil || timeout < semiSyncMillisMin || v["rpl_semi_sync_replica_enabled"] == "" {
		return false
	}
	seconds, err := strconv.Atoi(v["replica_net_timeout"])
	if err != nil || seconds > netTimeoutSecondsMax {
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

// configure makes the settings, and has them survive a restart. What a server
// already has it is not given again.
func configure(ctx context.Context, c *control) error {
	if err := installSemiSync(ctx, c); err != nil {
		return err
	}
	return c.exec(ctx,
		sqlf("SET PERSIST rpl_semi_sync_source_timeout = 1000000000000000000"),
		sqlf("SET PERSIST rpl_semi_sync_source_wait_for_replica_count = 1"),
		sqlf("SET PERSIST rpl_semi_sync_source_wait_no_replica = ON"),
		sqlf("SET PERSIST rpl_semi_sync_source_wait_point = AFTER_SYNC"),
		sqlf("SET PERSIST sync_relay_log = 1"),
		sqlf("SET PERSIST sync_binlog = 1"),
		sqlf("SET PERSIST innodb_flush_log_at_trx_commit = 1"),
		sqlf("SET PERSIST replica_net_timeout = 4"),
		sqlf("SET PERSIST rpl_stop_replica_timeout = 30"),
		// From its next start on it is closed until a controller opens it.
		sqlf("SET PERSIST_ONLY relay_log_recovery = OFF"),
		sqlf("SET PERSIST_ONLY rpl_semi_sync_source_enabled = OFF"),
		sqlf("SET PERSIST_ONLY rpl_semi_sync_replica_enabled = OFF"),
		sqlf("SET PERSIST_ONLY offline_mode = ON"),
		sqlf("SET PERSIST_ONLY super_read_only = ON"),
		sqlf("SET PERSIST_ONLY skip_replica_start = ON"))
}

// installSemiSync loads the two plugins. That writes a table, though not the
// binary log, so a server that takes no writes must for a moment.
func installSemiSync(ctx context.Context, c *control) error {
	has, err := pairs(ctx, c.conn, "SELECT plugin_name, plugin_status FROM information_schema.plugins WHERE plugin_name LIKE 'rpl\\_semi\\_sync\\_%'")
	if err != nil {
		return err
	}
	var statements []statement
	for _, side := range []string{"source", "replica"} {
		if has["rpl_semi_sync_"+side] == "" {
			statements = append(statements, sqlf(fmt.Sprintf("INSTALL PLUGIN rpl_semi_sync_%s SONAME 'semisync_%s.so'", side, side)))
		}
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
