package resolve

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// Settle decides one transaction at once, by hand: by its row, as Run would
// later. With a forced outcome it also goes on where there is no row, or none
// can be read; a row that says otherwise is never overruled, since other
// branches may have followed it. dryRun only says what would be done.
func (r *Resolver) Settle(ctx context.Context, gtrid string, forced txn.Outcome, dryRun bool) (txn.Settled, error) {
	s := &settling{Resolver: r, gtrid: gtrid, forced: forced, dryRun: dryRun}
	if err := s.find(ctx); err != nil {
		return txn.Settled{}, err
	}
	if err := s.askHome(ctx); err != nil {
		return txn.Settled{}, err
	}
	step := Step{VerbRollback, "it is forced"}
	switch {
	case s.first().Row == RowCommit || s.first().Row == RowAbort:
		step = Next(*s.first(), 0)
	case s.forced == txn.Commit:
		step.Verb = VerbCommit
	}
	for _, b := range s.branches {
		s.done.Steps = append(s.done.Steps, fmt.Sprintf("%s the branch in group %s: %s", step.Verb, b.Group, step.Why))
		if dryRun {
			continue
		}
		if _, err := r.act(ctx, b.Group, []*Branch{b}, []Step{step}); err != nil {
			return txn.Settled{}, fmt.Errorf("%s the branch in group %s: %w", step.Verb, b.Group, err)
		}
	}
	return s.done, nil
}

// settling is one transaction that is decided by hand.
type settling struct {
	*Resolver
	gtrid  string
	forced txn.Outcome
	dryRun bool
	// branches are the prepared ones, at least one.
	branches []*Branch
	done     txn.Settled
}

// first stands for all branches: they have one name and one home.
func (s *settling) first() *Branch { return s.branches[0] }

// find looks for the transaction's branches on all primaries.
func (s *settling) find(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var mu sync.Mutex
	var wait sync.WaitGroup
	for group := range s.opts.Source.Current().Groups {
		wait.Go(func() {
			err := s.seat(group).Look(ctx, func(ctx context.Context, conn *sql.Conn) error {
				list, err := recoverXIDs(ctx, conn)
				mu.Lock()
				defer mu.Unlock()
				for _, x := range list {
					if x.Gtrid == s.gtrid {
						s.branches = append(s.branches, &Branch{Group: group, XID: x})
					}
				}
				return err
			})
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				s.done.Warnings = append(s.done.Warnings, fmt.Sprintf("group %s could not be looked at: %s", group, control.Cause(err)))
			}
		})
	}
	wait.Wait()
	slices.SortFunc(s.branches, func(a, b *Branch) int { return strings.Compare(a.Group, b.Group) })
	slices.Sort(s.done.Warnings)
	if len(s.branches) == 0 {
		return &topology.Refused{
			Code:    topology.CodeNotFound,
			Message: strings.Join(append([]string{fmt.Sprintf("no branch of %q is prepared", s.gtrid)}, s.done.Warnings...), "; "),
			Hint:    "'shardway txn list' shows the prepared branches",
		}
	}
	for _, b := range s.branches {
		if b.XID.ID().IsZero() {
			return &topology.Refused{
				Code:    topology.CodeUnsupported,
				Message: fmt.Sprintf("%q in group %s is none of Shardway's transactions", s.gtrid, b.Group),
				Hint:    "decide it with XA COMMIT or XA ROLLBACK on that group's primary, by what the program that began it knows",
			}
		}
		if b.XID != s.first().XID {
			return &topology.Refused{
				Code:    topology.CodeUnsupported,
				Message: fmt.Sprintf("the branches of %q name different homes, %s and %s", s.gtrid, s.first().XID.Bqual, b.XID.Bqual),
			}
		}
	}
	return nil
}

// askHome reads the row, and inserts one where there is none.
func (s *settling) askHome(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	b, home := s.first(), s.first().XID.ID().Home
	seat := s.seat(home)
	err := seat.Look(ctx, func(ctx context.Context, conn *sql.Conn) error { return readRows(ctx, conn, s.branches) })
	if err == nil && b.Row == RowAbsent {
		err = s.decide(ctx, seat, home)
	}
	switch {
	case err != nil && s.forced == "":
		return &topology.Refused{
			Code:    topology.CodeUnavailable,
			Message: fmt.Sprintf("home group %s, whose row decides, cannot be asked: %s", home, control.Cause(err)),
			Hint:    "it is decided by itself when the group is back; if the group is lost for good, say --commit or --abort",
		}
	case err != nil:
		b.Row = RowUnread
		s.done.Warnings = append(s.done.Warnings, fmt.Sprintf("home group %s could not be asked (%s): if it has decided otherwise, this transaction is half done", home, control.Cause(err)))
		return nil
	case b.Row == RowBusy:
		return &topology.Refused{
			Code:    topology.CodeInUse,
			Message: fmt.Sprintf("its home session in group %s is committing at this moment", home),
			Hint:    "try again in a second",
		}
	case s.forced != "" && (b.Row == RowCommit || b.Row == RowAbort) && b.Row != Row(s.forced):
		return &topology.Refused{
			Code:    topology.CodeInUse,
			Message: fmt.Sprintf("group %s has decided: %s; other branches may have followed that, so it cannot be forced to %s", home, b.Row, s.forced),
			Hint:    "leave --commit and --abort out",
		}
	}
	return nil
}

// decide inserts the row that is missing.
func (s *settling) decide(ctx context.Context, seat *control.Seat, home string) error {
	outcome, groups := txn.Abort, []string(nil)
	if s.forced == txn.Commit {
		outcome, groups = txn.Commit, []string{home}
		for _, b := range s.branches {
			groups = append(groups, b.Group)
		}
		s.done.Warnings = append(s.done.Warnings, fmt.Sprintf("what it wrote in its home group %s was never committed, and is not now", home))
	}
	s.done.Steps = append(s.done.Steps, fmt.Sprintf("insert the decision %s in group %s, which has none", outcome, home))
	if s.dryRun {
		s.first().Row = Row(outcome)
		return nil
	}
	return seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		return insertDecision(ctx, conn, s.first(), outcome, groups)
	})
}
