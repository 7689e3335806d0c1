package exec

import (
	"context"
	"errors"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// beatMax is how old a primary's heartbeat may be while the topology may be out
// of date.
const beatMax = 5 * time.Second

var errUntrusted = errors.New("etcd is away, and the primary's heartbeat is older than 5 seconds: another may be the primary by now")

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
	if _, stale := s.env.Topology.StaleSince(); !stale {
		return true
	}
	primary, err := s.env.Pools.Primary(group)
	if err != nil {
		return true // the statement finds out
	}
	return now().Sub(primary.Progress().Beat) < beatMax
}
