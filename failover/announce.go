package failover

import (
	"context"
	"fmt"
	"time"

	"github.com/shardway/shardway/topology"
)

// Proxies is what the controller asks of the proxies before it takes a primary
// away from them.
type Proxies interface {
	// Known waits, bounded, until every proxy that is alive routes by at least
	// that version of the topology.
	Known(ctx context.Context, version int64) error
	// Open returns how many transactions and statements are open on the
	// group's primary, over all proxies that are alive.
	Open(ctx context.Context, group string) (int, error)
}

const (
	// announceTimeout bounds waiting for the proxies to know.
	announceTimeout = 3 * time.Second
	gracePause      = 5 * time.Millisecond
)

// announce tells the proxies of a switchover, and returns when they begin
// nothing new on the primary and what is open there has ended or had its grace.
// If a proxy does not know, its clients would see errors: the switchover is off.
func (g *group) announce(ctx context.Context, o *topology.Operation) error {
	snap, err := g.store.Update(ctx, func(d *topology.Draft) error { return d.AdvanceOperation(g.id, *o) })
	if err != nil || g.proxies == nil {
		return err
	}
	known, cancel := context.WithTimeout(ctx, announceTimeout)
	defer cancel()
	if err := g.proxies.Known(known, snap.Version); err != nil {
		return g.edit(ctx, func(d *topology.Draft) error {
			return d.EndOperation(g.id, *o.With("refused", time.Now()), "refused: "+err.Error())
		})
	}
	grace, cancel := context.WithTimeout(ctx, g.policy.Grace)
	defer cancel()
	for {
		open, err := g.proxies.Open(grace, g.id)
		if grace.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("what is open on group %s: %w", g.id, err)
		}
		if open == 0 {
			return nil
		}
		select {
		case <-time.After(gracePause):
		case <-grace.Done():
			return nil
		}
	}
}
