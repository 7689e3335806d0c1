package failover

import (
	"context"
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
	// groups' primaries, over all proxies that are alive.
	Open(ctx context.Context, groups ...string) (int, error)
}

const (
	// announceTimeout bounds waiting for the proxies to know.
	announceTimeout = 3 * time.Second
	gracePause      = 5 * time.Millisecond
)

// announce tells the proxies of a switchover, and goes on to the next phase when they begin
// nothing new on the primary and what is open there has ended or had its grace.
// If a proxy does not know, its clients would see errors: the switchover is off.
func (g *group) announce(ctx context.Context, o *topology.Operation) error {
	if err := g.edit(ctx, func(d *topology.Draft) error { return d.AdvanceOperation(g.id, *o) }); err != nil {
		return err
	}
	graceOver := func() error {
		next := o.With("grace over", time.Now())
		next.Phase = topology.PhaseFence
		return g.edit(ctx, func(d *topology.Draft) error { return d.AdvanceOperation(g.id, *next) })
	}
	if g.proxies == nil {
		return graceOver()
	}
	known, cancel := context.WithTimeout(ctx, announceTimeout)
	defer cancel()
	if err := g.proxies.Known(known, g.stored); err != nil {
		return g.edit(ctx, func(d *topology.Draft) error {
			return d.EndOperation(g.id, *o.With("refused", time.Now()), "refused: "+err.Error())
		})
	}
	grace, cancel := context.WithTimeout(ctx, g.policy.Grace)
	defer cancel()
	for {
		// A proxy that does not say what is open there may have something open.
		open, err := g.proxies.Open(grace, g.id)
		if err == nil && open == 0 {
			return graceOver()
		}
		select {
		case <-time.After(gracePause):
		case <-grace.Done():
			return graceOver()
		}
	}
}
