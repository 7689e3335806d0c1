package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// waitStatement asks a replica to wait until it has executed a set; its answer
// is 0 if it has, 1 if the time was up (safety rule 13).
const waitStatement = "SELECT WAIT_FOR_EXECUTED_GTID_SET('%s', %f)"

// acquire returns a connection to a group for one statement: the pinned one,
// the transaction's, the primary's, or a replica's.
func (s *Session) acquire(ctx context.Context, group string, access plan.Access, st *Statement) (*lease, error) {
	s.access = access
	l, err := s.choose(ctx, group, access, st)
	if err == nil {
		l.uses++
		s.lent++
		s.running.add(l)
	}
	return l, err
}

func (s *Session) choose(ctx context.Context, group string, access plan.Access, st *Statement) (*lease, error) {
	if len(s.owed) > 0 {
		if err := s.settled(ctx, group); err != nil {
			return nil, err
		}
	}
	if err := s.undoubted(); err != nil {
		return nil, err
	}
	if err := s.trusted(ctx, group, access, st.Level); err != nil {
		return nil, err
	}
	if s.tx != nil || s.manual() {
		return s.join(ctx, group, access)
	}
	if l := s.pins[group]; l != nil {
		return l, s.readyOwned(l)
	}
	if access != plan.AccessRead {
		return s.primary(ctx, group)
	}
	c := s.chooseRead(ctx, group, st.Level)
	if c.instance == nil {
		return s.primary(ctx, group)
	}
	l, err := s.lend(ctx, c.instance)
	if err != nil {
		return nil, err
	}
	if !c.wait.IsZero() {
		l.wait, l.position = true, s.position(group)
		if err := l.b.WriteQuery(fmt.Sprintf(waitStatement, c.wait, s.env.Limits.WaitReplica.Seconds())); err != nil {
			l.b.Destroy()
			return nil, &unreachableError{instance: c.instance, err: err}
		}
	}
	return l, nil
}

// alone lends a connection for a statement that ends every transaction by
// itself: the pinned one or the primary's, whatever autocommit says.
func (s *Session) alone(ctx context.Context, group string) (*lease, error) {
	l := s.pins[group]
	err := error(nil)
	if l != nil {
		err = s.readyOwned(l)
	} else {
		l, err = s.primary(ctx, group)
	}
	if err == nil {
		s.running.add(l)
	}
	return l, err
}

// readyOwned is ready for a connection that the session keeps: if that breaks,
// what the session had there is lost.
func (s *Session) readyOwned(l *lease) error {
	if err := s.ready(l); err != nil {
		s.broke(l, err)
		return brokeServer(l.where(), err, false)
	}
	return nil
}

// arrived reads the answers that come before the statement's: of the session's
// set-up, and of the wait for a position. ok is false if the replica has not
// got there in time; it may not even have the keyspace yet.
func (l *lease) arrived() (ok bool, err error) {
	if err := l.drain(); err != nil {
		var refused *setupError
		if errors.As(err, &refused) && refused.err.Code == mysql.ErBadDB && !l.primary {
			return false, nil
		}
		return false, err
	}
	if !l.wait {
		return true, nil
	}
	l.wait = false
	res, err := l.b.ReadResult(mysql.DefaultResultBytes)
	if err != nil {
		return false, err
	}
	if res.Value(0, 0) != "0" {
		return false, nil
	}
	l.position.checked, l.position.seen = true, true
	return true, nil
}
