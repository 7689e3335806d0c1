package main

import (
	"context"

	"github.com/shardway/shardway/txn"
)

// transactions answers the admin API about transactions over several groups:
// itself if this controller leads, and otherwise by asking the one that does.
type transactions struct {
	led   *led
	peers *peers
}

// List says what the leader last saw.
func (t *transactions) List(ctx context.Context) (txn.Report, error) {
	if w := t.led.get(); w != nil {
		report := w.resolver.Report()
		report.Waits = w.deadlocks.Waits()
		return report, nil
	}
	leader, err := t.peers.leader(ctx)
	if err != nil {
		return txn.Report{}, err
	}
	return leader.Transactions(ctx)
}

// Settle has the leader decide a transaction.
func (t *transactions) Settle(ctx context.Context, gtrid string, forced txn.Outcome, dryRun bool) (txn.Settled, error) {
	if w := t.led.get(); w != nil {
		return w.resolver.Settle(ctx, gtrid, forced, dryRun)
	}
	leader, err := t.peers.leader(ctx)
	if err != nil {
		return txn.Settled{}, err
	}
	done, err := leader.SettleTransaction(ctx, gtrid, forced, dryRun)
	return txn.Settled{Steps: done.Steps, Warnings: done.Warnings}, err
}
