package reshard

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/reshard/flow"
	"github.com/shardway/shardway/topology"
)

// Wanted asks for shards to be moved.
type Wanted struct {
	Keyspace string
	Kind     topology.MoveKind
	// From are the ranges of present shards, neighbours in order.
	From []topology.Range
	// Into is how many shards they become; 0 means as many as Groups. Ranges says
	// it exactly.
	Into   int
	Ranges []topology.Range
	// Groups take the new shards, in turn; none means those that have no
	// keyspace yet. To isolate a token, the first takes the rest and the second
	// the token.
	Groups []string
	// Table is what a distribution is to make of a table, or a move to the keyspace
	// To; From, Into, Ranges and Groups are not used then.
	Table topology.Declaration
	To    string
	// CopyLimit is how many bytes of rows are copied from each group a second; 0 is
	// no limit.
	CopyLimit int64
}

// Begin begins to move shards, or with dryRun says what that would do.
func (m *Mover) Begin(ctx context.Context, w Wanted, dryRun bool) ([]string, error) {
	snap, err := m.opts.Store.Load(ctx)
	if err != nil {
		return nil, err
	}
	k := snap.Serving(w.Keyspace)
	if k == nil {
		return nil, &topology.Refused{Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no keyspace %q", w.Keyspace), Hint: "'shardway keyspace list' shows what there is"}
	}
	var move *topology.Move
	switch w.Kind {
	case topology.MoveDistribute:
		move, err = m.planDistribution(ctx, snap, k, w.Table)
	case topology.MoveTable:
		move, err = m.planTableMove(ctx, snap, k, w)
	case topology.MoveSplit, topology.MoveMerge, topology.MoveIsolate:
		move, err = plan(snap, k, w)
	default:
		err = &topology.Refused{Code: topology.CodeInvalid, Message: fmt.Sprintf("%q is no kind of move", w.Kind)}
	}
	if err != nil {
		return nil, err
	}
	move.CopyLimit = w.CopyLimit
	planned := snap.Edit()
	if err := planned.BeginMove(k.Name, *move); err != nil {
		return nil, err
	}
	if err := m.check(ctx, planned.Keyspaces[k.Name]); err != nil {
		return nil, err
	}
	steps := describe(planned.Keyspaces[k.Name])
	if dryRun {
		return steps, nil
	}
	after, err := m.opts.Store.Update(ctx, func(d *topology.Draft) error { return d.BeginMove(k.Name, *move) })
	if err != nil {
		return nil, err
	}
	return steps, m.confirm(ctx, after.Version, k.Name, move)
}

// confirm makes sure that no table is being changed: whoever changes one looks
// for moves once that is stored, so that one of the two gives way.
func (m *Mover) confirm(ctx context.Context, version int64, keyspace string, move *topology.Move) error {
	err := m.noJob(ctx, keyspace)
	if err == nil && move.Kind == topology.MoveTable {
		err = m.noJob(ctx, move.Table.Keyspace)
	}
	if err == nil {
		err = m.opts.Proxies.Known(ctx, version)
	}
	if err == nil {
		return nil
	}
	if _, undo := m.opts.Store.Update(ctx, func(d *topology.Draft) error { return cancelMove(d, keyspace, move.ID) }); undo != nil {
		return fmt.Errorf("%w; and it could not be taken back, 'shardway reshard cancel %s' does that: %w", err, keyspace, undo)
	}
	return err
}

// noJob refuses a keyspace whose tables are being changed.
func (m *Mover) noJob(ctx context.Context, keyspace string) error {
	job, err := m.opts.Store.OpenJob(ctx, keyspace)
	if err != nil || job == nil {
		return err
	}
	return &topology.Refused{
		Code: topology.CodeInUse, Message: fmt.Sprintf("job %s, %s, is changing the tables of keyspace %s", job.ID, job.Verb, keyspace), Hint: "begin when it has ended",
	}
}

// cancelMove has a move's other side dropped.
func cancelMove(d *topology.Draft, keyspace, id string) error {
	k := d.Keyspaces[keyspace]
	if k == nil || k.Move == nil || k.Move.ID != id {
		return errNoMove(keyspace)
	}
	if k.Move.Switched || k.Move.Phase == topology.MoveSwitching || k.Move.Phase == topology.MoveSwapping {
		return &topology.Refused{
			Code:    topology.CodeInUse,
			Message: fmt.Sprintf("clients of keyspace %s are served by the new shards", keyspace),
			Hint:    "'shardway reshard reverse " + keyspace + "' has the old ones serve again; then it can be cancelled",
		}
	}
	next := k.Move.With("cancel", now())
	next.Phase, next.Stopped = topology.MoveCancelling, ""
	return d.AdvanceMove(keyspace, *next)
}

// plan says which shards are to be, and where.
func plan(snap *topology.Snapshot, k *topology.Keyspace, w Wanted) (*topology.Move, error) {
	m := &topology.Move{ID: moveID(), Kind: w.Kind, Phase: topology.MoveCopying}
	for _, r := range w.From {
		found := false
		for _, shard := range k.Shards {
			if shard.Range == r {
				m.From, found = append(m.From, shard), true
			}
		}
		if !found {
			return nil, &topology.Refused{
				Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no shard %s", topology.ShardName(k.Name, r)), Hint: "'shardway shard list' shows the shards",
			}
		}
	}
	if len(m.From) == 0 {
		return nil, &topology.Refused{Code: topology.CodeInvalid, Message: "no shard is named", Hint: "name one as keyspace/range, such as shop/-80"}
	}
	groups := w.Groups
	if len(groups) == 0 {
		groups = free(snap)
	}
	ranges, err := w.ranges(m, groups)
	if err != nil {
		return nil, err
	}
	if len(w.Groups) == 0 && len(groups) < len(ranges) {
		return nil, &topology.Refused{
			Code:    topology.CodeInvalid,
			Message: fmt.Sprintf("%d groups are needed that have no keyspace, and there are %d", len(ranges), len(groups)),
			Hint:    "'shardway group create' makes groups of spares; or name groups with --onto",
		}
	}
	for i, r := range ranges {
		group := groups[i%len(groups)]
		if w.Kind == topology.MoveIsolate && len(groups) == 2 {
			group = groups[0]
			if r.End == r.Start+1 {
				group = groups[1]
			}
		}
		m.To = append(m.To, topology.Shard{Range: r, Group: group})
	}
	return m.With("begun", now()), nil
}

func (w *Wanted) ranges(m *topology.Move, groups []string) ([]topology.Range, error) {
	if len(w.Ranges) > 0 {
		return w.Ranges, nil
	}
	into := w.Into
	switch {
	case into == 0 && w.Kind == topology.MoveMerge:
		into = 1
	case into == 0 && len(w.Groups) > 0:
		into = len(w.Groups)
	case into == 0:
		into = 2
	}
	whole := topology.Range{Start: m.From[0].Range.Start, End: m.From[len(m.From)-1].Range.End}
	return whole.Split(into)
}

// free are the groups that nobody uses.
func free(snap *topology.Snapshot) []string {
	var groups []string
	for _, id := range allGroups(snap) {
		if len(snap.KeyspacesOn(id)) == 0 && snap.Groups[id].Primary != "" {
			groups = append(groups, id)
		}
	}
	return groups
}

func moveID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// check asks the servers whether the rows can be moved.
func (m *Mover) check(ctx context.Context, k *topology.Keyspace) error {
	if k.Move.Table != nil {
		return m.checkTableMove(ctx, k)
	}
	var names []string
	for _, group := range topology.GroupsOf(k.Move.From) {
		err := m.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn) error {
			if err := checkMovable(ctx, conn, k.Name, group); err != nil {
				return err
			}
			if indexingOf(k, 0) == indexesFilled {
				if err := checkKeys(ctx, conn, m.opts.Source.Current(), k); err != nil {
					return err
				}
			}
			l, err := readLayout(ctx, conn, k.Name)
			names = l.tableNames()
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, group := range topology.GroupsOf(k.Move.To) {
		err := m.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn) error {
			var there bool
			if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = ?)", k.Name).Scan(&there); err != nil || !there {
				return err
			}
			return &topology.Refused{
				Code: topology.CodeExists, Message: fmt.Sprintf("group %s has a schema %s that is none of the keyspace's", group, k.Name),
				Hint: "look at what is in it, and drop or rename it",
			}
		})
		if err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return &topology.Refused{
			Code: topology.CodeInvalid, Message: fmt.Sprintf("keyspace %s has no tables, so there is nothing to move", k.Name),
			Hint: "drop it and create it on the groups that you want",
		}
	}
	for _, spec := range specs(k, 0, names) {
		if err := flow.Check(ctx, spec, m); err != nil {
			return err
		}
	}
	return nil
}

