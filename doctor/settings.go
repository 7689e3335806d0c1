package doctor

import (
	"strconv"
	"strings"
)

// setting is a variable that must have certain values.
type setting struct {
	check, name string
	// good says which values will do, wanted one of them in words.
	good   func(string) bool
	wanted string
	// optional: a server that does not have the variable is as it should be.
	optional bool
	severity Severity
	why      string
	// to is what it is set to; empty if that takes more than a statement.
	to string
	// restart: the variable can be changed by a restart only.
	restart bool
	// replicated: it matters where replicas acknowledge alone, and there the
	// controller sets it when it configures the server.
	replicated bool
}

func is(values ...string) func(string) bool {
	return func(v string) bool {
		for _, value := range values {
			if strings.EqualFold(v, value) {
				return true
			}
		}
		return false
	}
}

func atMost(most uint64) func(string) bool {
	return func(v string) bool { n, err := strconv.ParseUint(v, 10, 64); return err == nil && n <= most }
}

func between(least, most uint64) func(string) bool {
	return func(v string) bool { return atLeast(least)(v) && atMost(most)(v) }
}

func atLeast(least uint64) func(string) bool {
	return func(v string) bool { n, err := strconv.ParseUint(v, 10, 64); return err == nil && n >= least }
}

// A day and a week in seconds.
const (
	daySeconds  = 86400
	weekSeconds = 7 * daySeconds
)

func retained(v string) bool { return v == "0" || atLeast(daySeconds)(v) }

// settings are the variables that safety rests on.
func settings() []setting {
	const (
		torn  = "an acknowledged write would be lost when the machine goes down"
		async = "a write would be acknowledged that no replica has"
		moves = "moving rows and change feeds read whole rows with their columns from the binary log"
	)
	return []setting{
		{check: "sessions", name: "performance_schema", good: is("ON", "1"), wanted: "ON", severity: Failed, restart: true, why: "without it a server does not list its sessions, and nobody knows when those that must end have ended"},
		{check: "gtid", name: "gtid_mode", good: is("ON"), wanted: "ON", severity: Failed, why: "servers are compared and replicas positioned by GTIDs"},
		{check: "gtid", name: "enforce_gtid_consistency", good: is("ON"), wanted: "ON", severity: Failed, why: "GTIDs need it"},
		{check: "binlog", name: "log_bin", good: is("ON", "1"), wanted: "ON", severity: Failed, restart: true, why: "without a binary log nothing is replicated"},
		{check: "binlog", name: "log_replica_updates", good: is("ON"), wanted: "ON", severity: Failed, restart: true, why: "a promoted replica must have what it received in its own binary log"},
		{check: "binlog", name: "binlog_format", good: is("ROW"), wanted: "ROW", optional: true, severity: Failed, to: "ROW", why: "statements may give other rows on replicas"},
		{check: "binlog", name: "binlog_row_image", good: is("FULL"), wanted: "FULL", severity: Failed, to: "FULL", why: moves},
		{check: "binlog", name: "binlog_row_metadata", good: is("FULL"), wanted: "FULL", severity: Warning, to: "FULL", why: moves},
		{check: "binlog retention", name: "binlog_expire_logs_seconds", good: retained, wanted: "a day or more", severity: Warning, to: strconv.Itoa(weekSeconds), why: "a replica that was away longer must be rebuilt"},
		{check: "relay log", name: "relay_log_recovery", good: is("OFF"), wanted: "OFF", severity: Failed, restart: true, to: "OFF", why: "a replica that restarts throws away what it has acknowledged and not yet applied"},
		{check: "relay log", name: "sync_relay_log", good: is("1"), wanted: "1", severity: Failed, to: "1", replicated: true, why: torn},
		{check: "durability", name: "sync_binlog", good: is("1"), wanted: "1", severity: Failed, to: "1", replicated: true, why: torn},
		{check: "durability", name: "innodb_flush_log_at_trx_commit", good: is("1"), wanted: "1", severity: Failed, to: "1", replicated: true, why: torn},
		{check: "semi-sync", name: "rpl_semi_sync_source_timeout", good: atLeast(1_000_000_000_000), wanted: "practically infinite", severity: Failed, to: "1000000000000000000", replicated: true, why: async},
		{check: "semi-sync", name: "rpl_semi_sync_source_wait_point", good: is("AFTER_SYNC"), wanted: "AFTER_SYNC", severity: Failed, to: "AFTER_SYNC", replicated: true, why: "clients could read what a failover takes back"},
		{check: "semi-sync", name: "rpl_semi_sync_source_wait_no_replica", good: is("ON"), wanted: "ON", severity: Failed, to: "ON", replicated: true, why: async},
		{check: "semi-sync", name: "rpl_semi_sync_source_wait_for_replica_count", good: is("1"), wanted: "1", severity: Failed, to: "1", replicated: true, why: "failovers are proved for one acknowledgement"},
		{check: "semi-sync", name: "rpl_semi_sync_replica_enabled", good: is("ON", "OFF"), wanted: "there, with its plugin", severity: Failed, replicated: true, why: "without the plugin it cannot acknowledge"},
		{check: "clone", name: "clone_valid_donor_list", good: func(string) bool { return true }, wanted: "there, with its plugin", severity: Warning, replicated: true, why: "servers are filled and rebuilt by CLONE"},
		{check: "replica retry", name: "replica_net_timeout", good: between(6, 10), wanted: "6 to 10", severity: Warning, to: "8", replicated: true, why: "replicas notice late that they are cut off, or so early that they are slow to stop when their primary hangs"},
		{check: "replica retry", name: "rpl_stop_replica_timeout", good: atMost(60), wanted: "60 or less", severity: Warning, to: "30", replicated: true, why: "STOP REPLICA would hang in a failover"},
		{check: "replication", name: "replica_preserve_commit_order", good: is("ON", "1"), wanted: "ON", severity: Failed, to: "ON", replicated: true, why: "a promoted replica could have gaps"},
		{check: "transactions", name: "xa_detach_on_prepare", good: is("ON"), wanted: "ON", severity: Failed, to: "ON", why: "a prepared branch must outlive its connection"},
		{check: "definitions", name: "log_bin_trust_function_creators", good: is("ON"), wanted: "ON", optional: true, severity: Warning, to: "ON", why: "clients' functions and triggers would need SUPER"},
		{check: "accounts", name: "partial_revokes", good: is("ON"), wanted: "ON", severity: Warning, to: "ON", why: "the proxies' account could read the schema mysql"},
	}
}
