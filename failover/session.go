package failover

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// lockName is the MySQL lock that whoever acts on an instance holds there.
const lockName = "shardway.controller"

// lockWaitSeconds is how long a new leader waits for the killed holder's lock.
const lockWaitSeconds = 3

// errLockLost means that a control session ended and with it the lock.
var errLockLost = errors.New("the control session no longer holds the controller's lock")

// control is the one session by which this controller acts on an instance. It
// holds the lock from its start to its end and never reconnects: a session that
// breaks is gone, and what was under way is decided anew (safety rule 29).
type control struct {
	conn *sql.Conn
}

// statement is one statement; the ? in its text stand for args, so that a
// password never gets into an error.
type statement struct {
	text string
	args []any
}

func sqlf(text string, args ...any) statement { return statement{text: text, args: args} }

// takeControl opens a session and takes the lock from whoever has it.
func takeControl(ctx context.Context, db *sql.DB) (*control, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &control{conn: conn}
	if err := c.lock(ctx); err != nil {
		c.close()
		return nil, fmt.Errorf("take the controller's lock: %w", err)
	}
	return c, nil
}

func (c *control) lock(ctx context.Context) error {
	var got, holder sql.NullInt64
	if err := c.conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 0), IS_USED_LOCK(?)", lockName, lockName).Scan(&got, &holder); err != nil {
		return err
	}
	if got.Int64 == 1 {
		return nil
	}
	if holder.Valid {
		// A former leader's session: it may be about to act on what it
		// believes. If it is gone already, so much the better.
		_, _ = c.conn.ExecContext(ctx, fmt.Sprintf("KILL %d", holder.Int64))
	}
	if err := c.conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", lockName, lockWaitSeconds).Scan(&got); err != nil {
		return err
	}
	if got.Int64 != 1 {
		return fmt.Errorf("session %d keeps it", holder.Int64)
	}
	return nil
}

// held makes sure that the lock is still this session's: a new leader's session
// may have killed this one.
func (c *control) held(ctx context.Context) error {
	var mine sql.NullBool
	err := c.conn.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()", lockName).Scan(&mine)
	if err != nil {
		return fmt.Errorf("%w: %w", errLockLost, err)
	}
	if !mine.Bool {
		return errLockLost
	}
	return nil
}

// exec runs statements one after the other and stops at the first error.
func (c *control) exec(ctx context.Context, statements ...statement) error {
	return execOn(ctx, c.conn, statements)
}

func execOn(ctx context.Context, conn *sql.Conn, statements []statement) error {
	for _, s := range statements {
		if _, err := conn.ExecContext(ctx, s.text, s.args...); err != nil {
			return fmt.Errorf("%s: %w", s.text, err)
		}
	}
	return nil
}

// close ends the session for good: in the pool it would keep the lock.
func (c *control) close() { discard(c.conn) }

// discard closes a session instead of giving it back to its pool.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}
