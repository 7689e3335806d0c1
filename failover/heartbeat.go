package failover

import (
	"context"
	"database/sql"
	"time"
)

// heartbeatInterval is how often the row is written.
const heartbeatInterval = time.Second

// heartbeat writes the heartbeat row of one group on its primary, every second,
// on a session of its own: the write waits for an acknowledgement, and a row
// that is young proves that the primary gets one. Only one write is ever under
// way; the next waits for it.
type heartbeat struct {
	// link is the one that is being written through; nil if none is.
	link   *link
	term   int64
	cancel context.CancelFunc
	done   chan struct{}
}

// follow starts, moves or stops the heartbeat so that it beats on the group's
// open primary.
func (h *heartbeat) follow(ctx context.Context, g *group, v View) {
	var on *link
	if p := v.instance(v.Group.Primary); p != nil && p.Up() && !p.Offline && !p.ReadOnly && p.Schema {
		on = g.links[p.ID]
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
	go beat(ctx, on.db, h.term, h.done)
}

func (h *heartbeat) stop() {
	if h.link == nil {
		return
	}
	h.cancel()
	<-h.done
	h.link = nil
}

func beat(ctx context.Context, db *sql.DB, term int64, done chan<- struct{}) {
	defer close(done)
	var conn *sql.Conn
	defer func() {
		if conn != nil {
			discard(conn)
		}
	}()
	tick := time.NewTicker(heartbeatInterval)
	defer tick.Stop()
	for {
		// A failure shows: the row grows old.
		if conn == nil {
			conn, _ = db.Conn(ctx)
		}
		if conn != nil {
			_, err := conn.ExecContext(ctx, `INSERT INTO _shardway.heartbeat (id, term, beat_at) VALUES (1, ?, UTC_TIMESTAMP(6))
				ON DUPLICATE KEY UPDATE term = VALUES(term), beat_at = VALUES(beat_at)`, term)
			if err != nil {
				discard(conn)
				conn = nil
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
