package failover

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/topology"
)

// defaultInterval is how often each group is looked at.
const defaultInterval = 500 * time.Millisecond

// Options are what a Controller needs. Store, Source and StillLeads must be set.
type Options struct {
	// Store takes writes only as long as this controller leads.
	Store Store
	// Source is kept up to date by somebody else.
	Source *topology.Source
	// StillLeads asks etcd whether this controller leads.
	StillLeads func(context.Context) error
	// Proxies are told of a switchover before it happens; without them nobody is.
	Proxies Proxies
	// Policy bounds what is done; the zero value stands for DefaultPolicy. Its
	// revision is set anew each time.
	Policy Policy
	// Interval is how often each group is looked at; 500 ms.
	Interval time.Duration
	Log      *slog.Logger
}

// Validate fills in what is left out and refuses what cannot work.
func (o *Options) Validate() error {
	if o.Store == nil || o.Source == nil || o.StillLeads == nil {
		return errors.New("failover: a store, a source and a leadership are needed")
	}
	if o.Interval <= 0 {
		o.Interval = defaultInterval
	}
	if o.Policy == (Policy{}) {
		o.Policy = DefaultPolicy(0)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Controller keeps all groups healthy while it leads.
type Controller struct {
	opts Options

	mu     sync.Mutex
	groups map[string]GroupStatus
	views  map[string]View
}

// New returns a controller that has not begun.
func New(opts Options) (*Controller, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	return &Controller{opts: opts, groups: make(map[string]GroupStatus), views: make(map[string]View)}, nil
}

// Run looks after all groups until ctx, the leadership's context, ends. It
// returns when everything it started has ended.
func (c *Controller) Run(ctx context.Context) {
	running := make(map[string]context.CancelFunc)
	var wait sync.WaitGroup
	defer wait.Wait()
	for {
		changed := c.opts.Source.Changed()
		snap := c.opts.Source.Current()
		wanted := map[string]bool{"": true}
		for id := range snap.Groups {
			wanted[id] = true
		}
		for id := range wanted {
			if running[id] != nil {
				continue
			}
			groupCtx, cancel := context.WithCancel(ctx)
			running[id] = cancel
			g := &group{
				id: id, store: c.opts.Store, source: c.opts.Source, stillLeads: c.opts.StillLeads,
				proxies: c.opts.Proxies, policy: c.opts.Policy, log: c.opts.Log, report: c.report,
			}
			wait.Go(func() { g.run(groupCtx, c.opts.Interval) })
		}
		for id, cancel := range running {
			if !wanted[id] {
				cancel()
				delete(running, id)
				c.forget(id)
			}
		}
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

func (c *Controller) report(s GroupStatus, v View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.groups[s.Group], c.views[s.Group] = s, v
}

// view returns what was last seen of a group.
func (c *Controller) view(group string) (View, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.views[group]
	return v, ok && group != ""
}

func (c *Controller) forget(group string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.groups, group)
	delete(c.views, group)
}

// Status returns what was last seen of each group, by id; the spares come
// first, under an empty one.
func (c *Controller) Status() []GroupStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]GroupStatus, 0, len(c.groups))
	for _, s := range c.groups {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b GroupStatus) int { return strings.Compare(a.Group, b.Group) })
	return out
}
