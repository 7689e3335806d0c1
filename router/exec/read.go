package exec

import (
	"context"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/topology"
)

// Level says how fresh the rows of a read must be.
type Level uint8

// The read levels.
const (
	// LevelSession: the session sees its own writes and never goes back in time.
	LevelSession Level = iota
	// LevelPrimary reads from the primary.
	LevelPrimary
	// LevelBounded reads from a replica whose lag is below the limit.
	LevelBounded
	// LevelEventual reads from any replica.
	LevelEventual
)

// position is what a session has seen of a group (safety rule 12).
type position struct {
	// instance is the replica that the session reads from; empty if it has
	// not read from one, or has used the primary since.
	instance string
	// need is what a replica must have executed before the session reads there.
	need mysql.GTIDSet
	// checked: instance is known to have executed need.
	checked bool
	// primaryAt is when the session last saw rows on the primary that need
	// does not cover; zero if it covers all.
	primaryAt time.Time
}

// choice is where a read goes.
type choice struct {
	instance string
	primary  bool
	// wait is what the server must be asked to have executed first; zero if it is known to.
	wait mysql.GTIDSet
}

// chooseRead picks the server for a read outside a transaction.
func (s *Session) chooseRead(ctx context.Context, group *topology.Group, level Level) choice {
	p := s.reads[group.ID]
	if p == nil {
		p = &position{}
		s.reads[group.ID] = p
	}
	if level == LevelPrimary {
		return s.readPrimary(group, p)
	}
	pools := s.env.Pools
	if p.checked && p.primaryAt.IsZero() && pools.Healthy(p.instance) {
		return choice{instance: p.instance}
	}
	if level == LevelBounded || level == LevelEventual {
		return s.chooseStale(group, p, level)
	}
	if !s.settlePosition(ctx, group, p) {
		return s.readPrimary(group, p)
	}
	if p.instance != "" && pools.Healthy(p.instance) && pools.Has(p.instance, p.need) {
		p.checked = true
		return choice{instance: p.instance}
	}
	if id, ok := pools.Choose(group.ID, pool.Want{Need: p.need}); ok {
		p.instance, p.checked = id, true
		return choice{instance: id}
	}
	if id, ok := pools.Choose(group.ID, pool.Want{LagMax: s.env.Limits.LagMax}); ok {
		p.instance, p.checked = id, false
		return choice{instance: id, wait: p.need}
	}
	return s.readPrimary(group, p)
}

// readPrimary sends a read to the primary and notes that the session has seen
// what was there.
func (s *Session) readPrimary(group *topology.Group, p *position) choice {
	p.primaryAt, p.checked = now(), false
	return choice{instance: group.Primary, primary: true}
}

// chooseStale serves the levels that may miss the session's own writes.
func (s *Session) chooseStale(group *topology.Group, p *position, level Level) choice {
	want := pool.Want{}
	if level == LevelBounded {
		want.LagMax = s.env.Limits.LagMax
	}
	if id, ok := s.env.Pools.Choose(group.ID, want); ok {
		return choice{instance: id}
	}
	return s.readPrimary(group, p)
}

// settlePosition brings need up to all that the session has seen: before it
// changes server, the new one must have what the old one reports now, or, if
// that is dead, what the primary reports now. It reports false if nobody can say.
func (s *Session) settlePosition(ctx context.Context, group *topology.Group, p *position) bool {
	if p.instance != "" && p.checked && !s.env.Pools.Healthy(p.instance) && p.primaryAt.IsZero() {
		p.primaryAt = now()
	}
	if p.primaryAt.IsZero() {
		return true
	}
	if pr := s.env.Pools.Progress(group.Primary); pr != nil && pr.Healthy && pr.At.After(p.primaryAt) {
		p.need, p.primaryAt = p.need.Union(pr.GTIDs), time.Time{}
		return true
	}
	set, err := s.executed(ctx, group)
	if err != nil {
		return false
	}
	p.need, p.primaryAt = p.need.Union(set), time.Time{}
	return true
}

// executed asks a group's primary what it has executed now.
func (s *Session) executed(ctx context.Context, group *topology.Group) (mysql.GTIDSet, error) {
	l, err := s.lend(ctx, group.ID, group.Primary, true)
	if err != nil {
		return mysql.GTIDSet{}, err
	}
	res, err := s.query(l, "SELECT @@GLOBAL.gtid_executed")
	if err != nil {
		s.broke(l, err)
		return mysql.GTIDSet{}, err
	}
	s.giveBack(l)
	return mysql.ParseGTIDSet(res.Value(0, 0))
}

// saw notes what a statement on the primary showed the session: gtid is that
// of its own commit, which covers everything before it, or empty.
func (s *Session) saw(group, gtid string) {
	p := s.reads[group]
	if p == nil {
		p = &position{}
		s.reads[group] = p
	}
	p.checked = false
	if gtid == "" {
		p.primaryAt = now()
		return
	}
	set, err := mysql.ParseGTIDSet(gtid)
	if err != nil {
		p.primaryAt = now()
		return
	}
	p.need, p.primaryAt = p.need.Union(set), time.Time{}
}
