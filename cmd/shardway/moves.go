package main

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/reshard"
	"github.com/shardway/shardway/reshard/flow"
	"github.com/shardway/shardway/topology"
)

// moves moves shards for the admin API: itself if this controller leads, and
// otherwise by asking the one that does.
type moves struct {
	led   *led
	peers *peers
}

// Begin begins to move shards.
func (m *moves) Begin(ctx context.Context, keyspace string, wanted admin.NewMove, dryRun bool) (admin.Change, error) {
	if w := m.led.get(); w != nil {
		asked := reshard.Wanted{Keyspace: keyspace, Kind: wanted.Kind, From: wanted.From, Into: wanted.Into, Ranges: wanted.Ranges, Groups: wanted.Groups, To: wanted.To, CopyLimit: wanted.CopyLimit}
		if d := wanted.Declaration; d != nil {
			asked.Table = topology.Declaration{Table: wanted.Table, ShardKey: d.ShardKey, UniqueShard: d.UniqueShard}
		}
		steps, err := w.mover.Begin(ctx, asked, dryRun)
		return admin.Change{DryRun: dryRun, Steps: steps}, err
	}
	leader, err := m.peers.leader(ctx)
	if err != nil {
		return admin.Change{}, err
	}
	return leader.BeginMove(ctx, keyspace, wanted, dryRun)
}

// Ask does what a verb says.
func (m *moves) Ask(ctx context.Context, keyspace, verb string, dryRun bool) (admin.Change, error) {
	if w := m.led.get(); w != nil {
		steps, err := w.mover.Ask(ctx, keyspace, reshard.Verb(verb), dryRun)
		return admin.Change{DryRun: dryRun, Steps: steps}, err
	}
	leader, err := m.peers.leader(ctx)
	if err != nil {
		return admin.Change{}, err
	}
	return leader.AskMove(ctx, keyspace, verb, dryRun)
}

// Status says how far the move of a keyspace is.
func (m *moves) Status(ctx context.Context, keyspace string) (*admin.MoveStatus, error) {
	if w := m.led.get(); w != nil {
		s, ok := w.mover.Status(keyspace)
		if !ok {
			return nil, nil
		}
		return moveStatus(s), nil
	}
	leader, err := m.peers.leader(ctx)
	if err != nil {
		return nil, err
	}
	list, err := leader.Moves(ctx, keyspace)
	if err != nil || len(list) == 0 || list[0].Outcome != "" {
		return nil, err
	}
	return &list[0], nil
}

func moveStatus(s reshard.MoveStatus) *admin.MoveStatus {
	status := &admin.MoveStatus{Keyspace: s.Keyspace, Move: s.Move, Doing: s.Doing}
	for _, source := range slices.Sorted(maps.Keys(s.Flows)) {
		status.Flows = append(status.Flows, flowStatus(source, s.Flows[source]))
	}
	return status
}

func flowStatus(source string, p flow.Progress) admin.FlowStatus {
	f := admin.FlowStatus{
		Source: source, Copied: p.Copied, RowsPerSecond: p.RowsPerSecond, BytesPerSecond: p.BytesPerSecond,
		SecondsLeft: p.SecondsLeft(), LagSeconds: p.LagSeconds, Throttle: p.Throttle, Waiting: cmp.Or(p.Waiting, p.Stuck), Error: p.Err,
	}
	for _, t := range p.Tables {
		f.Tables = append(f.Tables, admin.TableStatus{
			Name: t.Name, Rows: t.Rows, RowsEstimated: t.RowsEstimated, Bytes: t.Bytes, BytesEstimated: t.BytesEstimated, Copied: t.Copied,
		})
	}
	return f
}
