package reshard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
)

// replicasAnswer refuses a change over in which a replica's sessions could not be
// cut: those that have read the table under one declaration would read another one
// under its name.
func (t *task) replicasAnswer(ctx context.Context, k *topology.Keyspace) error {
	for _, group := range k.Move.Held() {
		for _, replica := range t.mover.replicas(group) {
			if !t.mover.replicates(ctx, replica) {
				return fmt.Errorf("replica %s of group %s does not replicate, or does not answer", replica.ID, group)
			}
		}
	}
	return nil
}

// cutEverywhere ends what is open on a group's replicas with the account that is
// locked out.
func (c *changeOver) cutEverywhere(ctx context.Context, group, executed string) error {
	for _, replica := range c.mover.replicas(group) {
		conn, err := c.mover.servers.Conn(ctx, replica)
		if err == nil {
			err = cutReplica(ctx, conn, c.fences[group].old.User, executed)
			discard(conn)
		}
		if err != nil {
			return fmt.Errorf("replica %s of group %s: %w", replica.ID, group, err)
		}
	}
	return nil
}

// firstValue is what the sequence of the new table gives first: more than any value
// that the old one has, or that MySQL would give.
func (c *changeOver) firstValue(ctx context.Context) (uint64, error) {
	table := &c.move.Table.New
	if c.move.Switched || table.Sequence == "" {
		return 0, nil
	}
	change := change{Distributor: &Distributor{Servers: primaries{c.mover}}, keyspace: c.keyspace, schema: &topology.TableSchema{}, table: *table}
	change.wanted.Table = table.Name
	return change.nextValue(ctx)
}

// swapPatience is how long a group gets to change names, and to let proxies in, while
// those of all groups are held.
const swapPatience = time.Second

// swap has the tables of both sides change names on all groups, and lets proxies in
// there. Nobody has been let in to a group before that, so each group can take its
// time: if one does not answer, the others go on without it, and it can be failed
// over (safety rule 27).
func (t *task) swap(ctx context.Context, k *topology.Keyspace) error {
	err := t.swapAll(ctx, k)
	if err == nil {
		return nil
	}
	snap := t.mover.opts.Source.Current()
	held := slices.ContainsFunc(k.Move.Held(), func(group string) bool { return snap.Groups[group].Operation != nil })
	if now := snap.Keyspaces[t.keyspace]; held && now != nil && now.Move != nil && now.Move.Phase == topology.MoveSwapping {
		why := "not all tables have changed names yet"
		err = errors.Join(err, t.update(ctx, func(d *topology.Draft) error { return d.ReleaseMove(t.keyspace, *now.Move, why) }))
	}
	return err
}

func (t *task) swapAll(ctx context.Context, k *topology.Keyspace) error {
	m := k.Move
	renamed, failed := onEach(ctx, m.Held(), func(ctx context.Context, group string) (string, error) {
		if executed := m.Starts[group]; executed != "" {
			return executed, nil
		}
		return t.rename(ctx, k, group)
	})
	// Written down before anybody gets in: what they write is what the other side
	// lacks.
	if !maps.Equal(renamed, m.Starts) {
		err := t.advance(ctx, m, "renamed", func(m *topology.Move) { m.Starts = renamed })
		if err != nil {
			return errors.Join(failed, err)
		}
	}
	accounts := t.mover.opts.Source.Current().Accounts
	_, notIn := onEach(ctx, slices.Collect(maps.Keys(renamed)), func(ctx context.Context, group string) (string, error) {
		f := &fence{group: group, seat: t.mover.seat(group), old: accounts[group]}
		defer f.seat.Close()
		return "", f.openEverywhere(ctx)
	})
	if err := errors.Join(failed, notIn); err != nil {
		return err
	}
	return t.update(ctx, func(d *topology.Draft) error {
		present := d.Keyspaces[t.keyspace]
		if present == nil || present.Move == nil {
			return errNoMove(t.keyspace)
		}
		next := present.Move.With(topology.StepLetIn, now())
		next.Phase = topology.MoveFollowing
		return d.LandMove(t.keyspace, *next)
	})
}

// rename has the tables of both sides change names on a group, and returns what its
// primary has executed then. Done again it changes nothing.
func (t *task) rename(ctx context.Context, k *topology.Keyspace, group string) (executed string, err error) {
	begins, ends := newSide(k), oldSide(k)
	if !k.Move.Switched {
		begins, ends = ends, begins
	}
	var renames []string
	if ends.on(group) {
		renames = append(renames, ends.serving()+" TO "+ends.hidden())
	}
	if begins.on(group) {
		renames = append(renames, begins.hidden()+" TO "+begins.serving())
	}
	seat := t.mover.seat(group)
	defer seat.Close()
	err = seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		// Whichever of the hidden names is there tells whether it is done.
		todo, err := exists(ctx, conn, begins.keyspace, begins.aside)
		if err == nil && !begins.on(group) {
			todo, err = exists(ctx, conn, ends.keyspace, ends.aside)
			todo = !todo
		}
		if err != nil {
			return err
		}
		if todo {
			if err := execute(ctx, conn, "SET SESSION lock_wait_timeout = 1"); err != nil {
				return err
			}
			if err := execute(ctx, conn, "RENAME TABLE "+strings.Join(renames, ", ")); err != nil {
				return err
			}
		}
		return conn.QueryRowContext(ctx, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')").Scan(&executed)
	})
	if err != nil {
		return "", fmt.Errorf("group %s, change names: %w", group, err)
	}
	return executed, nil
}

// onEach calls f for all groups at a time, bounded by swapPatience, and returns what
// came of those for which it succeeded.
func onEach(ctx context.Context, groups []string, f func(context.Context, string) (string, error)) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, swapPatience)
	defer cancel()
	type outcome struct {
		group, value string
		err          error
	}
	outcomes := make(chan outcome, len(groups))
	for _, group := range groups {
		go func() {
			value, err := f(ctx, group)
			outcomes <- outcome{group, value, err}
		}()
	}
	done := make(map[string]string)
	var failed error
	for range groups {
		o := <-outcomes
		if o.err == nil {
			done[o.group] = o.value
		}
		failed = errors.Join(failed, o.err)
	}
	return done, failed
}
