package mysqld

import "hash/fnv"

// generalSettings keep what this machine's servers do not need out of the way, and
// let in what Shardway uses.
func generalSettings() []string {
	return []string{
		"--mysqlx=OFF", "--secure-file-priv=", "--skip-name-resolve", "--log-error-verbosity=2", "--local-infile=ON",
		"--loose-caching-sha2-password-auto-generate-rsa-keys=ON",
	}
}

// smallMemorySettings bring an idle server from 550 to under 190 MB, so that
// half a dozen fit on a laptop.
func smallMemorySettings() []string {
	return []string{
		"--innodb-buffer-pool-size=32M", "--innodb-redo-log-capacity=8M", "--innodb-log-buffer-size=1M",
		"--innodb-ddl-buffer-size=1M", "--innodb-sort-buffer-size=64K", "--innodb-adaptive-hash-index=OFF",
		"--innodb-use-native-aio=0", "--key-buffer-size=1M", "--temptable-max-ram=64M", "--tmp-table-size=2M",
		"--max-heap-table-size=2M", "--table-open-cache=400",
		"--table-open-cache-instances=1", "--max-connections=151", "--thread-cache-size=8",
		// Costs nothing until used, and a statement whose table has left it is prepared anew.
		"--table-definition-cache=2000",
		// The tables about locks and replication work without instruments.
		"--performance-schema=ON", "--performance-schema-instrument=%=OFF",
		// But for the names of XA branches, by which waits over several groups are found.
		"--performance-schema-instrument=transaction=ON",
		"--performance-schema-max-metadata-locks=256", "--performance-schema-digests-size=0",
		"--performance-schema-error-size=0", "--performance-schema-accounts-size=0",
		"--performance-schema-hosts-size=0", "--performance-schema-users-size=0",
		"--performance-schema-events-waits-history-size=0", "--performance-schema-events-waits-history-long-size=0",
		"--performance-schema-events-stages-history-size=0", "--performance-schema-events-stages-history-long-size=0",
		"--performance-schema-events-statements-history-size=0", "--performance-schema-events-statements-history-long-size=0",
		"--performance-schema-events-transactions-history-size=0", "--performance-schema-events-transactions-history-long-size=0",
	}
}

// replicationSettings let every server be a primary or a replica whose
// acknowledgement counts: what it acknowledged is on disk and is never thrown
// away, and a primary waits for it without end.
func replicationSettings() []string {
	return []string{
		"--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--log-bin=binlog", "--binlog-format=ROW",
		"--binlog-row-image=FULL", "--binlog-row-metadata=FULL", "--log-replica-updates=ON", "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1",
		"--relay-log=relay", "--relay-log-recovery=OFF", "--sync-relay-log=1", "--replica-preserve-commit-order=ON",
		"--replica-net-timeout=8", "--rpl-stop-replica-timeout=30",
		"--plugin-load-add=semisync_source.so", "--plugin-load-add=semisync_replica.so", "--plugin-load-add=mysql_clone.so",
		"--loose-rpl-semi-sync-source-timeout=1000000000000000000", "--loose-rpl-semi-sync-source-wait-for-replica-count=1",
		"--loose-rpl-semi-sync-source-wait-no-replica=ON", "--loose-rpl-semi-sync-source-wait-point=AFTER_SYNC",
	}
}

// fenceSettings make a server start closed; only the controller opens it.
func fenceSettings() []string {
	return []string{
		"--offline-mode=ON", "--super-read-only=ON", "--skip-replica-start=ON",
		"--loose-rpl-semi-sync-source-enabled=OFF", "--loose-rpl-semi-sync-replica-enabled=OFF",
		// The proxies' account may use every schema but mysql.
		"--partial-revokes=ON",
		// Without it functions and triggers need SUPER; binary logs hold rows,
		// so nothing unsafe gets into them.
		"--loose-log-bin-trust-function-creators=ON",
	}
}

// relaxedSettings wait for no disk. What is committed is in the system's cache,
// so that a server that is killed loses nothing.
func relaxedSettings() []string {
	return []string{
		"--sync-binlog=0", "--innodb-flush-log-at-trx-commit=2", "--sync-relay-log=0",
		"--innodb-doublewrite=OFF", "--innodb-flush-method=nosync",
	}
}

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}
