package control

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/shardway/shardway/mysql"
)

// endPause is how often EndSessions looks whether sessions are gone.
const endPause = time.Millisecond

// EndSessions kills an account's sessions on a server and returns when they are
// gone, or with ctx. Whoever wants none to come again locks the account first. One
// that is in the middle of a statement other than a SELECT gets that long to end
// it: killed, its client could not know whether it was done.
func EndSessions(ctx context.Context, conn *sql.Conn, user string, patience time.Duration) error {
	begin := time.Now()
	for {
		list, err := SessionsOf(ctx, conn, user)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, s := range list {
			if s.Writes && time.Since(begin) < patience {
				continue
			}
			if _, err := conn.ExecContext(ctx, fmt.Sprintf("KILL %d", s.ID)); err != nil && Errno(err) != mysql.ErNoSuchThread {
				return fmt.Errorf("end session %d of %s: %w", s.ID, user, err)
			}
		}
		select {
		case <-time.After(endPause):
		case <-ctx.Done():
			return fmt.Errorf("%d sessions of %s do not end though they were killed: %w", len(list), user, context.Cause(ctx))
		}
	}
}

// Session is one of an account's sessions on a server.
type Session struct {
	ID int64
	// Writes: it executes a statement other than a SELECT.
	Writes bool
}

// SessionsOf lists an account's sessions on a server.
func SessionsOf(ctx context.Context, conn *sql.Conn, user string) ([]Session, error) {
	rows, err := conn.QueryContext(ctx, `SELECT id, command IN ('Query', 'Execute') AND COALESCE(info, '') NOT LIKE 'SELECT%'
		FROM information_schema.processlist WHERE user = ?`, user)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Session
	for rows.Next() {
		var s Session
		if err := rows.Scan(&s.ID, &s.Writes); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
