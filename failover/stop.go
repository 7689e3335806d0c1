package failover

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	seat "github.com/shardway/shardway/internal/control" // control is this package's own session
	"github.com/shardway/shardway/mysql"
)

// partialPause is between two looks at an applier, partialMax bounds them.
const (
	partialPause = 20 * time.Millisecond
	partialMax   = 2 * time.Second
)

// stopReplica stops both halves of replication. An applier that has the
// beginning of a transaction whose rest the receiver has not got would have STOP
// REPLICA wait a minute for it: that is what every replica has whose source died
// while it sent something large. It is killed instead, which rolls back what
// nobody acknowledged; whoever starts it again gets the transaction anew.
func stopReplica(ctx context.Context, c *control) error {
	if err := c.exec(ctx, sqlf("STOP REPLICA IO_THREAD")); err != nil {
		return err
	}
	for end := time.Now().Add(partialMax); time.Now().Before(end); {
		coordinator, partial, err := partialTransaction(ctx, c)
		if err != nil {
			return fmt.Errorf("what the applier does: %w", err)
		}
		if !partial {
			break
		}
		if coordinator != 0 {
			if _, err := c.conn.ExecContext(ctx, fmt.Sprintf("KILL %d", coordinator)); err != nil && errno(err) != mysql.ErNoSuchThread {
				return fmt.Errorf("end the applier: %w", err)
			}
		}
		select {
		case <-time.After(partialPause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return c.exec(ctx, sqlf("STOP REPLICA"))
}

// fence keeps clients and writes from a server, and stops it from replicating and
// acknowledging.
func fence(ctx context.Context, c *control) error {
	if err := c.exec(ctx, sqlf("SET GLOBAL offline_mode = ON")); err != nil {
		return err
	}
	if err := stopReplica(ctx, c); err != nil {
		return err
	}
	return c.exec(ctx, sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = OFF"),
		sqlf("SET SESSION lock_wait_timeout = 1"), sqlf("SET GLOBAL super_read_only = ON"))
}

// partialTransaction reports whether the applier is in a transaction that was
// not received to its end. The coordinator is its thread once it waits for the
// rest, 0 as long as it has something to read.
func partialTransaction(ctx context.Context, c *control) (coordinator int64, partial bool, err error) {
	var processing string
	err = c.conn.QueryRowContext(ctx, `SELECT processing_transaction, COALESCE((SELECT MAX(id) FROM `+seat.Processlist+`
			WHERE user = 'system user' AND state LIKE '%has read all relay log%'), 0)
		FROM performance_schema.replication_applier_status_by_coordinator
		WHERE channel_name = '' AND service_state = 'ON' AND processing_transaction LIKE '%:%'`).Scan(&processing, &coordinator)
	if err == nil {
		// Only then: see questions of what a server is asked that has just been copied.
		err = c.conn.QueryRowContext(ctx, `SELECT NOT GTID_SUBSET(?, received_transaction_set)
			FROM performance_schema.replication_connection_status WHERE channel_name = ''`, processing).Scan(&partial)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return coordinator, partial, err
}
