package control

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/shardway/shardway/topology"
)

// The MySQL locks that seats' sessions hold, one for each kind of work. None is
// the one under which instances are opened and fenced: a session that waits for
// an acknowledgement keeps its lock until then, and must not keep those from
// acting (safety rule 29).
const (
	ResolverLock = "shardway.resolver"
	ReshardLock  = "shardway.reshard"
)

// lockWaitSeconds is how long a new leader waits for the killed holder's lock.
const lockWaitSeconds = 1

// Seat is the one session by which the leader decides transactions on a group's
// primary. The session holds a lock there from its start to its end and never
// reconnects; one at a time uses it.
type Seat struct {
	group      string
	lock       string
	servers    *Servers
	source     *topology.Source
	stillLeads func(context.Context) error
	// turn has room for the one who uses the seat.
	turn chan struct{}
	// session and what it was opened for; conn is nil if there is none.
	conn    *sql.Conn
	primary topology.Instance
	term    int64
}

// NewSeat returns a group's seat for the work of one lock; it has no session yet.
func NewSeat(group, lock string, servers *Servers, source *topology.Source, stillLeads func(context.Context) error) *Seat {
	return &Seat{group: group, lock: lock, servers: servers, source: source, stillLeads: stillLeads, turn: make(chan struct{}, 1)}
}

// Look calls f with the session, for questions. The primary is the published
// one and open, so that what is visible there was acknowledged.
func (s *Seat) Look(ctx context.Context, f func(context.Context, *sql.Conn) error) error {
	return s.use(ctx, func(context.Context) error { return nil }, f)
}

// Act calls f with the session, for changes: etcd was asked after the lock was
// taken whether this controller leads (safety rule 29).
func (s *Seat) Act(ctx context.Context, f func(context.Context, *sql.Conn) error) error {
	return s.use(ctx, s.stillLeads, f)
}

func (s *Seat) use(ctx context.Context, may func(context.Context) error, f func(context.Context, *sql.Conn) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return fmt.Errorf("group %s: its session is busy: %w", s.group, context.Cause(ctx))
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	err := may(ctx)
	if err == nil {
		err = f(ctx, s.conn)
	}
	if err != nil && Errno(err) == 0 {
		// It may be in the middle of an answer.
		s.drop()
	}
	return err
}

// open sees to it that there is a session on the group's primary that holds the
// lock, and that clients are let in there.
func (s *Seat) open(ctx context.Context) error {
	snap := s.source.Current()
	primary, err := PrimaryOf(snap, s.group)
	if err != nil {
		return err
	}
	term := snap.Groups[s.group].Term
	if s.conn != nil && (s.primary != *primary || s.term != term) {
		s.drop()
	}
	if s.conn == nil {
		conn, err := s.servers.Conn(ctx, primary)
		if err != nil {
			return err
		}
		s.conn, s.primary, s.term = conn, *primary, term
		if err := take(ctx, conn, s.lock); err != nil {
			s.drop()
			return fmt.Errorf("%s: take the lock %s: %w", primary.ID, s.lock, err)
		}
	}
	if err := s.check(ctx); err != nil {
		s.drop()
		return err
	}
	return nil
}

// check makes sure that the lock is still this session's, a new leader may have
// killed it, and that the server is open.
func (s *Seat) check(ctx context.Context) error {
	var mine sql.NullBool
	var offline, readOnly bool
	err := s.conn.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?) = CONNECTION_ID(), @@GLOBAL.offline_mode, @@GLOBAL.super_read_only", s.lock).
		Scan(&mine, &offline, &readOnly)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", s.primary.ID, err)
	case !mine.Bool:
		return fmt.Errorf("%s: the session no longer holds the lock %s", s.primary.ID, s.lock)
	case offline || readOnly:
		return fmt.Errorf("%s, the primary of group %s, is closed", s.primary.ID, s.group)
	}
	return nil
}

// take takes the lock from whoever has it, and prepares the session: no wait of
// it is long.
func take(ctx context.Context, conn *sql.Conn, lock string) error {
	var got, holder sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 0), IS_USED_LOCK(?)", lock, lock).Scan(&got, &holder); err != nil {
		return err
	}
	if got.Int64 != 1 {
		if holder.Valid {
			// A former leader's session. If it is gone already, so much the better.
			_, _ = conn.ExecContext(ctx, fmt.Sprintf("KILL %d", holder.Int64))
		}
		if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", lock, lockWaitSeconds).Scan(&got); err != nil {
			return err
		}
	}
	if got.Int64 != 1 {
		return fmt.Errorf("session %d keeps it; it waits for a replica's acknowledgement, perhaps", holder.Int64)
	}
	_, err := conn.ExecContext(ctx, "SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 2, transaction_isolation = 'READ-COMMITTED', autocommit = 1")
	return err
}

// Close ends the session.
func (s *Seat) Close() {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.drop()
}

func (s *Seat) drop() {
	if s.conn != nil {
		Discard(s.conn)
		s.conn = nil
	}
}

// Discard closes a session instead of giving it back to its pool.
func Discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}

// Cause says why a bounded question failed: "no answer in time" rather than the
// context's words.
func Cause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time (" + err.Error() + ")"
	}
	return err.Error()
}
