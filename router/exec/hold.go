package exec

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/topology"
)

// primary lends a connection to a group's primary. While that is being changed
// or cannot be reached, the statement is held: it waits, nothing of it has been
// sent there (safety rule 33).
func (s *Session) primary(ctx context.Context, group string) (*lease, error) {
	if r, refused := s.refused[group]; refused {
		delete(s.refused, group)
		return s.wait(ctx, group, r, errFenced)
	}
	l, refusal, err := s.tryPrimary(ctx, group)
	if refusal == nil {
		return l, err
	}
	return s.wait(ctx, group, *refusal, err)
}

// tryPrimary is one try. The refusal is set if the group may have a primary
// that serves a little later.
func (s *Session) tryPrimary(ctx context.Context, group string) (*lease, *pool.Refusal, error) {
	at := now()
	b, i, err := s.env.Pools.GetPrimary(ctx, group, pool.Want{Variant: s.variant, Schema: s.Keyspace, Settings: s.settings.text, Inside: s.inside()})
	switch {
	case errors.Is(err, pool.ErrHeld):
		return nil, &pool.Refusal{At: at}, err
	case err != nil && i == nil:
		return nil, nil, mysql.NewError(mysql.ErOptionPreventsStatement, "group %s has no primary that takes statements at the moment: %v; try again", group, err)
	case err != nil && pool.ServerGone(err) && ctx.Err() == nil:
		return nil, &pool.Refusal{Instance: i, At: at}, &unreachableError{instance: i, err: err}
	case err != nil:
		return nil, nil, &unreachableError{instance: i, err: err}
	}
	if err := s.routed(i); err != nil {
		b.Release()
		return nil, nil, err
	}
	l := &lease{b: b, group: group, primary: true}
	if err := s.ready(l); err != nil {
		b.Destroy()
		return nil, nil, &unreachableError{instance: i, err: err}
	}
	return l, nil, nil
}

// inside reports whether the open transaction has a part on a primary that is
// held: several are, when shards change over. It would wait for the others until its
// grace is over, and be cut, if it were not let in there to come to its end.
func (s *Session) inside() bool {
	if s.tx == nil {
		return false
	}
	for group := range s.tx.leases {
		if s.env.Pools.Holding(group) {
			return true
		}
	}
	return false
}

// errFenced: the primary has refused a statement before it did anything.
var errFenced = errors.New("the primary takes no statements")

// Why a held statement is not waited for any longer.
var (
	errHoldWindow  = errors.New("held for too long")
	errInterrupted = errors.New("interrupted")
	errQueryTime   = errors.New("max_execution_time is over")
)

// wait holds the statement until the group has a primary that takes it, within
// the bounds of HoldLimits. Those that wait for one group go on in the order in
// which they came.
func (s *Session) wait(ctx context.Context, group string, r pool.Refusal, cause error) (*lease, error) {
	if s.env.Limits.Hold.Window <= 0 {
		return nil, cause
	}
	t, ctx, end, err := s.queued(ctx, group)
	if err != nil {
		return nil, err
	}
	defer end()
	for {
		if !s.turn(ctx, t, func() bool { return s.env.Pools.Ready(group, r) }) {
			return nil, s.gaveUp(ctx, t, cause)
		}
		if s.first() && s.shardsMoved() {
			s.env.holds.leave(t, HoldReleased)
			return nil, ErrPlanAnew
		}
		l, again, err := s.tryPrimary(ctx, group)
		if again == nil {
			s.env.holds.leave(t, outcomeOf(err))
			return l, err
		}
		r, cause = *again, err
	}
}

// queued puts the running statement into a group's queue, for as long as the
// window, the client and the proxy allow.
func (s *Session) queued(ctx context.Context, group string) (t *ticket, _ context.Context, end func(), err error) {
	limits := &s.env.Limits.Hold
	if s.heldFrom.IsZero() {
		s.heldFrom = now()
	}
	t, err = s.env.holds.join(group, s.size, limits)
	if err != nil {
		return nil, nil, nil, err
	}
	window, over := limits.Window, errHoldWindow
	if d := s.queryTime(); d > 0 && d < window {
		window, over = d, errQueryTime
	}
	ctx, cancel := context.WithTimeoutCause(ctx, window-now().Sub(s.heldFrom), over)
	ctx, interrupt := context.WithCancelCause(ctx)
	s.wake.Store(&interrupt)
	if s.interrupted.Load() {
		interrupt(errInterrupted)
	}
	stop := context.AfterFunc(s.env.holds.life(), func() { interrupt(errDraining) })
	return t, ctx, func() {
		stop()
		s.wake.Store(nil)
		interrupt(nil)
		cancel()
		s.env.holds.leave(t, HoldFailed) // whatever has ended the wait: nobody stays in front of others
	}, nil
}

