package exec

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/shardway/shardway/mysql"
)

// statementMark is the savepoint that a statement of several steps goes back
// to when it fails.
const statementMark = "`_shardway_statement`"

// Savepoint sets, rolls back to or releases a savepoint on every group touched.
func (s *Session) Savepoint(verb, name string) error {
	if err := s.intact(); err != nil {
		return err
	}
	s.dropHeld()
	if s.tx == nil {
		if verb == "SAVEPOINT" && !s.manual() {
			return nil // as MySQL: set and gone with the statement
		}
		if verb != "SAVEPOINT" {
			return mysql.NewError(mysql.ErSPDoesNotExist, "SAVEPOINT %s does not exist", name)
		}
		s.tx = &transaction{leases: map[string]*lease{}}
	}
	at := slices.IndexFunc(s.tx.savepoints, func(n string) bool { return strings.EqualFold(n, name) })
	if verb != "SAVEPOINT" && at < 0 {
		return mysql.NewError(mysql.ErSPDoesNotExist, "SAVEPOINT %s does not exist", name)
	}
	if err := s.onAll(s.tx.parts(), verb+" "+quoteName(name)); err != nil {
		return err
	}
	switch verb {
	case "SAVEPOINT":
		if at >= 0 {
			s.tx.savepoints = slices.Delete(s.tx.savepoints, at, at+1)
		}
		s.tx.savepoints = append(s.tx.savepoints, name)
	case "ROLLBACK TO SAVEPOINT":
		s.tx.savepoints = s.tx.savepoints[:at+1]
	case "RELEASE SAVEPOINT":
		s.tx.savepoints = s.tx.savepoints[:at]
	}
	return nil
}

// onAll runs a statement on connections of the transaction at once. A group
// that refuses it no longer has the same as the others, so that the
// transaction cannot go on.
func (s *Session) onAll(parts []*lease, text string) error {
	all := make([]*exchange, len(parts))
	for i, l := range parts {
		all[i] = newExchange(l, text)
	}
	s.converse(s.env.Limits.CommitWait, all)
	var failed error
	for _, x := range all {
		switch {
		case x.err != nil:
			where := x.l.where()
			s.broke(x.l, x.err)
			failed = brokeServer(where, x.err, false)
		case !x.done() && failed == nil:
			failed = x.refused()
		}
	}
	if failed != nil && s.tx != nil {
		s.abandon()
	}
	return failed
}

// atomically runs a statement of several steps, all or nothing. In an open
// transaction each group that it uses gets a savepoint first, which it goes back
// to if f fails; the transaction stays open. Otherwise it is a transaction of
// its own, over as many groups as it takes. Called within itself it is f alone:
// a failure of f must then be a failure of the whole.
//
// f returns a *mysql.Error that has not been told to the client yet.
func (s *Session) atomically(_ context.Context, f func() error) error {
	if s.tx == nil && !s.manual() {
		return s.implicitly(f)
	}
	if s.tx == nil {
		s.tx = &transaction{leases: map[string]*lease{}}
	}
	tx := s.tx
	if tx.marking || tx.implicit {
		return f()
	}
	tx.marking = true
	tx.mark++
	err := s.verdict(f())
	tx.marking = false
	switch {
	case err == nil || s.tx != tx || errors.As(err, new(*FatalError)):
		return err
	case mysqlCode(err) == mysql.ErLockDeadlock:
		s.abandon() // one group has lost its part
		return err
	}
	var marked []*lease
	for _, l := range tx.parts() {
		if l.mark == tx.mark {
			marked = append(marked, l)
		}
	}
	if lost := s.onAll(marked, "ROLLBACK TO SAVEPOINT "+statementMark); lost != nil {
		return lost
	}
	return err
}

// implicitly is atomically outside a transaction.
func (s *Session) implicitly(f func() error) error {
	s.tx = &transaction{explicit: true, implicit: true, begin: "START TRANSACTION", leases: map[string]*lease{}}
	return s.within(s.tx, f)
}

// within runs f in a transaction of the session's own and ends that.
func (s *Session) within(tx *transaction, f func() error) error {
	err := s.verdict(f())
	switch {
	case s.tx != tx: // it has come to its end already
		return err
	case err != nil || tx.sealed: // which has answered the client already, and has nothing to commit
		s.abandon()
		return err
	default:
		return s.Commit()
	}
}

// verdict makes an error of a transaction over several groups what one MySQL
// would have said. A statement that was stopped, though no client asked for it,
// was the victim of a deadlock across groups (safety rule 8).
func (s *Session) verdict(err error) error {
	var my *mysql.Error
	if err == nil || errors.As(err, new(*FatalError)) || !errors.As(err, &my) {
		return err
	}
	if judged := s.judged(my); judged != my {
		return judged
	}
	return err
}

// judged is verdict for an error that a server gave.
func (s *Session) judged(e *mysql.Error) *mysql.Error {
	if !s.tx.spans() {
		return e
	}
	switch e.Code {
	case mysql.ErQueryInterrupted:
		if !s.interrupted.Load() {
			return errDeadlock()
		}
	case mysql.ErXATemporaryTable:
		return notSupported("temporary tables cannot be used in a transaction that has touched another group before; use them first in the transaction, or outside it")
	case mysql.ErXAerRmfail:
		return notSupported("this statement ends the transaction on one group, which a transaction over several groups does not allow; commit first")
	}
	return rolledBackXA(e)
}
