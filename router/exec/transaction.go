package exec

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// transaction is the client's open transaction: one connection to each group
// that it has touched. Until distributed commit exists one group may be written.
type transaction struct {
	// explicit: the client said BEGIN; otherwise autocommit is off.
	explicit bool
	begin    string
	leases   map[string]*lease
	order    []string
	// writer is the only group written so far.
	writer     string
	savepoints []string
}

// readOnly reports whether the client has begun it so.
func (t *transaction) readOnly() bool {
	return strings.Contains(strings.ToUpper(t.begin), "READ ONLY")
}

// Begin opens a transaction; nothing is sent until a statement needs a group.
// text is the client's own: it may say READ ONLY or WITH CONSISTENT SNAPSHOT.
func (s *Session) Begin(text string) error {
	if err := s.Commit(); err != nil {
		return err
	}
	s.tx = &transaction{explicit: true, begin: text, leases: map[string]*lease{}}
	return nil
}

// Opening is the text that began the open transaction, for one that is to be
// begun alike; the plain one if the client did not begin it.
func (s *Session) Opening() string {
	if s.tx != nil && s.tx.explicit {
		return s.tx.begin
	}
	return "START TRANSACTION"
}

// join returns the transaction's connection to a group, opening the
// transaction there if it is the first statement.
func (s *Session) join(ctx context.Context, group string, access plan.Access) (*lease, error) {
	if s.tx == nil {
		s.tx = &transaction{leases: map[string]*lease{}}
	}
	tx := s.tx
	if access == plan.AccessWrite && tx.writer != "" && tx.writer != group {
		return nil, notSupported("this transaction has written on group %s and cannot write on group %s too: transactions that write on several groups are not supported; commit first, or write rows of one shard", tx.writer, group)
	}
	l := tx.leases[group]
	if l == nil {
		var err error
		if l, err = s.enter(ctx, group); err != nil {
			return nil, err
		}
	} else if err := s.readyOwned(l); err != nil {
		return nil, err
	}
	if access == plan.AccessWrite {
		tx.writer, l.wrote = group, true
	}
	return l, nil
}

// enter makes a group part of the transaction, on the connection pinned to it
// if there is one.
func (s *Session) enter(ctx context.Context, group string) (*lease, error) {
	l := s.pins[group]
	if l == nil {
		var err error
		if l, err = s.primary(ctx, group); err != nil {
			return nil, err
		}
	} else if err := s.readyOwned(l); err != nil {
		return nil, err
	}
	l.kept = true
	s.tx.leases[group] = l
	s.tx.order = append(s.tx.order, group)
	if err := s.open(l); err != nil {
		s.broke(l, err)
		return nil, brokeServer(l.where(), err, false)
	}
	return l, nil
}

// open buffers what begins the transaction on a connection.
func (s *Session) open(l *lease) error {
	if s.nextTraits != "" {
		if err := s.control(l, s.nextTraits); err != nil {
			return err
		}
	}
	if s.tx.explicit {
		if err := s.control(l, s.tx.begin); err != nil {
			return err
		}
	}
	for _, name := range s.tx.savepoints {
		if err := s.control(l, "SAVEPOINT "+quoteName(name)); err != nil {
			return err
		}
	}
	return nil
}

// Commit commits the open transaction, if there is one. Readers end first; the
// writer's answer decides.
func (s *Session) Commit() error {
	if err := s.intact(); err != nil {
		return err
	}
	s.dropHeld()
	if s.tx == nil {
		return s.commitPinned()
	}
	tx := s.tx
	s.tx, s.nextTraits = nil, ""
	for _, group := range tx.order {
		if l := tx.leases[group]; l != nil && group != tx.writer {
			s.finish(l, "COMMIT")
			s.saw(group, "")
		}
	}
	l := tx.leases[tx.writer]
	if l == nil {
		if tx.writer != "" {
			return brokeServer("group "+tx.writer, errors.New("its connection was lost"), false)
		}
		return nil
	}
	return s.commitWriter(l)
}

func (s *Session) commitWriter(l *lease) error {
	l.kept = l.pinned
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
		s.discard(l)
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

// Rollback rolls the open transaction back, if there is one.
func (s *Session) Rollback() {
	s.dropHeld()
	if s.tx != nil {
		s.abandon()
		return
	}
	for _, l := range s.pins {
		s.finish(l, "ROLLBACK")
	}
}

// abandon rolls back on every group; a connection that does not answer is
// destroyed, which rolls back too.
func (s *Session) abandon() {
	tx := s.tx
	s.tx, s.nextTraits = nil, ""
	for _, group := range tx.order {
		if l := tx.leases[group]; l != nil {
			s.finish(l, "ROLLBACK")
			s.saw(group, "")
		}
	}
}

// finish ends a transaction on one connection and gives that back.
func (s *Session) finish(l *lease, sql string) {
	l.kept = l.pinned
	if sum, err := s.command(l, sql); err != nil || sum.Err != nil || sum.Status.Has(mysql.StatusInTransaction) {
		s.discard(l)
		return
	}
	s.giveBack(l)
}

// endedByServer follows a server that has committed the transaction by itself,
// as DDL and LOCK TABLES make it do.
func (s *Session) endedByServer(l *lease, sum *mysql.Summary) {
	tx := s.tx
	s.tx, s.nextTraits = nil, ""
	l.kept = l.pinned
	s.saw(l.group, sum.GTID)
	for _, group := range tx.order {
		if o := tx.leases[group]; o != nil && o != l {
			s.finish(o, "COMMIT")
			s.saw(group, "")
		}
	}
}

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
	for _, group := range s.tx.order {
		l := s.tx.leases[group]
		if l == nil {
			continue
		}
		sum, err := s.command(l, verb+" "+quoteName(name))
		if err != nil {
			s.broke(l, err)
			return brokeServer(l.where(), err, false)
		}
		if sum.Err != nil {
			return sum.Err
		}
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

func quoteName(name string) string {
	quoted := make([]byte, 0, len(name)+2)
	quoted = append(quoted, '`')
	for i := range len(name) {
		if name[i] == '`' {
			quoted = append(quoted, '`')
		}
		quoted = append(quoted, name[i])
	}
	return string(append(quoted, '`'))
}
