package failover

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shardway/shardway/mysql"
)

// A receiver that loses its source in the middle of a transaction leaves its
// first half in the relay log, and gets the whole anew. The applier rolls the
// half back with ROLLBACK, which MySQL refuses if it is a branch of a
// distributed transaction (error 1399; bugs.mysql.com/94803): the applier stops,
// and does so again whenever it is started. Nothing that is whole may be thrown
// away, as the replica has acknowledged it; so the applier is put behind the
// half. That needs positions in place of GTIDs. The receiver stays off until all
// that was received is applied; then the replica is pointed at its source anew.

// errNotHalf means that the applier has not stopped at half a branch.
var errNotHalf = errors.New("what its applier stopped at is not half a branch")

// beforeHalf bounds applying what comes before the half.
const beforeHalf = 2 * time.Second

// relayPosition is a place in a relay log.
type relayPosition struct {
	file string
	at   int64
}

// skipHalf puts a replica's applier behind half a branch at which it has
// stopped, and starts it.
func skipHalf(ctx context.Context, c *control) error {
	gtid, err := stoppedAt(ctx, c)
	if err != nil {
		return err
	}
	if err := c.exec(ctx, sqlf("STOP REPLICA IO_THREAD")); err != nil {
		return err
	}
	if err := applyBefore(ctx, c, gtid); err != nil {
		return err
	}
	row, err := rowByName(ctx, c.conn, "SHOW REPLICA STATUS")
	if err != nil {
		return err
	}
	start := relayPosition{file: row["Relay_Log_File"]}
	if start.at, err = strconv.ParseInt(row["Relay_Log_Pos"], 10, 64); err != nil {
		return fmt.Errorf("SHOW REPLICA STATUS: Relay_Log_Pos: %w", err)
	}
	behind, err := behindHalf(ctx, c, start, gtid)
	if err != nil {
		return err
	}
	return c.exec(ctx,
		sqlf("CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 0, RELAY_LOG_FILE = ?, RELAY_LOG_POS = "+strconv.FormatInt(behind.at, 10), behind.file),
		sqlf("START REPLICA SQL_THREAD"))
}

// stoppedAt is the transaction at which the applier has stopped.
func stoppedAt(ctx context.Context, c *control) (gtid string, err error) {
	err = c.conn.QueryRowContext(ctx, `SELECT applying_transaction FROM performance_schema.replication_applier_status_by_worker
		WHERE channel_name = '' AND last_error_number = ? AND applying_transaction LIKE '%:%' LIMIT 1`, mysql.ErXAerRmfail).Scan(&gtid)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errNotHalf
	}
	return gtid, err
}

// applyBefore has the applier apply all that comes before a transaction, so that
// it stands there.
func applyBefore(ctx context.Context, c *control, gtid string) error {
	if err := c.exec(ctx, sqlf("START REPLICA SQL_THREAD UNTIL SQL_BEFORE_GTIDS = '"+gtid+"'")); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, beforeHalf)
	defer cancel()
	for {
		row, err := rowByName(ctx, c.conn, "SHOW REPLICA STATUS")
		switch {
		case err != nil:
			return fmt.Errorf("apply what comes before %s: %w", gtid, err)
		case row["Replica_SQL_Running"] == "No" && row["Last_SQL_Errno"] == "0":
			return nil
		case row["Replica_SQL_Running"] == "No":
			return fmt.Errorf("apply what comes before %s: %s", gtid, row["Last_SQL_Error"])
		}
		select {
		case <-time.After(partialPause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// behindHalf finds where a relay log goes on behind the first half of a branch:
// at the header that the source sends when it is connected to anew, in the same
// file or the next one.
func behindHalf(ctx context.Context, c *control, start relayPosition, gtid string) (relayPosition, error) {
	rows, err := c.conn.QueryContext(ctx, fmt.Sprintf("SHOW RELAYLOG EVENTS IN '%s' FROM %d", start.file, start.at))
	if err != nil {
		return start, err
	}
	defer rows.Close()
	inside := false
	for rows.Next() {
		var file, kind, info string
		var at, server, end int64
		if err := rows.Scan(&file, &at, &kind, &server, &end, &info); err != nil {
			return start, err
		}
		switch {
		case !inside && kind == "Gtid" && !strings.Contains(info, gtid):
			return start, fmt.Errorf("%w: %s at %s:%d comes before it", errNotHalf, info, file, at)
		case !inside:
			inside = kind == "Gtid"
		case kind == "Format_desc":
			return relayPosition{file: file, at: at}, nil
		case kind == "XA_prepare" || kind == "Xid" || kind == "Gtid":
			return start, fmt.Errorf("%w: it is whole at %s:%d", errNotHalf, file, at)
		}
	}
	if err := rows.Err(); err != nil {
		return start, err
	}
	if !inside {
		return start, fmt.Errorf("%w: there is no %s in %s", errNotHalf, gtid, start.file)
	}
	next, err := nextFile(start.file)
	return relayPosition{file: next, at: 4}, err // 4 is where the first event of each file is
}

// nextFile is the name of the relay log that follows one: they are numbered.
func nextFile(name string) (string, error) {
	dot := strings.LastIndexByte(name, '.')
	n, err := strconv.ParseUint(name[dot+1:], 10, 64)
	if err != nil {
		return "", fmt.Errorf("relay log %s has no number: %w", name, err)
	}
	return fmt.Sprintf("%s.%06d", name[:max(dot, 0)], n+1), nil
}

// clearRelayLog has a stopped replica forget its relay log, all of which is
// applied, if there is one. Pointing it elsewhere would do that as well, but is
// refused where its applier was killed in the middle of a branch.
func clearRelayLog(ctx context.Context, c *control) error {
	row, err := rowByName(ctx, c.conn, "SHOW REPLICA STATUS")
	if err != nil || row == nil {
		return err
	}
	drained, err := isDrained(ctx, c)
	if err != nil {
		return err
	}
	if !drained {
		return errors.New("it has not applied everything, so it is not pointed at another source")
	}
	return c.exec(ctx, sqlf("RESET REPLICA FOR CHANNEL ''"))
}
