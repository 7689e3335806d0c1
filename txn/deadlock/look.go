package deadlock

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// waitsMax bounds the waits that are read from one group: a queue of a hundred
// sessions for one row has five thousand.
const waitsMax = 20000

// anyWaits asks whether anybody waits for a row lock. It locks nothing in
// InnoDB, unlike the tables about transactions.
const anyWaits = `SELECT variable_value <> '0' FROM performance_schema.global_status WHERE variable_name = 'Innodb_row_lock_current_waits'`

// selectWaits reads who waits for whom. A transaction without a connection, a
// prepared branch, waits for nobody.
const selectWaits = `SELECT w.REQUESTING_ENGINE_LOCK_ID, r.trx_mysql_thread_id, r.trx_weight, UNIX_TIMESTAMP(r.trx_started),
		b.trx_mysql_thread_id, b.trx_weight, UNIX_TIMESTAMP(b.trx_started)
	FROM performance_schema.data_lock_waits w
	JOIN information_schema.innodb_trx r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID
	JOIN information_schema.innodb_trx b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID
	WHERE r.trx_mysql_thread_id <> 0 AND b.trx_mysql_thread_id <> 0
	LIMIT ?`

// selectBranches reads which connection is in which branch.
const selectBranches = `SELECT t.PROCESSLIST_ID, e.XID_GTRID, e.XID_BQUAL
	FROM performance_schema.events_transactions_current e JOIN performance_schema.threads t USING (THREAD_ID)
	WHERE e.STATE = 'ACTIVE' AND e.XID_FORMAT_ID = 1 AND e.XID_GTRID LIKE 'shardway-%' AND t.PROCESSLIST_ID IS NOT NULL`

// instrument has the server note the names of branches. It holds until the
// server's end, and is MySQL's default.
func instrument(ctx context.Context, conn *sql.Conn) error {
	for _, text := range []string{
		"UPDATE performance_schema.setup_instruments SET enabled = 'YES' WHERE name = 'transaction' AND enabled = 'NO'",
		`UPDATE performance_schema.setup_consumers SET enabled = 'YES'
			WHERE name IN ('global_instrumentation', 'thread_instrumentation', 'events_transactions_current') AND enabled = 'NO'`,
	} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("have branches named: %w", err)
		}
	}
	return nil
}

// readWaits reads a group's waits from its primary.
func readWaits(ctx context.Context, conn *sql.Conn, group string, primary *topology.Instance) ([]Wait, error) {
	branches, err := readBranches(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("read branches: %w", err)
	}
	rows, err := conn.QueryContext(ctx, selectWaits, waitsMax)
	if err != nil {
		return nil, fmt.Errorf("read waits: %w", err)
	}
	defer rows.Close()
	own := txn.HomeHash(primary.ID)
	party := func(p *Party) {
		p.Transaction = Transaction{Home: group, Instance: own, Connection: p.Connection}
		if id, ok := branches[p.Connection]; ok {
			p.Transaction, p.Distributed = Transaction{Home: id.Home, Instance: id.Instance, Connection: id.Connection}, true
		}
	}
	var waits []Wait
	for rows.Next() {
		w := Wait{Group: group}
		err := rows.Scan(&w.Lock, &w.Waiter.Connection, &w.Waiter.Weight, &w.Waiter.Started, &w.Blocker.Connection, &w.Blocker.Weight, &w.Blocker.Started)
		if err != nil {
			return nil, fmt.Errorf("read waits: %w", err)
		}
		party(&w.Waiter)
		party(&w.Blocker)
		waits = append(waits, w)
	}
	return waits, rows.Err()
}

func readBranches(ctx context.Context, conn *sql.Conn) (map[uint64]txn.ID, error) {
	rows, err := conn.QueryContext(ctx, selectBranches)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	branches := make(map[uint64]txn.ID)
	for rows.Next() {
		var connection uint64
		var gtrid, bqual string
		if err := rows.Scan(&connection, &gtrid, &bqual); err != nil {
			return nil, err
		}
		if id, err := txn.Parse(gtrid, bqual); err == nil {
			branches[connection] = id
		}
	}
	return branches, rows.Err()
}
