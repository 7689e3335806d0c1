package reshard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/topology"
	"golang.org/x/sync/errgroup"
)

// sequencesAtOnce bounds how many sequences are moved at the same time.
const sequencesAtOnce = 8

// liftTimeout bounds lifting fences, undoPause is how long a failed undo rests.
const (
	liftTimeout = time.Second
	undoPause   = 200 * time.Millisecond
)

// changeOver has the other side serve: proxies hold what would begin on the
// serving side, that is fenced and drained, and one transaction in etcd changes
// the shard map. Until then all can be undone, afterwards only the next change
// over undoes it.
type changeOver struct {
	*task
	keyspace *topology.Keyspace
	move     *topology.Move // as held
	fences   map[string]*fence
	asked    map[string]asked

	mu sync.Mutex
	// stops has what the groups of the serving side had executed when they were
	// fenced.
	stops map[string]string
}

// asked is a session on the primary of a group that begins to serve.
type asked struct {
	*sql.Conn
	primary string
}

// turn changes the sides.
func (t *task) turn(ctx context.Context, k *topology.Keyspace) error {
	if err := t.ready(ctx, k); err != nil {
		return err
	}
	c := &changeOver{task: t, keyspace: k, stops: make(map[string]string)}
	defer c.close()
	err := c.prepareFences(ctx)
	if err == nil {
		err = c.connect(ctx)
	}
	switch _, refused := topology.AsRefused(err); {
	case refused:
		return err
	case err != nil:
		return c.undone(err)
	}
	held, cancel := context.WithTimeoutCause(ctx, t.mover.opts.Limits.Pause, errPause)
	defer cancel()
	if err := c.hold(held); err != nil {
		return err
	}
	err = c.drain(held)
	if err == nil {
		err = c.commit(held)
	}
	if err != nil {
		return c.giveUp(ctx, err)
	}
	t.seen.retired = false
	if k.Move.Table == nil {
		return nil
	}
	if err := t.swap(ctx, t.mover.opts.Source.Current().Keyspaces[t.keyspace]); err != nil {
		return &topology.Refused{
			Code: topology.CodeUnavailable, Message: fmt.Sprintf("the sides of %s have changed, but not all groups are open yet: %v", k.Name, err),
			Hint: "it is tried again until they are; 'shardway reshard status " + k.Name + "' shows that",
		}
	}
	return nil
}

// errPause ends a change over that takes too long.
var errPause = fmt.Errorf("it took longer than clients are to wait")

// errNotInStep: only time is missing.
var errNotInStep = errors.New("not in step")

// hintStuck is what to do about two rows with one value of a unique key.
const hintStuck = "change or delete one of the two rows through Shardway, then try again; or cancel"

// ready refuses a change over that could not be short or would lose something.
func (t *task) ready(ctx context.Context, k *topology.Keyspace) error {
	refuse := func(why, hint string) error {
		return &topology.Refused{Code: topology.CodeInUse, Message: fmt.Sprintf("the shards of %s do not change over: %s", k.Name, why), Hint: hint}
	}
	status := "'shardway reshard status " + k.Name + "' shows how far it is"
	o := t.observe()
	switch {
	case len(k.Move.Locked) > 0:
		return refuse("a fence of the last attempt is not lifted yet", status)
	case k.Move.Stopped != "":
		return refuse(k.Move.Stopped, "put that right, then 'shardway reshard resume "+k.Name+"', or cancel")
	case k.Move.Phase == topology.MoveCopying && !o.copied && o.stuck == "":
		return refuse("rows are still being copied", status)
	case k.Move.Phase == topology.MoveCopying && o.stuck != "":
		return refuse(o.stuck, hintStuck)
	case k.Move.Phase != topology.MoveFollowing || k.Move.Turns == 0 && k.Move.VerifiedAt.IsZero():
		return refuse("the rows are not compared yet", status)
	case o.stuck != "":
		return fmt.Errorf("%w: %w", errNotInStep, refuse(o.stuck, hintStuck))
	case !o.copied:
		return fmt.Errorf("%w: %w", errNotInStep, refuse(fmt.Sprintf("the other side is not within %.3g s of what is written", t.mover.opts.Limits.Lag), status))
	}
	if k.Move.Table != nil {
		if err := t.replicasAnswer(ctx, k); err != nil {
			return refuse(err.Error(), "start it; or 'shardway instance drain' and 'remove' it, and add it again afterwards")
		}
		if k.Move.Kind == topology.MoveTable {
			if err := t.nameIsFree(ctx, k); err != nil {
				return refuse(err.Error(), "look at what is in it, and drop or rename it there")
			}
		}
		return nil
	}
	serving, err := t.layoutOf(ctx, k.Move.Serving()[0].Group)
	if err != nil {
		return err
	}
	moves := indexingOf(k, k.Move.Turns) == indexesMove
	if !moves {
		serving = serving.withoutIndexes(k)
	}
	for _, group := range topology.GroupsOf(k.Move.Following()) {
		following, err := t.layoutOf(ctx, group)
		if err != nil {
			return err
		}
		if !moves {
			following = following.withoutIndexes(k)
		}
		if found := serving.differences(&following); len(found) > 0 {
			return refuse(fmt.Sprintf("the schema of group %s differs: %s", group, strings.Join(found, ", ")),
				"somebody has changed it beside Shardway; make them alike, or cancel")
		}
	}
	return nil
}

