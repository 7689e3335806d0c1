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

const (
	// cutTimeout is how long cut sessions get to be gone, goneTimeout how long
	// once nothing holds them.
	cutTimeout  = 300 * time.Millisecond
	goneTimeout = 2 * time.Second
	// commitTimeout is how long commits get to end in a switchover. It is short,
	// as transactions that are open wait for it, and it perhaps for them.
	commitTimeout = 150 * time.Millisecond
	cutPause      = 5 * time.Millisecond
)

// demote closes a primary in the order in which nobody is told that a write is
// safe that is not, and after which nothing is committed there any more: logins
// are refused and all sessions cut, those that decide prepared branches too,
// which no read-only mode holds off (safety rule 6); only then may what waits
// for an acknowledgement go on, unseen; then writes are refused. Each step may
// be taken again.
func demote(ctx context.Context, c *control) error {
	if err := c.exec(ctx, sqlf("SET GLOBAL offline_mode = ON"), sqlf("SET SESSION lock_wait_timeout = 1")); err != nil {
		return err
	}
	if err := cutOff(ctx, c, cutTimeout); err != nil {
		return err
	}
	if err := c.exec(ctx, sqlf("SET GLOBAL super_read_only = ON")); err != nil {
		return err
	}
	// Whoever came in with an administrator's account meanwhile.
	return cutOff(ctx, c, goneTimeout)
}

// letCommitsEnd has a primary, which still gets acknowledgements, take no more
// writes before it is closed: commits that are under way end first, so that
// their clients need not be told that the outcome is unknown. It gives up when
// that takes long.
func letCommitsEnd(ctx context.Context, db *sql.DB, c *control) error {
	var session int64
	if err := c.conn.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&session); err != nil {
		return err
	}
	killed := make(chan struct{})
	late := time.AfterFunc(commitTimeout, func() {
		defer close(killed)
		// If that does not succeed, lock_wait_timeout ends the statement.
		_, _ = db.ExecContext(ctx, fmt.Sprintf("KILL QUERY %d", session))
	})
	err := c.exec(ctx, sqlf("SET SESSION lock_wait_timeout = 1"), sqlf("SET GLOBAL super_read_only = ON"))
	if !late.Stop() {
		<-killed
		_ = c.exec(ctx, sqlf("DO 0")) // it may hit what comes next
	}
	if errno(err) == mysql.ErLockWaitTimeout || errno(err) == mysql.ErQueryInterrupted {
		return nil
	}
	return err
}

// cutOff cuts all sessions. Commits that then still wait for an acknowledgement
// are let go: their clients hear nothing of it, and the server will be compared
// before it is used. Otherwise the switch is left alone: switching it off takes
// the server a second.
func cutOff(ctx context.Context, c *control, wait time.Duration) error {
	waiting, err := cutSessions(ctx, c, wait)
	if err != nil || waiting == 0 {
		return err
	}
	if err := c.exec(ctx, sqlf("SET GLOBAL rpl_semi_sync_source_enabled = OFF")); err != nil {
		return err
	}
	waiting, err = cutSessions(ctx, c, goneTimeout)
	if err == nil && waiting > 0 {
		err = fmt.Errorf("%d sessions do not end though they were killed", waiting)
	}
	return err
}

// cutSessions kills all sessions but this one and those of replicas, and waits a
// while until they are gone. It returns how many are killed and not gone.
func cutSessions(ctx context.Context, c *control, wait time.Duration) (waiting int, err error) {
	end := time.Now().Add(wait)
	killed := make(map[int64]bool)
	for {
		there, err := sessions(ctx, c)
		if err != nil {
			return 0, err
		}
		alive := 0
		for _, id := range there {
			if killed[id] {
				continue
			}
			alive++
			if _, err := c.conn.ExecContext(ctx, fmt.Sprintf("KILL %d", id)); err != nil && errno(err) != mysql.ErNoSuchThread {
				return 0, fmt.Errorf("cut session %d: %w", id, err)
			}
			killed[id] = true
		}
		switch {
		case len(there) == 0:
			return 0, nil
		case time.Now().After(end) && alive == 0:
			return len(there), nil
		}
		select {
		case <-time.After(cutPause):
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// sessions lists who is connected besides this session, replicas and the
// server's own threads.
func sessions(ctx context.Context, c *control) (others []int64, err error) {
	rows, err := c.conn.QueryContext(ctx, `SELECT id, id = CONNECTION_ID() FROM `+seat.Processlist+`
		WHERE COALESCE(user, '') NOT IN ('system user', 'event_scheduler') AND command NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	listed := false
	for rows.Next() {
		var id int64
		var own bool
		if err := rows.Scan(&id, &own); err != nil {
			return nil, err
		}
		if listed = listed || own; !own {
			others = append(others, id)
		}
	}
	if err := rows.Err(); err != nil || listed {
		return others, err
	}
	return nil, seat.ErrNotListed
}

// rotateTimeout bounds the change to a new file of the binary log.
const rotateTimeout = time.Second

// rotate has a server begin a new file of its binary log. To find where a replica goes on,
// a source reads, from its beginning, the first file that has anything which the replica
// lacks: clients would wait until the new primary has read all of a file of up to
// max_binlog_size, which is 1 GB: 1.2 s of small transactions on an idle machine, several
// on a busy one. It spares time, so it may fail.
//
// Source: https://dev.mysql.com/doc/refman/9.7/en/replication-gtids-auto-positioning.html
func rotate(ctx context.Context, c *control) {
	ctx, cancel := context.WithTimeout(ctx, rotateTimeout)
	defer cancel()
	_ = c.exec(ctx, sqlf("FLUSH LOCAL BINARY LOGS"))
}

// detach has a replica that has applied everything be nobody's replica, closed
// to clients until it is opened. What it has received and not applied would be
// thrown away by that, so it is asked once more, when nothing more can come.
func detach(ctx context.Context, c *control, needed string) error {
	// Not again if it is closed: MySQL ends sessions each time, above all of who is just logging
	// in, and that may be a replica that is being pointed at it, which tries again after a second.
	var closed bool
	if err := c.conn.QueryRowContext(ctx, "SELECT @@GLOBAL.offline_mode").Scan(&closed); err != nil {
		return err
	}
	if !closed {
		if err := c.exec(ctx, sqlf("SET GLOBAL offline_mode = ON")); err != nil {
			return err
		}
	}
	if err := stopReplica(ctx, c); err != nil {
		return err
	}
	drained, err := isDrained(ctx, c)
	if err != nil {
		return err
	}
	var has bool
	if err := c.conn.QueryRowContext(ctx, "SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed)", needed).Scan(&has); err != nil {
		return err
	}
	if !drained || !has {
		return errors.New("it has not applied everything, so it is not detached")
	}
	return c.exec(ctx, sqlf("RESET REPLICA ALL"), sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = OFF"))
}

// isDrained reports whether all that a replica has received is applied.
func isDrained(ctx context.Context, c *control) (drained bool, err error) {
	err = c.conn.QueryRowContext(ctx, `SELECT GTID_SUBSET(COALESCE(MAX(received_transaction_set), ''), @@GLOBAL.gtid_executed)
		FROM performance_schema.replication_connection_status WHERE channel_name = ''`).Scan(&drained)
	return drained, err
}
