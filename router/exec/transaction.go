package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"

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

// Begin opens a transaction; nothing is sent until a statement needs a group.
// text is the client's own: it may say READ ONLY or WITH CONSISTENT SNAPSHOT.
func (s *Session) Begin(text string) error {
	if err := s.Commit(); err != nil {
		return err
	}
	s.tx = &transaction{explicit: true, begin: text, leases: map[string]*lease{}}
	return nil
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
		if l, err = s.primary(ctx, group); err != nil {
			return nil, err
		}
		if err := s.open(l); err != nil {
			l.b.Destroy()
			return nil, err
		}
		l.kept = true
		tx.leases[group] = l
		tx.order = append(tx.order, group)
	} else if err := s.ready(l); err != nil {
		return nil, err
	}
	if access == plan.AccessWrite {
		tx.writer, l.wrote = group, true
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
	if s.tx == nil {
		return nil
	}
	s.dropHeld()
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
	l.kept = false
	sum, err := s.command(l, "COMMIT")
	if err != nil {
		s.broke(l, err)
		return brokeServer(l.where()+", commit", err, true)
	}
	if sum.Err != nil {
		// After 1290 the transaction is gone, and COMMIT must never be sent
		// again (safety rule 10).
		l.b.Destroy()
		return sum.Err
	}
	s.saw(l.group, sum.GTID)
	s.giveBack(l)
	return nil
}

// Rollback rolls the open transaction back, if there is one.
func (s *Session) Rollback() {
	s.dropHeld()
	if s.tx != nil {
		s.abandon()
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
	l.kept = false
	if sum, err := s.command(l, sql); err != nil || sum.Err != nil {
		l.b.Destroy()
		return
	}
	s.giveBack(l)
}

// Savepoint sets, rolls back to or releases a savepoint on every group touched.
func (s *Session) Savepoint(verb, name string) error {
	if s.tx == nil {
		if verb == "SAVEPOINT" && !s.manual() {
			return nil // as MySQL: set and gone with the statement
		}
		if verb != "SAVEPOINT" {
			return mysql.NewError(mysql.ErSPDoesNotExist, "SAVEPOINT %s does not exist", name)
		}
		s.tx = &transaction{leases: map[string]*lease{}}
	}
	at := slices.Index(s.tx.savepoints, name)
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

// lost ends the transaction because a group's part of it is gone.
func (s *Session) lost(where string, err error) error {
	if s.tx != nil {
		s.abandon()
	}
	return fmt.Errorf("%s: %w", where, err)
}
