package main

import (
	"context"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/topology"
)

// failovers changes primaries for the admin API: itself if this controller
// leads, and otherwise by asking the one that does.
type failovers struct {
	led   *led
	peers *peers
}

// Switchover has a replica take over.
func (f *failovers) Switchover(ctx context.Context, group string, s admin.Switchover, dryRun bool) (admin.Change, error) {
	if w := f.led.get(); w != nil {
		return ask(ctx, w, group, failover.Request{Kind: topology.OperationSwitchover, To: s.To, DryRun: dryRun})
	}
	leader, err := f.peers.leader(ctx)
	if err != nil {
		return admin.Change{}, err
	}
	return leader.Switchover(ctx, group, s, dryRun)
}

// Failover replaces a primary.
func (f *failovers) Failover(ctx context.Context, group string, how admin.Failover, dryRun bool) (admin.Change, error) {
	if w := f.led.get(); w != nil {
		return ask(ctx, w, group, failover.Request{Kind: topology.OperationFailover, To: how.To, AllowLoss: how.AllowLoss, DryRun: dryRun})
	}
	leader, err := f.peers.leader(ctx)
	if err != nil {
		return admin.Change{}, err
	}
	return leader.Failover(ctx, group, how, dryRun)
}

func ask(ctx context.Context, w *work, group string, r failover.Request) (admin.Change, error) {
	result, err := w.controller.Ask(ctx, group, r)
	return admin.Change{DryRun: r.DryRun, Steps: result.Steps, Warnings: result.Warnings}, err
}
