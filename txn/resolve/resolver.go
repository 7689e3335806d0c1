package resolve

import (
	"context"
	"sync"
	"time"

	"github.com/shardway/shardway/internal/control"
)

// Resolver finishes and forgets transactions while its controller leads.
type Resolver struct {
	opts    Options
	servers *control.Servers

	mu    sync.Mutex
	seats map[string]*control.Seat
	// seen is what was last seen of each group, held what could not be forgotten.
	seen map[string]sight
	held map[string]map[string]int
}

// New returns a resolver that has not begun.
func New(opts Options) (*Resolver, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	return &Resolver{
		opts: opts, servers: control.NewServers(opts.Store), seats: make(map[string]*control.Seat),
		seen: make(map[string]sight), held: make(map[string]map[string]int),
	}, nil
}

// Run looks after all groups until ctx, the leadership's context, ends. It
// returns when everything it started has ended. It can be called once.
func (r *Resolver) Run(ctx context.Context) {
	var wait sync.WaitGroup
	defer r.close()
	defer wait.Wait()
	wait.Go(func() { r.forgetting(ctx) })
	running := make(map[string]context.CancelFunc)
	for {
		changed := r.opts.Source.Changed()
		snap := r.opts.Source.Current()
		for id := range snap.Groups {
			if running[id] == nil {
				var groupCtx context.Context
				groupCtx, running[id] = context.WithCancel(ctx)
				wait.Go(func() { r.watch(groupCtx, id) })
			}
		}
		for id, cancel := range running {
			if snap.Groups[id] == nil {
				cancel()
				delete(running, id)
			}
		}
		r.servers.Forget(snap)
		select {
		case <-changed:
		case <-ctx.Done():
			for _, cancel := range running {
				cancel()
			}
			return
		}
	}
}

func (r *Resolver) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.seats {
		s.Close()
	}
	r.servers.Close()
}

// seat returns a group's seat.
func (r *Resolver) seat(group string) *control.Seat {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.seats[group]
	if s == nil {
		s = control.NewSeat(group, control.ResolverLock, r.servers, r.opts.Source, r.opts.StillLeads)
		r.seats[group] = s
	}
	return s
}

// watch looks at a group's branches once per interval until ctx ends.
func (r *Resolver) watch(ctx context.Context, group string) {
	w := &watched{resolver: r, group: group, since: make(map[XID]time.Time)}
	defer r.unsee(group)
	tick := time.NewTicker(r.opts.Interval)
	defer tick.Stop()
	for {
		w.round(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
