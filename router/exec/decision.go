package exec

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/txn"
)

const (
	// outcomeWait bounds the asking for a transaction's outcome after its COMMIT
	// got no answer: the home may be failing over.
	outcomeWait = 15 * time.Second
	// branchWait bounds the wait for one branch of a committed transaction.
	branchWait = 5 * time.Second
	// rollbackWait bounds the try to roll back a branch that may be prepared.
	rollbackWait = time.Second
	// detachWait is before the first try on a branch whose connection has broken:
	// on 9.7 an XA COMMIT or XA ROLLBACK from another session in the very moment in
	// which the one that prepared the branch ends was seen to leave its locks held.
	detachWait = 500 * time.Millisecond
	// retryPause is between tries.
	retryPause = 100 * time.Millisecond
)

// decisions run when a client's command is over or its context is gone, and
// are bounded by themselves.
func bounded(limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), limit)
}

// outcome finds out whether a transaction whose home's COMMIT got no clear
// answer is committed: by inserting an abort row under the key of its own
// (safety rule 5). If that succeeds it is not and never will be. It is an error
// if nobody could be asked in time.
func (s *Session) outcome(id txn.ID) (txn.Outcome, error) {
	ctx, cancel := bounded(outcomeWait)
	defer cancel()
	for {
		outcome, err := s.tryOutcome(ctx, id)
		if err == nil {
			return outcome, nil
		}
		if !pause(ctx, retryPause) {
			return "", fmt.Errorf("ask group %s for the outcome of %s: %w", id.Home, id, err)
		}
	}
}

// pause waits before the next try; it returns false if there is no time for one.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (s *Session) tryOutcome(ctx context.Context, id txn.ID) (txn.Outcome, error) {
	l, err := s.plainly(ctx, id.Home)
	if err != nil {
		return "", err
	}
	end, _ := ctx.Deadline()
	_ = l.b.SetDeadline(end)
	_, err = s.query(l, id.InsertDecision(txn.Abort, nil))
	outcome := txn.Abort
	if mysqlCode(err) == mysql.ErDupEntry {
		var res *mysql.Result
		if res, err = s.query(l, id.SelectOutcome()); err == nil {
			outcome = txn.Outcome(res.Value(0, 0))
		}
	}
	if err != nil {
		s.spoiled(l, err)
		return "", err
	}
	_ = l.b.SetDeadline(time.Time{})
	s.giveBack(l)
	if outcome != txn.Commit && outcome != txn.Abort {
		return "", errors.New("the row that decides is gone")
	}
	return outcome, nil
}

// spoiled destroys a connection after a failure; one that the server has only
// told an error is no sign of a broken server.
func (s *Session) spoiled(l *lease, err error) {
	if mysqlCode(err) != 0 && !l.b.Broken() {
		s.discard(l)
		return
	}
	s.broke(l, err)
}

// mysqlCode is the number of the MySQL error in err's chain, 0 if there is none.
func mysqlCode(err error) uint16 {
	var my *mysql.Error
	if errors.As(err, &my) {
		return my.Code
	}
	return 0
}

// owe sees to a branch of a committed transaction that could not be told so. If
// that does not succeed in time, whoever resolves branches does it, and until
// then this session reads nothing in that group.
func (s *Session) owe(group string, id txn.ID) {
	ctx, cancel := bounded(branchWait)
	defer cancel()
	if pause(ctx, detachWait) && s.settleBranch(ctx, group, id) {
		return
	}
	if s.owed == nil {
		s.owed = map[string]txn.ID{}
	}
	s.owed[group] = id
}

// settled makes sure that a group has committed its part of the session's last
// transactions, before the session reads there (safety rule 4).
func (s *Session) settled(ctx context.Context, group string) error {
	id, owed := s.owed[group]
	if !owed {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, branchWait)
	defer cancel()
	if !s.settleBranch(ctx, group, id) {
		return mysql.NewError(mysql.ErLockWaitTimeout, "group %s has not committed its part of this session's transaction %s yet, which is committed; try again", group, id)
	}
	delete(s.owed, group)
	return nil
}

// settleBranch commits a prepared branch, or sees that somebody else has: its
// row is there, since it was written in the same branch.
func (s *Session) settleBranch(ctx context.Context, group string, id txn.ID) bool {
	for {
		if s.trySettle(ctx, group, id) {
			return true
		}
		if !pause(ctx, retryPause) {
			return false
		}
	}
}

func (s *Session) trySettle(ctx context.Context, group string, id txn.ID) bool {
	l, err := s.plainly(ctx, group)
	if err != nil {
		return false
	}
	end, _ := ctx.Deadline()
	_ = l.b.SetDeadline(end)
	sum, err := s.command(l, id.CommitPrepared())
	done := err == nil && sum.Err == nil
	if err == nil && sum.Err != nil {
		var res *mysql.Result
		res, err = s.query(l, id.SelectBranch())
		done = err == nil && len(res.Rows) > 0
	}
	if err != nil {
		s.spoiled(l, err)
		return false
	}
	_ = l.b.SetDeadline(time.Time{})
	s.giveBack(l)
	if done {
		s.saw(group, sum.GTID)
	}
	return done
}

// rollbackElsewhere tries to roll back, in groups whose connections broke,
// branches of a transaction that cannot be committed any more.
func (s *Session) rollbackElsewhere(id txn.ID, groups []string) {
	if len(groups) == 0 {
		return
	}
	ctx, cancel := bounded(rollbackWait)
	defer cancel()
	pause(ctx, detachWait)
	for _, group := range groups {
		l, err := s.plainly(ctx, group)
		if err != nil {
			continue
		}
		end, _ := ctx.Deadline()
		_ = l.b.SetDeadline(end)
		if _, err := s.command(l, id.Rollback()); err != nil {
			s.spoiled(l, err)
			continue
		}
		_ = l.b.SetDeadline(time.Time{})
		s.giveBack(l)
	}
}
