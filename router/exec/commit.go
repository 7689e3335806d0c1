package exec

import (
	"time"

	"github.com/shardway/shardway/mysql"
)

// Commit commits the open transaction, if there is one: on all groups or on
// none.
func (s *Session) Commit() error {
	if err := s.intact(); err != nil {
		return err
	}
	s.dropHeld()
	if s.tx == nil {
		return s.commitPinned()
	}
	tx := s.tx
	if l := tx.deadPart(); l != nil {
		where := l.where()
		s.broke(l, errLost)
		s.Rollback()
		s.lostAt, s.lostMoved = "", false
		return errUndone(where)
	}
	s.tx, s.nextTraits = nil, ""
	if len(tx.order) == 1 {
		return s.commitOne(tx.leases[tx.order[0]])
	}
	parts := tx.parts()
	if !tx.spans() {
		return s.commitPlain(parts)
	}
	var writers, readers []*lease
	for _, l := range parts {
		if l.wrote {
			writers = append(writers, l)
		} else {
			readers = append(readers, l)
		}
	}
	switch len(writers) {
	case 0:
		s.endParts(tx, readers, false)
		return nil
	case 1:
		return s.commitAlone(tx, writers[0], readers)
	default:
		return s.commitTogether(tx, parts)
	}
}

// commitOne commits what has one part.
func (s *Session) commitOne(l *lease) error {
	if l == nil {
		return brokeServer("the transaction", errLost, false)
	}
	if l.wrote {
		return s.commitWriter(l)
	}
	group := l.group
	s.finish(l, "COMMIT")
	s.saw(group, "")
	return nil
}

func (s *Session) commitWriter(l *lease) error {
	sure := !l.doubt && !l.pinned // no procedure has committed a part of it
	l.depart()
	// A wait for an acknowledgement that does not come ends as an unknown
	// outcome (safety rule 34).
	_ = l.b.SetDeadline(now().Add(s.env.Limits.CommitWait))
	sum, err := s.command(l, "COMMIT")
	if err != nil {
		s.broke(l, err)
		return brokeServer(l.where()+", commit", err, true)
	}
	_ = l.b.SetDeadline(time.Time{})
	if sum.Err != nil {
		// After 1290 the transaction is gone, and COMMIT must never be sent
		// again (safety rule 10).
		where := l.where()
		s.discard(l)
		if sure {
			return fencedOff(sum.Err, where)
		}
		return sum.Err
	}
	s.saw(l.group, sum.GTID)
	s.giveBack(l)
	return nil
}

// commitPinned commits what a procedure may have left open on a pinned
// connection without saying so: an ERR packet does not tell.
func (s *Session) commitPinned() error {
	for _, l := range s.pins {
		if err := s.commitWriter(l); err != nil {
			return err
		}
	}
	return nil
}

// commitPlain ends a transaction that could only read.
func (s *Session) commitPlain(parts []*lease) error {
	all := make([]*exchange, len(parts))
	for i, l := range parts {
		all[i] = newExchange(l, "COMMIT")
	}
	s.converse(s.env.Limits.CommitWait, all)
	var err error
	for _, x := range all {
		if refused := x.refused(); refused != nil && err == nil {
			err = refused
		}
		s.saw(x.l.group, "")
		s.dismiss(x)
	}
	return err
}

// commitAlone commits the only part that wrote, which decides for all and so
// needs no decision (safety rule 3). Locks that the others hold are kept until
// it has: who waits for them must see what they guard. And they must still be
// held when it begins.
func (s *Session) commitAlone(tx *transaction, writer *lease, readers []*lease) error {
	var locked, others []*lease
	for _, l := range readers {
		if l.locked || tx.strict {
			locked = append(locked, l)
		} else {
			others = append(others, l)
		}
	}
	if err := s.stillThere(tx, locked); err != nil {
		s.endParts(tx, append(others, writer), false)
		return err
	}
	x := newExchange(writer, "COMMIT")
	if writer.branch {
		x.texts = []string{tx.id.End(), tx.id.CommitOnePhase()}
	}
	all := append(s.ending(tx, others), x)
	s.converse(s.env.Limits.CommitWait, all)
	for _, o := range all[:len(others)] {
		s.saw(o.l.group, "")
		s.dismiss(o)
	}
	s.endParts(tx, locked, true)
	return s.committedAlone(x)
}

