package exec

import (
	"context"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
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
	// LevelSnapshot reads from the primary; of each transaction over several
	// groups a statement sees all or nothing.
	LevelSnapshot
)

// position is what a session has seen of a group (safety rule 12).
type position struct {
	// instance is the replica that the session reads from, nil if there is none.
	instance *pool.Instance
	// need is what a replica must have executed before the session reads there.
	need mysql.GTIDSet
	// checked: instance is known to have executed need.
	checked bool
	// seen: the session has read from instance what need may not cover.
	seen bool
	// primaryAt is when the session last saw rows on the primary, or on a
	// replica that is gone, that need does not cover; zero if it covers all.
	primaryAt time.Time
	// late is the replica that the session last waited for in vain: another is
	// tried first, until late has caught up.
	late *pool.Instance
}

// leave ends the session's stay on a replica. What it saw there must not be
// taken back by the next one.
func (p *position) leave() {
	if p.seen && p.primaryAt.IsZero() {
		p.primaryAt = now()
	}
	if p.instance != nil {
		p.instance.Unsettle()
		p.instance, p.checked, p.seen = nil, false, false
	}
}

// keeps reports whether the session can go on where it has read.
func (p *position) keeps(rules topology.Balancing) bool {
	if p.instance == nil {
		return false
	}
	ok, ready := p.instance.CanServe(pool.Read{Need: p.need, Rules: rules})
	return ok && ready
}

// settle makes a replica the session's own.
func (p *position) settle(i *pool.Instance) {
	if p.instance != i {
		p.leave()
		p.instance = i
		i.Settle()
	}
}

// choice is where a read goes.
type choice struct {
	instance *pool.Instance // nil stands for the primary
	// wait is what the server must be asked to have executed first; zero if it is known to.
	wait mysql.GTIDSet
}

// chooseRead picks the server for a read outside a transaction.
func (s *Session) chooseRead(ctx context.Context, group string, level Level) choice {
	p := s.position(group)
	switch level {
	case LevelPrimary, LevelSnapshot:
		return s.readPrimary(p)
	case LevelBounded:
		return s.chooseStale(group, p, pool.Read{MaxLag: s.env.Limits.LagMax, Rules: s.rules()})
	case LevelEventual:
		return s.chooseStale(group, p, pool.Read{Rules: s.rules()})
	case LevelSession:
	}
	if p.checked && p.primaryAt.IsZero() {
		if ok, _ := p.instance.CanServe(pool.Read{Rules: s.rules()}); ok {
			p.seen = true
			return choice{instance: p.instance}
		}
	}
	if _, err := s.env.Pools.Choose(group, pool.Read{Rules: s.rules()}); err != nil {
		return s.readPrimary(p) // no replica serves: nobody needs to know how far one must be
	}
	if !s.settlePosition(ctx, group, p) {
		return s.readPrimary(p)
	}
	read := pool.Read{Need: p.need, Rules: s.rules()}
	if p.instance != nil {
		if ok, ready := p.instance.CanServe(read); ok && ready {
			p.checked, p.seen = true, true
			return choice{instance: p.instance}
		}
	}
	if p.late != nil {
		if ok, ready := p.late.CanServe(read); ok && ready {
			p.late = nil
		}
	}
	read.Exclude = p.late
	c, err := s.env.Pools.Choose(group, read)
	if err != nil {
		return s.readPrimary(p)
	}
	p.settle(c.Instance)
	if p.checked = c.Ready; c.Ready {
		p.seen = true
		return choice{instance: c.Instance}
	}
	return choice{instance: c.Instance, wait: p.need}
}

// rules are how the session's reads are shared among replicas: as its keyspace says.
func (s *Session) rules() topology.Balancing {
	if k := s.env.Topology.Current().Keyspaces[s.Keyspace]; k != nil {
		return k.Balancing
	}
	return topology.Balancing{}
}

func (s *Session) position(group string) *position {
	p := s.reads[group]
	if p == nil {
		p = &position{}
		s.reads[group] = p
	}
	return p
}

// readPrimary sends a read to the primary and notes that the session has seen
// what was there.
func (s *Session) readPrimary(p *position) choice {
	p.primaryAt, p.checked = now(), false
	return choice{}
}

// chooseStale serves the levels that may miss the session's own writes.
func (s *Session) chooseStale(group string, p *position, read pool.Read) choice {
	if p.instance != nil {
		if ok, _ := p.instance.CanServe(read); ok {
			p.seen = true
			return choice{instance: p.instance}
		}
	}
	c, err := s.env.Pools.Choose(group, read)
	if err != nil {
		return s.readPrimary(p)
	}
	p.settle(c.Instance)
	p.checked, p.seen = false, true
	return choice{instance: c.Instance}
}

// settlePosition brings need up to all that the session has seen: before it
// changes server, the new one must have what the old one reports now, or, if
// that is dead, what the primary reports now. It reports false if nobody can say.
func (s *Session) settlePosition(ctx context.Context, group string, p *position) bool {
	if p.seen && p.primaryAt.IsZero() && !p.keeps(s.rules()) {
		p.primaryAt = now() // its replica is gone, and with it what the session has seen there
	}
	if p.primaryAt.IsZero() {
		return true
	}
	primary, err := s.env.Pools.Primary(group)
	if err != nil {
		return false
	}
	if pr := primary.Progress(); pr != nil && pr.Healthy && pr.At.After(p.primaryAt) {
		p.need, p.primaryAt, p.seen = p.need.Union(pr.GTIDs), time.Time{}, false
		return true
	}
	set, err := s.executed(ctx, group)
	if err != nil {
		return false
	}
	p.need, p.primaryAt, p.seen = p.need.Union(set), time.Time{}, false
	return true
}

// executed asks a group's primary what it has executed now. If that is dead, the
// next one is waited for, as long as a statement is held: it has all that the
// session can have seen.
func (s *Session) executed(ctx context.Context, group string) (mysql.GTIDSet, error) {
	l, err := s.primary(ctx, group)
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
	p := s.position(group)
	if gtid != "" {
		if set, err := mysql.ParseGTIDSet(gtid); err == nil {
			p.need, p.primaryAt = p.need.Union(set), time.Time{}
			p.checked, p.seen = false, false
			return
		}
	}
	p.primaryAt, p.checked = now(), false
}

// Server names the server that a statement would be sent to now, and why.
func (s *Session) Server(group string, access plan.Access, level Level) string {
	if access == plan.AccessRead && level != LevelPrimary && level != LevelSnapshot && s.tx == nil && !s.manual() {
		if p := s.reads[group]; p != nil && p.instance != nil && p.keeps(s.rules()) {
			return p.instance.ID() + ", the replica that this session reads from"
		}
		if c, err := s.env.Pools.Choose(group, pool.Read{Rules: s.rules()}); err == nil {
			return c.Instance.ID() + ", a replica"
		}
	}
	i, err := s.env.Pools.Primary(group)
	if err != nil {
		return "nobody: " + err.Error()
	}
	return i.ID() + ", the primary"
}

// tooLate notes that a replica did not get to the session's position in time.
// It reports whether the primary is next: another replica had its turn before.
func (s *Session) tooLate(l *lease) bool {
	p := s.position(l.group)
	second := p.late != nil
	p.late = l.b.Instance()
	p.leave()
	return second
}