// prepareFences makes the accounts by which proxies will log in to the groups
// that serve no longer, while nobody waits.
func (c *changeOver) prepareFences(ctx context.Context) error {
	snap := c.mover.opts.Source.Current()
	c.fences = make(map[string]*fence)
	for _, group := range c.keyspace.Move.Held() {
		g := snap.Groups[group]
		if g.Operation != nil {
			return &topology.Refused{
				Code: topology.CodeInUse, Message: fmt.Sprintf("a %s of group %s is under way", g.Operation.Kind, group), Hint: "try again when it has ended",
			}
		}
		old := snap.Accounts[group]
		f := &fence{group: group, seat: c.mover.seat(group), old: old, next: nextAccount(old, g.RouteEpoch+1), everywhere: c.keyspace.Move.Table != nil}
		c.fences[group] = f
		if err := f.prepare(ctx); err != nil {
			return err
		}
	}
	return nil
}

// connect opens the sessions by which the groups that begin to serve are asked
// what they have executed, while nobody waits.
func (c *changeOver) connect(ctx context.Context) error {
	c.asked = make(map[string]asked)
	snap := c.mover.opts.Source.Current()
	for _, group := range topology.GroupsOf(c.keyspace.Move.Following()) {
		primary, err := control.PrimaryOf(snap, group)
		if err != nil {
			return err
		}
		conn, err := c.mover.servers.Conn(ctx, primary)
		if err != nil {
			return fmt.Errorf("group %s: %w", group, err)
		}
		c.asked[group] = asked{conn, primary.ID}
	}
	return nil
}

func (c *changeOver) close() {
	for _, f := range c.fences {
		f.seat.Close()
	}
	for _, s := range c.asked {
		discard(s.Conn)
	}
}

// hold has proxies begin nothing more, and gives what is open its grace. Groups
// are the unit of holding: what other keyspaces have there waits, too.
func (c *changeOver) hold(ctx context.Context) error {
	c.move = c.keyspace.Move.With(topology.StepAnnounced, now())
	c.move.Phase = topology.MoveSwitching
	snap, err := c.mover.opts.Store.Update(ctx, func(d *topology.Draft) error { return d.HoldForMove(c.keyspace.Name, *c.move, now()) })
	if err != nil {
		return err
	}
	if err := c.mover.opts.Proxies.Known(ctx, snap.Version); err != nil {
		return c.giveUp(ctx, fmt.Errorf("a proxy does not know that it has to hold: %w", err))
	}
	grace, cancel := context.WithTimeout(ctx, c.mover.opts.Limits.Grace)
	defer cancel()
	for grace.Err() == nil && !c.idle(grace) {
		_ = pause(grace, fencePause)
	}
	c.step("grace over")
	return nil
}

// idle reports whether nothing is open on any primary that is held. A transaction
// on one of them may still come to another: none counts until all are idle in one
// look.
func (c *changeOver) idle(ctx context.Context) bool {
	open, err := c.mover.opts.Proxies.Open(ctx, slices.Collect(maps.Keys(c.fences))...)
	return err == nil && open == 0
}

func (c *changeOver) step(name string) { c.move = c.move.With(name, now()) }

// drain fences the serving side, and returns when the other one has everything.
func (c *changeOver) drain(ctx context.Context) error {
	flows := c.running()
	each, eachCtx := errgroup.WithContext(ctx)
	for group, f := range c.fences {
		each.Go(func() error {
			stop, err := f.close(eachCtx)
			if err != nil {
				return err
			}
			c.mu.Lock()
			c.stops[group] = stop
			c.mu.Unlock()
			if f.everywhere {
				if err := c.cutEverywhere(eachCtx, group, stop); err != nil {
					return err
				}
			}
			if flows[group] == nil {
				return nil // of a table's move: it serves no row of the table
			}
			if err := flows[group].Drain(eachCtx, stop); err != nil {
				return fmt.Errorf("group %s: what it wrote last is not on the other side: %w", group, err)
			}
			return nil
		})
	}
	if err := each.Wait(); err != nil {
		return err
	}
	c.step("drained")
	return c.moveSequences(ctx)
}

