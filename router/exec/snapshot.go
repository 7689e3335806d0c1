package exec

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/txn"
)

const (
	// snapshotWait bounds the taking of snapshots that fit together; a branch
	// that nobody resolves is what makes it long.
	snapshotWait = 5 * time.Second
	// snapshotPause is between two tries.
	snapshotPause = 5 * time.Millisecond
)

// snapshotBegin opens a transaction for one statement at level snapshot;
// snapshotTraits make sure that it keeps its view whatever the session's
// isolation level is.
const (
	snapshotBegin  = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
	snapshotTraits = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
)

// seen is what a group's snapshot shows of transactions over several groups:
// the participants of each by its gtrid.
type seen map[string][]string

// half is a transaction that one group's snapshot shows and another's does
// not, though it wrote on both.
type half struct{ gtrid, group string }

// halves compares snapshots, by group. Of a transaction whose participants are
// not listed every group is taken for one.
func halves(all map[string]seen) []half {
	var found []half
	for _, shown := range all {
		for gtrid, participants := range shown {
			for group, other := range all {
				if _, there := other[gtrid]; !there && (participants == nil || slices.Contains(participants, group)) {
					found = append(found, half{gtrid, group})
				}
			}
		}
	}
	return found
}

// inSnapshot runs a statement that reads several groups so that it sees all of
// each transaction or nothing of it.
func (s *Session) inSnapshot(ctx context.Context, groups []string, f func() error) error {
	traits := s.nextTraits
	defer func() { s.nextTraits = traits }()
	open := func() *transaction {
		s.nextTraits = snapshotTraits
		return &transaction{explicit: true, implicit: true, begin: snapshotBegin, leases: map[string]*lease{}}
	}
	if err := s.align(ctx, groups, open); err != nil {
		return err
	}
	return s.within(s.tx, f)
}

// beginInSnapshot takes the snapshots of a transaction WITH CONSISTENT SNAPSHOT
// on all groups of the keyspace.
func (s *Session) beginInSnapshot() error {
	ks := s.env.Topology.Current().Keyspaces[s.Keyspace]
	if ks == nil {
		return nil // of what, is not known yet: each group's is taken when it is first touched
	}
	begin, traits := s.tx.begin, s.nextTraits
	ctx, cancel := bounded(snapshotWait)
	defer cancel()
	return s.align(ctx, ks.Groups(), func() *transaction {
		s.nextTraits = traits
		return &transaction{explicit: true, begin: begin, leases: map[string]*lease{}}
	})
}

// routeInSnapshot is route at level snapshot. A query that is gathered may need
// any group that its keyspaces are on.
func (s *Session) routeInSnapshot(ctx context.Context, r *plan.Route, placed []string, st *Statement) error {
	groups := slices.Clone(placed)
	if r.Gather != nil {
		for i := range r.Target.Parts {
			groups = append(groups, r.Target.Parts[i].Keyspace.Groups()...)
		}
	}
	slices.Sort(groups)
	return s.inSnapshot(ctx, slices.Compact(groups), func() error { return s.route(ctx, r, st) })
}

// align opens the transaction that open makes on all groups, and again until
// their snapshots fit together: each transaction that one of them shows is
// shown by every other on which it wrote. From a snapshot that lacks one the
// branch was still prepared; it commits soon, or is resolved.
func (s *Session) align(ctx context.Context, groups []string, open func() *transaction) error {
	ctx, cancel := context.WithTimeout(ctx, snapshotWait)
	defer cancel()
	// done are branches that had committed before the last try, so that the
	// snapshots have their rows: what shows them was forgotten there meanwhile.
	done := map[half]bool{}
	for {
		s.tx = open()
		shown, err := s.takeSnapshots(ctx, groups)
		if err != nil {
			if s.tx != nil {
				s.abandon()
			}
			return err
		}
		apart := slices.DeleteFunc(halves(shown), func(h half) bool { return done[h] })
		if len(apart) == 0 {
			s.tx.sealed = s.tx.implicit
			return nil
		}
		for _, h := range apart {
			prepared, err := s.isPrepared(h)
			done[h] = err == nil && !prepared
		}
		s.abandon()
		if !pause(ctx, snapshotPause) {
			return mysql.NewError(mysql.ErLockWaitTimeout, "no common snapshot of the groups %s within %v: transaction %s, which is committed, is not yet committed on group %s; try again, or read at another level",
				strings.Join(groups, ", "), snapshotWait, apart[0].gtrid, apart[0].group)
		}
	}
}

// takeSnapshots opens the transaction on each group and reads what its snapshot
// shows.
func (s *Session) takeSnapshots(ctx context.Context, groups []string) (map[string]seen, error) {
	parts := make([]*lease, 0, len(groups))
	for _, group := range groups {
		l, err := s.acquire(ctx, group, plan.AccessRead, &Statement{Level: LevelPrimary})
		if err != nil {
			_, err = s.notSent(err, &Statement{Level: LevelPrimary})
			return nil, err
		}
		parts = append(parts, l)
		if err = l.b.WriteQuery(txn.SelectCommitted); err == nil {
			err = l.b.Flush()
		}
		if err != nil {
			s.broke(l, err)
			return nil, brokeServer(l.where(), err, false)
		}
	}
	shown := make(map[string]seen, len(groups))
	for _, l := range parts {
		err := l.drain()
		var res *mysql.Result
		if err == nil {
			res, err = l.b.ReadResult(mysql.DefaultResultBytes)
		}
		if err != nil {
			_, err = s.failedOn(l, err, plan.AccessRead, &Statement{}, true)
			return nil, err
		}
		s.giveBack(l)
		shown[l.group] = make(seen, len(res.Rows))
		for i := range res.Rows {
			shown[l.group][res.Value(i, 0)] = txn.ParseParticipants(res.Value(i, 1))
		}
	}
	return shown, nil
}

// isPrepared asks a group whether a branch is still prepared now.
func (s *Session) isPrepared(h half) (bool, error) {
	l := s.tx.leases[h.group]
	if l == nil {
		return false, errLost
	}
	res, err := s.query(l, "XA RECOVER")
	if err != nil {
		if mysqlCode(err) == 0 || l.b.Broken() {
			s.broke(l, err)
		}
		return false, err
	}
	for i := range res.Rows {
		if strings.HasPrefix(res.Value(i, 3), h.gtrid) {
			return true, nil
		}
	}
	return false, nil
}