func describe(k *topology.Keyspace) []string {
	if k.Move.Table != nil {
		return describeTableMove(k)
	}
	list := func(shards []topology.Shard) string {
		texts := make([]string, len(shards))
		for i, s := range shards {
			texts[i] = topology.ShardName(k.Name, s.Range) + " on " + s.Group
		}
		return strings.Join(texts, ", ")
	}
	steps := []string{
		"copy the rows of " + list(k.Move.From),
		"to " + list(k.Move.To) + ", and follow what changes; clients notice nothing",
	}
	if indexingOf(k, 0) == indexesFilled {
		steps = append(steps, describeFilled(slices.Collect(maps.Values(k.Tables))...)...)
	}
	return append(steps, "compare all rows",
		fmt.Sprintf("then 'shardway reshard switch %s' has the new shards serve, and 'reverse' the old ones again, until 'complete'", k.Name))
}

// Ask carries out a verb on a keyspace's move, or with dryRun says what that
// would do.
func (m *Mover) Ask(ctx context.Context, keyspace string, verb Verb, dryRun bool) ([]string, error) {
	t := m.task(keyspace)
	if t == nil {
		return nil, errNoMove(keyspace)
	}
	patience := time.Now().Add(stepPatience)
	for {
		steps, err := t.ask(ctx, verb, dryRun)
		if !errors.Is(err, errNotInStep) || dryRun || time.Now().After(patience) || pause(ctx, taskTick) != nil {
			return steps, err
		}
	}
}

// stepPatience is how long a change over waits for the other side to be in step:
// after a change over it has just begun to follow.
const stepPatience = 15 * time.Second

// ask hands one request to the task and waits for its answer.
func (t *task) ask(ctx context.Context, verb Verb, dryRun bool) (steps []string, err error) {
	r := request{answer: make(chan error, 1), do: func(life context.Context, k *topology.Keyspace) (err error) {
		steps, err = t.carryOut(life, k, verb, dryRun)
		return err
	}}
	select {
	case t.requests <- r:
	case <-ctx.Done():
		return nil, fmt.Errorf("the move of keyspace %s is busy: %w", t.keyspace, context.Cause(ctx))
	}
	select {
	case err := <-r.answer:
		return steps, err
	case <-ctx.Done():
		return nil, fmt.Errorf("%s of keyspace %s is still under way: %w", verb, t.keyspace, context.Cause(ctx))
	}
}

func allGroups(snap *topology.Snapshot) []string {
	shards := make([]topology.Shard, 0, len(snap.Groups))
	for id := range snap.Groups {
		shards = append(shards, topology.Shard{Group: id})
	}
	return topology.GroupsOf(shards)
}