// moveSequences moves the sequences past what MySQL has counted itself, as it
// does while a keyspace has one shard.
func (c *changeOver) moveSequences(ctx context.Context) error {
	if len(c.keyspace.Shards) > 1 {
		return nil
	}
	each, eachCtx := errgroup.WithContext(ctx)
	each.SetLimit(sequencesAtOnce)
	for _, table := range c.keyspace.Tables {
		if table.Sequence == "" {
			continue
		}
		each.Go(func() error {
			return c.onPrimary(eachCtx, c.keyspace.Shards[0].Group, func(ctx context.Context, conn *sql.Conn, keyspace string) error {
				var greatest uint64
				query := fmt.Sprintf("SELECT CAST(GREATEST(COALESCE(MAX(%s), 0), 0) AS UNSIGNED) FROM %s.%s", quote(table.Sequence), quote(keyspace), quote(table.Name))
				if err := conn.QueryRowContext(ctx, query).Scan(&greatest); err != nil {
					return err
				}
				_, err := c.mover.opts.Store.MoveTo(ctx, keyspace, table.SequenceID, greatest+1)
				return err
			})
		})
	}
	return each.Wait()
}

// commit is the point of no return. The flows end before it: what the side that
// begins to serve executes from there on is its clients'.
func (c *changeOver) commit(ctx context.Context) error {
	c.endFlows()
	turn := topology.Turn{Accounts: make(map[string]topology.Account)}
	for group, f := range c.fences {
		turn.Accounts[group] = f.next
	}
	var err error
	if turn.Executed, err = c.executed(ctx); err != nil {
		return err
	}
	c.step(topology.StepTurned)
	c.move.Phase = topology.MoveFollowing
	if c.move.Table != nil {
		c.move.Phase = topology.MoveSwapping
		if turn.First, err = c.firstValue(ctx); err != nil {
			return err
		}
	}
	c.move.Switched, c.move.Turns = !c.move.Switched, c.move.Turns+1
	c.move.LastSwitch, c.move.VerifiedAt = topology.OutcomeDone, time.Time{}
	return c.update(ctx, func(d *topology.Draft) error { return d.TurnMove(c.keyspace.Name, *c.move, turn) })
}