// queryTime is the session's max_execution_time if it bounds the statement: it
// does a plain SELECT; 0 is no bound.
func (s *Session) queryTime() time.Duration {
	v, set := s.settings.Value("max_execution_time")
	if !set || s.access != plan.AccessRead {
		return 0
	}
	millis, err := strconv.ParseInt(v, 10, 64)
	if err != nil || millis <= 0 {
		return 0
	}
	return time.Duration(millis) * time.Millisecond
}

// ErrPlanAnew: the statement was held before anything of it was sent, and
// meanwhile shards have moved or tables have been declared: the plan may be wrong.
var ErrPlanAnew = errors.New("the shard map has changed; the statement must be planned again")

// first reports whether the statement has got no connection yet. A definition
// has told others of itself before it needs one: it does not begin anew.
func (s *Session) first() bool { return s.replan && s.lent == 0 }

// shardsMoved reports whether what plans depend on has changed since the
// command began.
func (s *Session) shardsMoved() bool {
	current := s.env.Topology.Current()
	return current != s.began && !maps.EqualFunc(s.began.Keyspaces, current.Keyspaces, func(a, b *topology.Keyspace) bool {
		return a == b || reflect.DeepEqual(a, b)
	})
}

// turn waits until those that came before have gone on and the group's primary is
// worth a try. It reports false if ctx ended first.
func (s *Session) turn(ctx context.Context, t *ticket, ready func() bool) bool {
	select {
	case <-t.first:
	case <-ctx.Done():
		return false
	}
	return s.env.Pools.Await(ctx, ready)
}

// gaveUp makes the client's error of a held statement that will not be sent.
func (s *Session) gaveUp(ctx context.Context, t *ticket, cause error) error {
	why := context.Cause(ctx)
	held := now().Sub(t.since).Round(time.Millisecond)
	switch {
	case errors.Is(why, errInterrupted):
		s.env.holds.leave(t, HoldInterrupted)
		return mysql.NewError(mysql.ErQueryInterrupted, "Query execution was interrupted; it was held for %v for group %s, nothing of it was sent", held, t.group)
	case errors.Is(why, errDraining):
		s.env.holds.leave(t, HoldInterrupted)
		return mysql.NewError(mysql.ErServerShutdown, "Server shutdown in progress: this proxy stops; the statement was held for group %s, nothing of it was sent; connect again and repeat it", t.group)
	case errors.Is(why, errQueryTime):
		s.env.holds.leave(t, HoldExpired)
		return mysql.NewError(mysql.ErQueryTimeout, "Query execution was interrupted, maximum statement execution time exceeded; it was held for group %s, nothing of it was sent", t.group)
	case errors.Is(why, errHoldWindow):
		s.env.holds.leave(t, HoldExpired)
		return mysql.NewError(mysql.ErLockWaitTimeout, "Lock wait timeout exceeded; try restarting transaction: group %s has had no primary that takes this statement for %v (%v); nothing of it was sent; see 'shardway status', --hold-window of the proxy is how long it waits", t.group, held, cause)
	default:
		s.env.holds.leave(t, HoldInterrupted)
		return fmt.Errorf("held for group %s: %w", t.group, why)
	}
}

// PlansAnew is told that the running command is about to be planned again.
func (s *Session) PlansAnew() { s.began, s.lent = s.env.Topology.Current(), 0 }

// Starts is told of each command of the client before it is carried out, with
// its size in bytes: what it may be held for is counted from here.
func (s *Session) Starts(bytes int) {
	s.size, s.began, s.lent = int64(bytes), s.env.Topology.Current(), 0
	if !s.heldFrom.IsZero() {
		s.heldFrom = time.Time{}
	}
	if len(s.refused) > 0 {
		clear(s.refused)
	}
	s.interrupted.Store(false)
}

// plansAgain reports whether a plan can be thrown away for another before it has
// got a connection.
func plansAgain(p *plan.Plan) bool {
	switch p.Op.(type) {
	case *plan.Definition, *plan.KeyspaceChange, *plan.Load: // the client sends its file once
		return false
	default:
		return true
	}
}

// unsent takes back a statement that a fenced server refused before it did
// anything, on a connection that had been lent for it: another try begins where
// this one did. It reports false if the connection had more on it than that.
func (s *Session) unsent(l *lease, refused *mysql.Error) bool {
	if !l.primary || l.uses != 1 || l.pinned || !refused.Fenced() {
		return false
	}
	s.running.remove(l)
	if tx := s.tx; tx != nil && tx.leases[l.group] == l {
		delete(tx.leases, l.group)
		tx.order = tx.order[:len(tx.order)-1] // it was the last to be touched
		if len(tx.order) == 0 && !tx.explicit {
			s.tx = nil
		}
	}
	i := l.b.Instance()
	l.b.Destroy()
	if s.refused == nil {
		s.refused = map[string]pool.Refusal{}
	}
	s.refused[l.group] = pool.Refusal{Instance: i, At: now(), ReadOnly: refused.ReadOnly()}
	return true
}
