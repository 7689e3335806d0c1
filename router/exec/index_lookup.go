package exec

import (
	"context"
	"errors"
	"strconv"

	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// lookup asks an index table for the group of the only row that a statement can
// be about; it is empty if the statement goes to all of them as it would without.
//
// The statement keeps its condition, so that an index row which is no longer
// true finds nothing wrong. The index is read on the primary, or as the open
// transaction sees it. Where rows are locked or changed, its row is locked too,
// until the transaction ends: without one the row could be on another shard
// before the statement gets to it (safety rule 25).
func (s *Session) lookup(ctx context.Context, r *plan.Route, st *Statement) (string, error) {
	var l *plan.Lookup
	for i := range r.Target.Parts {
		if p := &r.Target.Parts[i]; p.Lookup != nil {
			l = p.Lookup
		}
	}
	inside := s.tx != nil || s.manual()
	if l == nil || r.Access != plan.AccessRead && !inside || r.Pins != "" || r.MayWrite || st.Level == LevelSnapshot {
		return "", nil
	}
	group, question, ok := l.Where(st.Args)
	if !ok {
		return "", nil
	}
	access := plan.AccessLock
	switch {
	case r.Access != plan.AccessRead:
		question += " FOR SHARE"
	case inside:
		access = plan.AccessRead
	}
	b, err := s.acquire(ctx, group, access, &Statement{Level: LevelPrimary})
	if err != nil {
		if !inside && !errors.Is(err, ErrPlanAnew) {
			return "", nil // the group of the row may be there
		}
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return "", err
	}
	res, err := s.query(b, question)
	if err != nil {
		_, err = s.failedOn(b, err, plan.AccessLock, &Statement{}, true)
		if !inside {
			return "", nil
		}
		return "", err
	}
	s.giveBack(b)
	if len(res.Rows) != 1 {
		return "", nil
	}
	token, err := strconv.ParseUint(res.Value(0, 0), 10, 64)
	if err != nil {
		return "", nil
	}
	return l.Keyspace.ShardFor(shardkey.Token(token)).Group, nil
}