// executed asks the groups that begin to serve what they have executed.
func (c *changeOver) executed(ctx context.Context) (map[string]string, error) {
	snap := c.mover.opts.Source.Current()
	sets := make(map[string]string)
	each, eachCtx := errgroup.WithContext(ctx)
	for group, s := range c.asked {
		each.Go(func() error {
			var set string
			if err := s.QueryRowContext(eachCtx, "SELECT @@GLOBAL.gtid_executed").Scan(&set); err != nil {
				return fmt.Errorf("group %s: %w", group, err)
			}
			if primary, err := control.PrimaryOf(snap, group); err != nil || primary.ID != s.primary {
				return fmt.Errorf("group %s has another primary than when this began", group)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			sets[group] = oneLine(set)
			return nil
		})
	}
	return sets, each.Wait()
}

// undone is the answer to who asked for a change over that has not come about.
func (c *changeOver) undone(why error) error {
	return &topology.Refused{
		Code: topology.CodeInUse, Message: fmt.Sprintf("the shards of %s did not change over: %v", c.keyspace.Name, why), Hint: "everything is as it was; try again",
	}
}

// giveUp undoes a change over. If it is not known whether that has come about,
// the record tells: then proxies must not be let in again with the old accounts.
func (c *changeOver) giveUp(ctx context.Context, why error) error {
	ctx = context.WithoutCancel(ctx)
	for {
		err := c.undo(ctx, why)
		if err == nil {
			return c.undone(why)
		}
		k := c.mover.opts.Source.Current().Keyspaces[c.keyspace.Name]
		if k != nil && k.Move != nil && k.Move.Turns == c.keyspace.Move.Turns+1 {
			return nil // it has come about
		}
		if c.mover.life.Err() != nil {
			return fmt.Errorf("whether the shards of %s have changed over is not known; the next controller finds out: %w", c.keyspace.Name, why)
		}
		c.mover.opts.Log.Warn("a change over is being given up", "keyspace", c.keyspace.Name, "why", why, "err", err)
		_ = pause(c.mover.life, undoPause)
	}
}

func (c *changeOver) undo(ctx context.Context, why error) error {
	ctx, cancel := context.WithTimeout(ctx, c.mover.opts.Limits.Pause)
	defer cancel()
	present, err := c.mover.opts.Store.Load(ctx)
	if err != nil {
		return err
	}
	if k := present.Keyspaces[c.keyspace.Name]; k == nil || k.Move == nil || k.Move.Turns != c.keyspace.Move.Turns {
		_, err := c.mover.opts.Source.WaitFor(ctx, present.Version)
		if err == nil {
			err = errNoMove(c.keyspace.Name)
		}
		return err
	}
	return c.releaseAs(ctx, c.keyspace.Move, c.lift(ctx, c.fences), why.Error())
}

// lift lifts fences, and returns the groups on which that did not succeed: the
// primary may be dead, and nobody replaces it as long as the group is held.
func (t *task) lift(ctx context.Context, fences map[string]*fence) (locked []string) {
	ctx, cancel := context.WithTimeout(ctx, liftTimeout)
	defer cancel()
	for group, f := range fences {
		if err := f.open(ctx); err != nil {
			t.mover.opts.Log.Warn("a fence is not lifted yet", "group", group, "err", err)
			locked = append(locked, group)
		}
	}
	slices.Sort(locked)
	return locked
}

// releaseAs lets proxies go on as before.
func (t *task) releaseAs(ctx context.Context, m *topology.Move, locked []string, why string) error {
	next := m.With(topology.StepGivenUp, now())
	next.Phase, next.LastSwitch, next.Locked = topology.MoveFollowing, "given up: "+why, locked
	return t.update(ctx, func(d *topology.Draft) error { return d.ReleaseMove(t.keyspace, *next, why) })
}

// release undoes what a controller has left that died while shards were about
// to change over. It can no longer: its leadership is over (safety rule 38).
func (t *task) release(ctx context.Context, k *topology.Keyspace) error {
	snap := t.mover.opts.Source.Current()
	fences := make(map[string]*fence)
	for _, group := range k.Move.Held() {
		fences[group] = &fence{group: group, seat: t.mover.seat(group), old: snap.Accounts[group], everywhere: k.Move.Table != nil}
		defer fences[group].seat.Close()
	}
	return t.releaseAs(ctx, k.Move, t.lift(ctx, fences), "the controller that was at it died")
}

// unlock lets proxies in again where a fence was left, on every instance: the one
// that was fenced may be a replica by now, on which nothing can be changed but by
// way of the binary log.
func (t *task) unlock(ctx context.Context, k *topology.Keyspace) error {
	snap := t.mover.opts.Source.Current()
	for _, group := range k.Move.Locked {
		f := &fence{group: group, seat: t.mover.seat(group), old: snap.Accounts[group]}
		err := f.openEverywhere(ctx)
		f.seat.Close()
		if err != nil {
			return err
		}
	}
	t.say("")
	return t.advance(ctx, k.Move, "unlocked", func(m *topology.Move) { m.Locked = nil })
}

// retire locks the accounts of before the last change over for good, on every
// instance, and cuts what still reads there with them.
func (t *task) retire(ctx context.Context, k *topology.Keyspace) error {
	snap := t.mover.opts.Source.Current()
	for _, group := range topology.GroupsOf(k.Move.Following()) {
		g, account := snap.Groups[group], snap.Accounts[group]
		if g == nil || g.RouteEpoch < 2 {
			continue
		}
		f := &fence{group: group, seat: t.mover.seat(group), old: nextAccount(account, g.RouteEpoch-1)}
		executed, err := f.retire(ctx)
		f.seat.Close()
		if err != nil {
			return err
		}
		t.cutReplicas(ctx, group, f.old.User, executed)
	}
	t.seen.retired = true
	return nil
}

// cutReplicas is best effort: a replica that does not answer serves nobody, and
// has the lock before anything that is written later.
func (t *task) cutReplicas(ctx context.Context, group, user, executed string) {
	for _, replica := range t.mover.replicas(group) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		conn, err := t.mover.servers.Conn(ctx, replica)
		if err == nil {
			err = cutReplica(ctx, conn, user, executed)
			discard(conn)
		}
		cancel()
		if err != nil {
			t.mover.opts.Log.Warn("old sessions on a replica are not cut", "instance", replica.ID, "err", err)
		}
	}
}
