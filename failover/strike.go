package failover

import (
	"context"
	"errors"
	"time"

	seat "github.com/shardway/shardway/internal/control" // control is this package's own session
)

// goneSessionTimeout bounds waiting for a killed session of a replica's to end.
const goneSessionTimeout = 2 * time.Second

// barred is since when a replica was seen to acknowledge nothing to the primary
// of a term, and what the primary had executed when a write that began later
// had been acknowledged.
type barred struct {
	term    int64
	primary string
	since   time.Time
	needed  string
}

// proveStrikes fills in what must be elsewhere before an acker is struck off.
// beaten is when the last acknowledged heartbeat began, as known before the
// instances were asked.
func (g *group) proveStrikes(v *View, beaten time.Time) {
	primary := v.instance(v.Group.Primary)
	for n := range v.Instances {
		r := &v.Instances[n]
		if primary == nil || !primary.Up() || r == primary || !primary.bars(r) {
			delete(g.barred, r.ID)
			continue
		}
		b, known := g.barred[r.ID]
		if !known || b.term != v.Group.Term || b.primary != primary.ID {
			b = barred{term: v.Group.Term, primary: primary.ID, since: time.Now()}
		}
		if b.needed == "" && beaten.After(b.since) {
			b.needed = primary.Executed
		}
		g.barred[r.ID], r.Needed = b, b.needed
	}
}

// shutOut keeps an account from logging in and ends its sessions. That is for
// this server alone and is not replicated: it is about who acknowledges to it.
func shutOut(ctx context.Context, c *control, user string, readOnly bool) error {
	if err := unlogged(ctx, c, readOnly, sqlf("ALTER USER ?@'%' ACCOUNT LOCK", user)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, goneSessionTimeout)
	defer cancel()
	return seat.EndSessions(ctx, c.conn, user, seat.Patience{})
}

func letIn(ctx context.Context, c *control, user string, readOnly bool) error {
	return unlogged(ctx, c, readOnly, sqlf("ALTER USER ?@'%' ACCOUNT UNLOCK", user))
}

// unlogged runs statements that no replica is to repeat. A server that takes no
// writes does for a moment; it is closed to everybody else.
func unlogged(ctx context.Context, c *control, readOnly bool, statements ...statement) (err error) {
	before := []statement{sqlf("SET SESSION lock_wait_timeout = 1"), sqlf("SET SESSION sql_log_bin = OFF")}
	after := []statement{sqlf("SET SESSION sql_log_bin = ON")}
	if readOnly {
		before = append(before, sqlf("SET GLOBAL super_read_only = OFF"))
		after = append([]statement{sqlf("SET GLOBAL super_read_only = ON")}, after...)
	}
	defer func() { err = errors.Join(err, c.exec(context.WithoutCancel(ctx), after...)) }()
	return c.exec(ctx, append(before, statements...)...)
}
