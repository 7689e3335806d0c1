package main

import (
	"context"
	"log/slog"
	"sync"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/reshard"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
	"github.com/shardway/shardway/txn/deadlock"
	"github.com/shardway/shardway/txn/resolve"
)

// work is what a controller does while it leads.
type work struct {
	controller *failover.Controller
	resolver   *resolve.Resolver
	deadlocks  *deadlock.Watcher
	mover      *reshard.Mover
}

func newWork(
	store *etcd.Store, source *topology.Source, proxies failover.Proxies, leads func(context.Context) error, log *slog.Logger,
) (*work, error) {
	var w work
	var err error
	if w.controller, err = failover.New(failover.Options{Store: store, Source: source, Proxies: proxies, StillLeads: leads, Log: log}); err != nil {
		return nil, err
	}
	if w.resolver, err = resolve.New(resolve.Options{Store: store, Source: source, StillLeads: leads, Log: log}); err != nil {
		return nil, err
	}
	if w.deadlocks, err = deadlock.New(deadlock.Options{Store: store, Source: source, StillLeads: leads, Log: log}); err != nil {
		return nil, err
	}
	w.mover, err = reshard.NewMover(reshard.MoverOptions{Store: store, Source: source, StillLeads: leads, Proxies: proxies, Log: log})
	return &w, err
}

// run does all of it until ctx ends.
func (w *work) run(ctx context.Context) {
	var wait sync.WaitGroup
	wait.Go(func() { w.controller.Run(ctx) })
	wait.Go(func() { w.resolver.Run(ctx) })
	wait.Go(func() { w.deadlocks.Run(ctx) })
	wait.Go(func() { w.mover.Run(ctx) })
	wait.Wait()
}

// led is the work of this process's controller, if it leads.
type led struct {
	mu   sync.Mutex
	work *work
}

func (l *led) set(w *work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.work = w
}

// get returns nil if this process does not lead.
func (l *led) get() *work {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.work
}

// notes are what there is to say about a group, for status.
func (l *led) notes(group string) []string {
	w := l.get()
	if w == nil {
		return nil
	}
	var notes []string
	for _, s := range w.controller.Status() {
		if s.Group == group {
			notes = append(notes, s.Messages...)
		}
	}
	return append(notes, w.resolver.Notes(group)...)
}
