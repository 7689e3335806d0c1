package exec

import (
	"errors"

	"github.com/shardway/shardway/mysql"
)

// errUndone tells a client that its transaction is rolled back because a group's
// primary has changed or is about to. It has the number of a deadlock, after
// which applications and drivers run a transaction again, and is used only where
// that is right: COMMIT was not sent, or is known not to have been carried out, so
// that nothing of it was or will be committed, and the session has lost nothing else.
func errUndone(where string) *mysql.Error {
	return mysql.NewError(mysql.ErLockDeadlock, "Deadlock found when trying to get lock; try restarting transaction: it is rolled back, because its connection to %s has ended with a change of the group's primary; nothing of it was committed", where)
}

// fencedOff makes errUndone of the answer to a COMMIT that a primary refused, before it
// did anything, because its group's primary changes. The connection is gone, so
// that the server has rolled the transaction back. Other answers stay.
func fencedOff(refused *mysql.Error, where string) error {
	if !refused.Fenced() {
		return refused
	}
	return errUndone(where)
}

// moved reports whether a connection has ended, or will, because its group's
// primary changes or was to change, or shards have left the group: its account is
// another then.
func (s *Session) moved(l *lease) bool {
	return l.primary && (l.b.Deposed() || l.b.Outheld() || s.env.Pools.Holding(l.group) || s.env.Pools.Retired(l.b.Instance()))
}

// undone makes errUndone of the error of a statement during which the session
// has lost its transaction to a change of primary; otherwise it returns err.
// What has not told the client anything yet can be answered so; a fatal error
// without an answer cannot.
func (s *Session) undone(err error) error {
	var fatal *FatalError
	switch {
	case err == nil || !s.lostMoved || s.lostAt == "" || errors.Is(err, ErrOutcomeUnknown):
		return err
	case errors.As(err, &fatal) && fatal.Answer == nil:
		return err
	}
	where := s.lostAt
	s.Rollback()
	s.lostAt, s.lostMoved = "", false
	return errUndone(where)
}

// deadPart finds a part of the transaction whose connection has ended before
// anything of COMMIT was sent: the server has rolled it back.
func (t *transaction) deadPart() *lease {
	for _, l := range t.parts() {
		if !l.doubt && !l.pinned && (l.b.Deposed() || !l.b.Alive()) {
			return l
		}
	}
	return nil
}
