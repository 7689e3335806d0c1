package exec

import (
	"context"
	"errors"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// A primary that hangs is replaced when its replicas have heard nothing of it for 3 s,
// and may go on afterwards. So it is believed to be the primary if the topology was
// that of etcd less than confirmedMax ago, or its heartbeat was acknowledged less than
// beatMax ago: less than 3 s both. A read that is sent then may be answered later, by a
// primary that has hung meanwhile, but what it finds was true when it was sent.
const (
	confirmedMax = 2 * time.Second
	beatMax      = 2500 * time.Millisecond
)

var errUntrusted = errors.New("etcd does not answer, and the primary's heartbeat is older than 2.5 seconds: another may be the primary by now")

// trusted holds a read at level primary while nobody can say that the server is
// the primary still (safety rule 17): the topology may be out of date, and the
// heartbeat row, each change of which needs an acknowledgement, has not changed
// for too long. A transaction that has the group already goes on.
func (s *Session) trusted(ctx context.Context, group string, access plan.Access, level Level) error {
	if access != plan.AccessRead || level != LevelPrimary && level != LevelSnapshot {
		return nil
	}
	if s.tx != nil && s.tx.leases[group] != nil || s.beats(group) {
		return nil
	}
	if s.env.Limits.Hold.Window <= 0 {
		return mysql.NewError(mysql.ErOptionPreventsStatement, "group %s: %v; read at another level", group, errUntrusted)
	}
	t, ctx, end, err := s.queued(ctx, group)
	if err != nil {
		return err
	}
	defer end()
	if !s.turn(ctx, t, func() bool { return s.beats(group) }) {
		return s.gaveUp(ctx, t, errUntrusted)
	}
	s.env.holds.leave(t, HoldReleased)
	return nil
}

// beats reports whether the group's primary is known to be that.
func (s *Session) beats(group string) bool {
	now := now()
	if s.env.Topology.Confirmed(now, confirmedMax) {
		return true
	}
	primary, err := s.env.Pools.Primary(group)
	if err != nil {
		return true // the statement finds out
	}
	return now.Sub(primary.Progress().Beat) < beatMax
}
