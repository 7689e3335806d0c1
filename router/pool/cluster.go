package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// Cluster is the servers of the topology as they are now. Safe for concurrent
// use.
type Cluster struct {
	opts   Options
	began  time.Time
	life   context.Context // ends with Close
	end    context.CancelFunc
	probes sync.WaitGroup
	view   atomic.Pointer[view]
	// changed is closed and replaced when a server's health or the topology changes.
	changed atomic.Pointer[chan struct{}]

	version atomic.Int64

	mu     sync.Mutex // held by Apply and Close
	closed bool
}

// view is an immutable picture of groups and instances.
type view struct {
	instances map[string]*Instance
	groups    map[string]*group
}

// group is a replication group of one primary; a change of primary makes
// another value.
type group struct {
	id       string
	primary  *Instance // nil if none is published
	replicas []*Instance
	history  *history
	// gate and turns, how often a replica was picked in turn, are the same for all
	// values of one group.
	gate  *gate
	turns *atomic.Uint64
	// term and holding are the group's.
	term    int64
	holding bool
	// next is about to become the primary, and will be offline for a moment.
	next *Instance
	// floor is what a replica must have executed to serve anybody.
	floor     mysql.GTIDSet
	floorText string
}

// New returns a cluster without servers.
func New(o Options) *Cluster {
	o.setDefaults()
	c := &Cluster{opts: o, began: time.Now()}
	c.life, c.end = context.WithCancel(context.Background())
	c.view.Store(&view{})
	ch := make(chan struct{})
	c.changed.Store(&ch)
	return c
}

// Apply makes the cluster follow a snapshot. Servers that stay keep their
// connections; one whose address, group or account changed is a new one.
// Connections to servers that left are destroyed when they are released.
func (c *Cluster) Apply(s *topology.Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	old := c.view.Load()
	v := &view{instances: make(map[string]*Instance), groups: make(map[string]*group)}
	var fresh []*Instance
	for id, in := range s.Instances {
		account, ok := s.Accounts[in.Group]
		if in.Group == "" || !ok {
			continue
		}
		t := target{id: id, host: in.Host, port: in.Port, zone: in.Zone, group: in.Group, account: account}
		if was := old.instances[id]; was != nil && was.target == t {
			v.instances[id] = was
			continue
		}
		i := newInstance(c, t)
		v.instances[id] = i
		fresh = append(fresh, i)
	}
	for id, g := range s.Groups {
		v.groups[id] = v.newGroup(g, s.Members(id), old.groups[id])
	}
	for id, i := range v.instances {
		i.group.Store(v.groups[i.target.group])
		i.share.Store(int64(s.Instances[id].Weight))
	}
	for id, g := range v.groups {
		g.gate.follow(g.primary, g.holding)
		g.renewed(old.groups[id])
		if was := old.groups[id]; g.holding && g.primary != nil && (was == nil || !was.holding) {
			g.primary.dropIdle() // whoever fences it need not end them one by one
		}
	}
	c.view.Store(v)
	c.version.Store(s.Version)
	for _, i := range fresh {
		c.probes.Go(i.probe)
	}
	for id, i := range old.instances {
		if v.instances[id] != i {
			i.remove()
		}
	}
	c.notify()
}

func (v *view) newGroup(g *topology.Group, members []*topology.Instance, old *group) *group {
	n := &group{id: g.ID, primary: v.instances[g.Primary], history: &history{}, term: g.Term, holding: g.Holding()}
	if old == nil {
		n.gate, n.turns = &gate{open: map[*Backend]struct{}{}}, new(atomic.Uint64)
	} else {
		n.gate, n.turns = old.gate, old.turns
	}
	if old != nil && old.primary == n.primary {
		n.history = old.history
	}
	if n.holding {
		n.next = v.instances[g.Operation.To]
	}
	if old != nil && old.floorText == g.Floor {
		n.floor = old.floor
	} else if floor, err := mysql.ParseGTIDSet(g.Floor); err == nil {
		n.floor = floor
	}
	n.floorText = g.Floor
	for _, m := range members {
		if i := v.instances[m.ID]; i != nil && i != n.primary && m.Serves() {
			n.replicas = append(n.replicas, i)
		}
	}
	return n
}

// Close ends the probers, waits for them, and closes all idle connections.
// Those that are lent are closed when they come back.
func (c *Cluster) Close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		c.end()
		for _, i := range c.view.Load().instances {
			i.remove()
		}
	}
	c.mu.Unlock()
	c.probes.Wait()
}

// since places a moment on the process's own clock, which no one sets.
func (c *Cluster) since(t time.Time) int64 { return int64(t.Sub(c.began)) }

// Changed returns a channel that is closed at the next change of the topology
// or of a server's health. Get it before looking, then look, then wait.
func (c *Cluster) Changed() <-chan struct{} { return *c.changed.Load() }

func (c *Cluster) notify() {
	next := make(chan struct{})
	close(*c.changed.Swap(&next))
}

// Instance returns a server by its id.
func (c *Cluster) Instance(id string) (*Instance, error) {
	if i := c.view.Load().instances[id]; i != nil {
		return i, nil
	}
	return nil, fmt.Errorf("instance %s: %w", id, ErrUnknown)
}

// Retired reports whether a server is reached in another way by now: the proxies'
// account is that of the next route epoch, for instance, or it is gone.
func (c *Cluster) Retired(i *Instance) bool { return c.view.Load().instances[i.target.id] != i }

// Primary returns the published primary of a group, healthy or not.
func (c *Cluster) Primary(groupID string) (*Instance, error) {
	g := c.view.Load().groups[groupID]
	switch {
	case g == nil:
		return nil, fmt.Errorf("group %s: %w", groupID, ErrUnknown)
	case g.primary == nil:
		return nil, fmt.Errorf("group %s: %w", groupID, ErrNoPrimary)
	}
	return g.primary, nil
}

// Instances returns all servers in order of id.
func (c *Cluster) Instances() []*Instance {
	v := c.view.Load()
	list := make([]*Instance, 0, len(v.instances))
	for _, id := range slices.Sorted(maps.Keys(v.instances)) {
		list = append(list, v.instances[id])
	}
	return list
}
