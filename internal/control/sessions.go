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
// gone, or with ctx. Whoever wants none to come again locks the account first.
func EndSessions(ctx context.Context, conn *sql.Conn, user string) error {
	for {
		ids, err := SessionsOf(ctx, conn, user)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if _, err := conn.ExecContext(ctx, fmt.Sprintf("KILL %d", id)); err != nil && Errno(err) != mysql.ErNoSuchThread {
				return fmt.Errorf("end session %d of %s: %w", id, user, err)
			}
		}
		select {
		case <-time.After(endPause):
		case <-ctx.Done():
			return fmt.Errorf("%d sessions of %s do not end though they were killed: %w", len(ids), user, context.Cause(ctx))
		}
	}
}

// SessionsOf lists an account's sessions on a server.
func SessionsOf(ctx context.Context, conn *sql.Conn, user string) ([]int64, error) {
	rows, err := conn.QueryContext(ctx, "SELECT id FROM information_schema.processlist WHERE user = ?", user)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
