package failover

import (
	"context"
	"database/sql"
	"sync"
	"time"

	seat "github.com/shardway/shardway/internal/control" // control is this package's own session
)

// heartbeatInterval is how often the row is written.
const heartbeatInterval = time.Second

// heartbeatLate is when a write that has not ended is worth a question.
const heartbeatLate = time.Second

// heartbeat writes the heartbeat row of one group on its primary, every second,
// on a session of its own: the write waits for an acknowledgement, and a row
// that is young proves that the primary gets one. Only one write is ever under
// way; the next waits for it.
type heartbeat struct {
	// kick is told when a write has failed: the primary may be gone.
	kick chan struct{}
	// link is the one that is being written through; nil if none is.
	link   *link
	term   int64
	cancel context.CancelFunc
	done   chan struct{}

	mu sync.Mutex
	// session is the connection's id on the server, since when it writes what
	// has not ended; zero if nothing is being written.
	session int64
	since   time.Time
	// began is when the last write that was acknowledged began.
	began time.Time
	// first is when the first write on this link was acknowledged.
	first time.Time
}

// firstWrite returns when the first write as of a term was acknowledged; zero if
// none was.
func (h *heartbeat) firstWrite(term int64) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.link == nil || h.term != term {
		return time.Time{}
	}
	return h.first
}

// acknowledged returns when the last write that was acknowledged began.
func (h *heartbeat) acknowledged() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.began
}

// follow starts, moves or stops the heartbeat so that it beats on the group's
// open primary.
func (h *heartbeat) follow(ctx context.Context, g *group, v View) {
	var on *link
	if p := v.instance(v.Group.Primary); p != nil && p.Up() && !p.Offline && !p.ReadOnly && p.Schema && !v.Group.Holding() {
		on = g.links[p.ID]
	}
	if p := v.instance(v.Group.Primary); on == nil && p != nil && !p.Up() && h.link != nil && h.link == g.links[p.ID] && !v.Group.Holding() {
		return // its own session tells when the primary answers again
	}
	if on == h.link && v.Group.Term == h.term {
		return
	}
	h.stop()
	if on == nil {
		return
	}
	ctx, h.cancel = context.WithCancel(ctx)
	h.link, h.term, h.done = on, v.Group.Term, make(chan struct{})
	go h.beat(ctx, on.db, h.term)
}

func (h *heartbeat) stop() {
	if h.link == nil {
		return
	}
	h.cancel()
	<-h.done
	h.link, h.began, h.first = nil, time.Time{}, time.Time{}
}

// waiting returns since when the present write has been waiting, and what its
// session is doing; the zero time if no write is late. The server gets some time
// to say so.
func (h *heartbeat) waiting(ctx context.Context, patience time.Duration) (since time.Time, state string) {
	h.mu.Lock()
	session, since := h.session, h.since
	h.mu.Unlock()
	if h.link == nil || since.IsZero() || time.Since(since) < heartbeatLate {
		return time.Time{}, ""
	}
	if session == 0 {
		return since, ""
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// Commits that are behind one that waits for an acknowledgement do not say
	// so, but one of them always does. Whoever does not answer has no state.
	err := h.link.db.QueryRowContext(ctx, `SELECT COALESCE(state, '') FROM `+seat.Processlist+`
		WHERE id = ? OR state LIKE 'Waiting for semi-sync ACK%' ORDER BY state LIKE 'Waiting for semi-sync ACK%' DESC LIMIT 1`, session).Scan(&state)
	if isFull(err) {
		state = stateFull
	}
	return since, state
}

func (h *heartbeat) mark(session int64, since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session, h.since = session, since
}

func (h *heartbeat) beat(ctx context.Context, db *sql.DB, term int64) {
	defer close(h.done)
	defer h.mark(0, time.Time{})
	var conn *sql.Conn
	var session int64
	defer func() {
		if conn != nil {
			discard(conn)
		}
	}()
	tick := time.NewTicker(heartbeatInterval)
	defer tick.Stop()
	since := time.Time{}
	for {
		if since.IsZero() {
			since = time.Now()
		}
		h.mark(session, since)
		begins := time.Now()
		if err := h.write(ctx, db, &conn, &session, term); err == nil {
			since = time.Time{}
			h.mark(session, since)
			h.mu.Lock()
			h.began = begins
			if h.first.IsZero() {
				h.first = time.Now()
			}
			h.mu.Unlock()
		} else if conn != nil {
			discard(conn)
			conn, session = nil, 0
			select {
			case h.kick <- struct{}{}:
			default:
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// write writes the row once, on a new session if there is none.
func (h *heartbeat) write(ctx context.Context, db *sql.DB, conn **sql.Conn, session *int64, term int64) error {
	if *conn == nil {
		c, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		*conn = c
		if err := c.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(session); err != nil {
			return err
		}
		h.mu.Lock()
		h.session = *session
		h.mu.Unlock()
	}
	_, err := (*conn).ExecContext(ctx, `INSERT INTO _shardway.heartbeat (id, term, beat_at) VALUES (1, ?, UTC_TIMESTAMP(6))
		ON DUPLICATE KEY UPDATE term = VALUES(term), beat_at = VALUES(beat_at)`, term)
	return err
}
