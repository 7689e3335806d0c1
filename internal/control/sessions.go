package control

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/shardway/shardway/mysql"
)

// Processlist is the table of a server's sessions. Its namesake in information_schema
// cannot be read at all, by error 3854, while any session runs a statement with
// characters that utf8mb3 does not have, an emoji say, or with bytes that are no text.
// This one is empty where performance_schema is off: whoever rests on what is not in it
// looks for the own session, see ErrNotListed.
const Processlist = "performance_schema.processlist"

// ErrNotListed: a server does not list its sessions, not even one's own.
var ErrNotListed = errors.New("the server does not list its sessions: performance_schema is off")

// endPause is how often EndSessions looks whether sessions are gone.
const endPause = time.Millisecond

// Patience is how long sessions that are to end get for what they are in the middle
// of, since a client whose session is killed there cannot know whether it was done.
type Patience struct {
	// Write is for statements other than SELECT, Commit for those that commit: they
	// wait for a disk or an acknowledgement, not for anything that may take any time.
	Write, Commit time.Duration
}

// EndSessions kills an account's sessions on a server and returns when they are
// gone, or with ctx. Whoever wants none to come again locks the account first.
func EndSessions(ctx context.Context, conn *sql.Conn, user string, patience Patience) error {
	begin := time.Now()
	for {
		list, err := SessionsOf(ctx, conn, user)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, s := range list {
			if took := time.Since(begin); s.Writes && took < patience.Write || s.Commits && took < patience.Commit {
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
	// Writes: it executes a statement other than a SELECT. Commits: it is about to
	// have committed something.
	Writes, Commits bool
}

// SessionsOf lists an account's sessions on a server.
func SessionsOf(ctx context.Context, conn *sql.Conn, user string) ([]Session, error) {
	rows, err := conn.QueryContext(ctx, `SELECT id, id = CONNECTION_ID(), command IN ('Query', 'Execute') AND COALESCE(info, '') NOT LIKE 'SELECT%',
			command IN ('Query', 'Execute') AND (COALESCE(info, '') LIKE 'COMMIT%' OR COALESCE(info, '') LIKE 'XA %'
				OR COALESCE(state, '') IN ('waiting for handler commit', 'Waiting for commit lock', 'Waiting for semi-sync ACK from replica'))
		FROM `+Processlist+` WHERE user = ? OR id = CONNECTION_ID()`, user)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Session
	listed := false
	for rows.Next() {
		var s Session
		var own bool
		if err := rows.Scan(&s.ID, &own, &s.Writes, &s.Commits); err != nil {
			return nil, err
		}
		if listed = listed || own; !own {
			list = append(list, s)
		}
	}
	if err := rows.Err(); err != nil || listed {
		return list, err
	}
	return nil, ErrNotListed
}