func (s *Session) committedAlone(x *exchange) error {
	where, group := x.l.where(), x.l.group
	if x.err == nil && x.done() {
		s.saw(group, x.last().GTID)
	}
	refused := rolledBackXA(x.refused())
	if refused != nil {
		x.l.depart()
		s.discard(x.l) // safety rule 10
		return refused
	}
	s.dismiss(x)
	if x.err != nil {
		return brokeServer(where+", commit", x.err, true)
	}
	return nil
}

// stillThere makes sure that connections are alive, and with them their locks.
// On branches it ends what can still be said to them. If one is not, all of
// them are given up.
func (s *Session) stillThere(tx *transaction, locked []*lease) error {
	all := make([]*exchange, len(locked))
	for i, l := range locked {
		all[i] = newExchange(l, "DO 0")
		if l.branch {
			all[i].texts[0] = tx.id.End()
		}
	}
	s.converse(s.env.Limits.CommitWait, all)
	for _, x := range all {
		if x.done() {
			continue
		}
		refused := rolledBackXA(x.refused())
		switch {
		case refused != nil:
		case s.moved(x.l):
			refused = errUndone(x.l.where())
		default:
			refused = mysql.NewError(mysql.ErUnknown, "%s: the connection was lost, and with it the locks of this transaction; it is rolled back on every group", x.l.where())
		}
		for _, o := range all {
			o.l.depart()
			s.discard(o.l)
		}
		return refused
	}
	return nil
}

// ending is what rolls parts back.
func (s *Session) ending(tx *transaction, parts []*lease) []*exchange {
	all := make([]*exchange, len(parts), len(parts)+1)
	for i, l := range parts {
		all[i] = newExchange(l, "ROLLBACK")
		if l.branch {
			all[i].texts = []string{tx.id.End(), tx.id.Rollback()}
		}
	}
	return all
}

// endParts rolls parts back; ended says that their branches have been ended
// already.
func (s *Session) endParts(tx *transaction, parts []*lease, ended bool) {
	all := s.ending(tx, parts)
	for _, x := range all {
		if ended && x.l.branch {
			x.texts = x.texts[1:]
		}
	}
	s.converse(s.env.Limits.CommitWait, all)
	for _, x := range all {
		s.saw(x.l.group, "")
		s.dismiss(x)
	}
}

// finish ends a transaction on one connection and gives that back.
func (s *Session) finish(l *lease, sql string) {
	l.depart()
	if sum, err := s.command(l, sql); err != nil || sum.Err != nil || sum.Status.Has(mysql.StatusInTransaction) {
		s.discard(l)
		return
	}
	s.giveBack(l)
}

// endedByServer follows a server that has committed the transaction by itself,
// as DDL and LOCK TABLES make it do. Who sends such a statement while other
// groups have parts commits first, so that those have nothing to lose; what
// they have is committed.
func (s *Session) endedByServer(l *lease, sum *mysql.Summary) {
	tx := s.tx
	s.tx, s.nextTraits = nil, ""
	l.depart()
	s.saw(l.group, sum.GTID)
	var all []*exchange
	for _, o := range tx.parts() {
		if o == l {
			continue
		}
		x := newExchange(o, "COMMIT")
		if o.branch {
			x.texts = []string{tx.id.End(), tx.id.CommitOnePhase()}
		}
		all = append(all, x)
	}
	s.converse(s.env.Limits.CommitWait, all)
	for _, x := range all {
		s.saw(x.l.group, "")
		s.dismiss(x)
	}
}

// rolledBackXA makes an error of a branch that InnoDB has rolled back what one
// MySQL would say; others stay as they are.
func rolledBackXA(e *mysql.Error) *mysql.Error {
	if e == nil {
		return nil
	}
	switch e.Code {
	case mysql.ErXARollbackDeadlock, mysql.ErXARollback, mysql.ErXARollbackTimeout:
		return errDeadlock()
	}
	return e
}

// errDeadlock is the error after which an application runs its transaction again.
func errDeadlock() *mysql.Error {
	return mysql.NewError(mysql.ErLockDeadlock, "Deadlock found when trying to get lock; try restarting transaction")
}

// groupsOf names the groups of parts.
func groupsOf(parts []*lease) []string {
	groups := make([]string, len(parts))
	for i, l := range parts {
		groups[i] = l.group
	}
	return groups
}
