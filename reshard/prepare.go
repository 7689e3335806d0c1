package reshard

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/reshard/flow"
	"github.com/shardway/shardway/topology"
)

// prepare makes schema and tables where the rows are to go. What is there
// already is of an earlier try: nobody else has the keyspace there.
func (t *task) prepare(ctx context.Context, k *topology.Keyspace) error {
	if k.Move.Table != nil {
		if err := t.makeHidden(ctx, k); err != nil {
			return err
		}
		t.seen.prepared = true
		return nil
	}
	l, err := t.layoutOf(ctx, k.Move.From[0].Group)
	if err != nil {
		return err
	}
	how := indexingOf(k, 0)
	if how != indexesMove {
		l = l.withoutIndexes(k)
	}
	for _, group := range topology.GroupsOf(k.Move.To) {
		if err := t.onPrimary(ctx, group, l.makeTables); err != nil {
			return err
		}
		if how != indexesFilled {
			continue
		}
		err := t.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn, keyspace string) error {
			return makeIndexes(ctx, conn, keyspace, slices.Collect(maps.Values(k.Tables))...)
		})
		if err != nil {
			return err
		}
	}
	t.seen.prepared = true
	return nil
}

// drop drops the side that does not serve, and ends the move.
func (t *task) drop(ctx context.Context, k *topology.Keyspace) error {
	t.endFlows()
	groups := topology.GroupsOf(k.Move.Following())
	if k.Move.Table != nil {
		groups = k.Move.Held() // accounts were locked out on all of them
	}
	for _, group := range groups {
		if err := t.dropOn(ctx, k, group); err != nil {
			return err
		}
	}
	if err := t.forget(ctx, k); err != nil {
		return err
	}
	outcome := topology.MoveCancelled
	if k.Move.Phase == topology.MoveCompleting {
		outcome = topology.MoveCompleted
	}
	ended := k.Move.With(outcome, now())
	if err := t.mover.opts.Store.ForgetMoves(ctx, t.keyspace); err != nil {
		return err
	}
	return t.update(ctx, func(d *topology.Draft) error { return d.EndMove(t.keyspace, *ended, outcome) })
}

// dropOn drops the keyspace's schema on a group that does not serve it, or of a
// table's move the table that does not, and the accounts that were locked out there.
func (t *task) dropOn(ctx context.Context, k *topology.Keyspace, group string) error {
	seat := t.mover.seat(group)
	defer seat.Close()
	return seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		// Asked after the lock was taken: nobody else changes it now.
		snap, err := t.mover.opts.Store.Load(ctx)
		if err != nil {
			return err
		}
		present := snap.Keyspaces[k.Name]
		switch {
		case present == nil || present.Move == nil || present.Move.ID != k.Move.ID:
			return errNoMove(k.Name)
		case k.Move.Table != nil:
			err = dropHidden(ctx, conn, k, group)
		case serves(present, group):
			return errNoMove(k.Name)
		default:
			err = execute(ctx, conn, "DROP DATABASE IF EXISTS "+quote(k.Name))
		}
		if err != nil {
			return err
		}
		return dropOldAccounts(ctx, conn, snap.Accounts[group])
	})
}

func serves(k *topology.Keyspace, group string) bool {
	for _, g := range k.Groups() {
		if g == group {
			return true
		}
	}
	return false
}

// forget removes what the flows have stored on their targets.
func (t *task) forget(ctx context.Context, k *topology.Keyspace) error {
	names, err := t.movedTables(ctx, k)
	if err != nil {
		return err
	}
	for turn := range k.Move.Turns + 1 {
		for _, spec := range specs(k, turn, names) {
			if err := flow.Forget(ctx, spec, t.mover, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Mover) seat(group string) *control.Seat {
	return control.NewSeat(group, control.ReshardLock, m.servers, m.opts.Source, m.opts.StillLeads)
}

func discard(conn *sql.Conn) { control.Discard(conn) }
