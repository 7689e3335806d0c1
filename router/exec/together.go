package exec

import (
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/txn"
)

// commitTogether commits parts of which several wrote:
//
//  1. at once: the branches that wrote are prepared, and the home's plain
//     transaction, which need not have written, gets the row that decides;
//  2. the home commits, and with it the row: that is the decision;
//  3. at once: the branches commit, and those that only read are given up.
//
// COMMIT is sent only when the answers of the first step are in. Until it
// has been carried out the transaction is rolled back by whoever finds a branch;
// from there on it is committed. The row is written in the first step, because
// what has not committed decides nothing: whoever inserts an abort row under its
// key meanwhile waits for its outcome.
func (s *Session) commitTogether(tx *transaction, parts []*lease) error {
	c := s.sort(tx, parts)
	first := s.prepare(c)
	if err := s.judgePrepared(c, first); err != nil {
		return err
	}
	home := newExchange(c.home, "COMMIT")
	s.converse(s.env.Limits.CommitWait, []*exchange{home})
	if !home.done() {
		if err := s.lostDecision(c, home); err != nil {
			return err
		}
		s.saw(c.tx.id.Home, "")
	} else {
		s.saw(c.home.group, home.last().GTID)
		s.dismiss(home)
	}
	s.commitBranches(c)
	return nil
}

// committing is a transaction on its way to being decided.
type committing struct {
	tx   *transaction
	home *lease
	// branches are those that wrote; readers wrote nothing.
	branches, readers []*lease
	// groups are the participants: the home and the branches.
	groups []string
}

func (s *Session) sort(tx *transaction, parts []*lease) *committing {
	c := &committing{tx: tx, home: parts[0]}
	for _, l := range parts[1:] {
		if l.wrote {
			c.branches = append(c.branches, l)
		} else {
			c.readers = append(c.readers, l)
		}
	}
	c.groups = append([]string{c.home.group}, groupsOf(c.branches)...)
	return c
}

// prepare is the first step. Readers are ended, which also shows that they
// still have what they have locked. The home's answers come first, then the
// branches', then the readers'.
func (s *Session) prepare(c *committing) []*exchange {
	id := c.tx.id
	all := []*exchange{newExchange(c.home, id.InsertDecision(txn.Commit, c.groups))}
	for _, l := range c.branches {
		all = append(all, newExchange(l, id.InsertBranch(c.groups), id.End(), id.Prepare()))
	}
	for _, l := range c.readers {
		all = append(all, newExchange(l, id.End()))
	}
	s.converse(s.env.Limits.CommitWait, all)
	return all
}

// judgePrepared returns nil if the transaction can be decided. Otherwise
// nothing of it stays: COMMIT was not sent to the home.
func (s *Session) judgePrepared(c *committing, all []*exchange) error {
	var failed *mysql.Error
	for _, x := range all {
		switch refused := x.refused(); {
		case x.done() || failed != nil:
		case refused == nil && s.moved(x.l), refused != nil && refused.Fenced():
			failed = errUndone(x.l.where())
		case refused == nil:
			failed = mysql.NewError(mysql.ErErrorDuringCommit, "%s, commit: %v; the transaction is rolled back on every group", x.l.where(), x.err)
		case x.l == c.home && refused.Code == mysql.ErDupEntry:
			failed = errDeadlock() // somebody found a branch, took this session for dead and decided
		default:
			failed = rolledBackXA(refused)
		}
	}
	if failed != nil {
		s.retreat(c, all)
		return failed
	}
	return nil
}

// retreat rolls everything back after the first step. A branch whose connection
// broke may be prepared all the same: that is tried once, and left to whoever
// resolves such branches otherwise.
func (s *Session) retreat(c *committing, all []*exchange) {
	var unsure []string
	ends := make([]*exchange, 0, len(all))
	for _, x := range all {
		s.saw(x.l.group, "")
		switch {
		case x.err != nil:
			if x.l != c.home && x.l.wrote {
				unsure = append(unsure, x.l.group)
			}
			x.l.depart()
			s.broke(x.l, x.err)
		case x.l == c.home:
			ends = append(ends, newExchange(x.l, "ROLLBACK"))
		default:
			ends = append(ends, newExchange(x.l, c.tx.id.Rollback()))
		}
	}
	s.converse(s.env.Limits.CommitWait, ends)
	for _, x := range ends {
		s.dismiss(x)
	}
	s.rollbackElsewhere(c.tx.id, unsure)
}

// lostDecision finds out what became of the home's COMMIT, which was refused or
// got no answer. It returns nil if the transaction is committed.
func (s *Session) lostDecision(c *committing, home *exchange) error {
	refused, cause, where, moved := home.refused(), home.err, c.home.where(), s.moved(c.home)
	c.home.depart()
	if cause != nil {
		s.broke(c.home, cause)
	} else {
		s.discard(c.home) // safety rule 10: COMMIT is not sent again
	}
	outcome, err := txn.Abort, error(nil)
	if refused == nil || refused.Code != mysql.ErOptionPreventsStatement { // after 1290 it is known, and the fence lets nobody insert
		outcome, err = s.outcome(c.tx.id)
	}
	switch {
	case err != nil:
		// The branches stay prepared until somebody can read the row.
		for _, l := range append(c.branches, c.readers...) {
			s.saw(l.group, "")
			l.depart()
			s.discard(l)
		}
		if cause == nil {
			cause = refused
		}
		return brokeServer(where+", commit", cause, true)
	case outcome == txn.Commit:
		return nil
	}
	ends := make([]*exchange, 0, len(c.branches)+len(c.readers))
	for _, l := range append(c.branches, c.readers...) {
		s.saw(l.group, "")
		ends = append(ends, newExchange(l, c.tx.id.Rollback()))
	}
	s.converse(s.env.Limits.CommitWait, ends)
	for _, x := range ends {
		s.dismiss(x)
	}
	switch {
	case refused != nil:
		return fencedOff(refused, where)
	case moved:
		return errUndone(where)
	}
	return mysql.NewError(mysql.ErErrorDuringCommit, "%s, commit: %v; the transaction is rolled back on every group", where, cause)
}

// commitBranches is the third step. The client is answered when every branch
// has committed, since until then a read does not see its rows (safety rule 4).
// The GTID of XA COMMIT is the session's position.
func (s *Session) commitBranches(c *committing) {
	id := c.tx.id
	var all []*exchange
	for _, l := range c.branches {
		all = append(all, newExchange(l, id.CommitPrepared()))
	}
	for _, l := range c.readers {
		all = append(all, newExchange(l, id.Rollback()))
	}
	s.converse(s.env.Limits.CommitWait, all)
	var owed []string
	for i, x := range all {
		group := x.l.group
		gtid := ""
		switch {
		case i >= len(c.branches):
		case x.done():
			gtid = x.last().GTID
		default:
			owed = append(owed, group)
		}
		s.saw(group, gtid)
		s.dismiss(x)
	}
	for _, group := range owed {
		s.owe(group, id)
	}
}
