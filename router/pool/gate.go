package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrHeld: an operation is about to change the group's primary, nothing may
// begin on it. See Cluster.Ready.
var ErrHeld = errors.New("the group's primary is being changed")

// gate decides whether work may begin on a group's primary, and counts what is
// open there. Both happen under one lock: once the gate is closed and nothing is
// open, nothing can be on its way to that primary any more (safety rule 33).
type gate struct {
	mu      sync.Mutex
	primary *Instance
	closed  bool
	// swings counts how often it was closed and opened.
	swings uint64
	open   map[*Backend]struct{}
}

// entry is what a gate says to a connection that wants in.
type entry uint8

const (
	entryOpen entry = iota
	entryClosed
	entryElsewhere // the connection leads to what is no longer the primary
)

// enter lets a connection to the primary in, until leave. Whoever is inside
// another closed gate already is let in: see Want.Inside.
func (g *gate) enter(b *Backend, inside bool) entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed && !inside:
		return entryClosed
	case b.instance != g.primary:
		return entryElsewhere
	}
	g.open[b] = struct{}{}
	b.gate, b.swings = g, g.swings
	return entryOpen
}

// leave ends what enter began.
func (g *gate) leave(b *Backend) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, b)
}

// count is how many connections are in.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open)
}

// shut reports whether nothing may begin now.
func (g *gate) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// swung reports whether it was closed or opened after a connection came in.
func (g *gate) swung(b *Backend) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return b.swings != g.swings
}

// follow takes what a snapshot says of the group. Connections to a primary that
// is deposed are cut: what was open on them is lost, and whoever has them learns
// it when he next uses them.
func (g *gate) follow(primary *Instance, closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != closed {
		g.closed = closed
		g.swings++
	}
	was := g.primary
	g.primary = primary
	if was == nil || primary != nil && was.target.id == primary.target.id {
		return // at most its account is another
	}
	for b := range g.open {
		b.deposed.Store(true)
		_ = b.Conn.Close()
	}
}

// GetPrimary lends a connection to a group's published primary. Until it is
// given back it counts as open there. ErrHeld if nothing may begin there now;
// ErrNoPrimary, ErrUnknown; an *InstanceError if the primary could not be had.
// The instance is the one that was tried, nil if none was.
func (c *Cluster) GetPrimary(ctx context.Context, groupID string, w Want) (*Backend, *Instance, error) {
	for {
		g := c.view.Load().groups[groupID]
		switch {
		case g == nil:
			return nil, nil, fmt.Errorf("group %s: %w", groupID, ErrUnknown)
		case !w.Inside && g.gate.shut():
			return nil, nil, ErrHeld
		case g.primary == nil:
			return nil, nil, fmt.Errorf("group %s: %w", groupID, ErrNoPrimary)
		}
		b, err := g.primary.Get(ctx, w)
		if err != nil {
			return nil, g.primary, err
		}
		switch g.gate.enter(b, w.Inside) {
		case entryOpen:
			return b, g.primary, nil
		case entryClosed:
			b.Release()
			return nil, nil, ErrHeld
		case entryElsewhere: // the view changes right after the gate
			b.Release()
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
		}
	}
}

// Refusal is how a group's primary has failed somebody: Instance is nil if it
// was held back before it was tried.
type Refusal struct {
	Instance *Instance
	// At is when; only what was found out later says that it serves again.
	At time.Time
	// ReadOnly: it serves, but takes no writes.
	ReadOnly bool
}

// Ready reports whether it is worth another try after a refusal: work may begin
// on the group's primary, and that is another one or has answered a probe since.
func (c *Cluster) Ready(groupID string, r Refusal) bool {
	g := c.view.Load().groups[groupID]
	switch {
	case g == nil || g.primary == nil:
		return g == nil || !g.gate.shut() // trying says what is wrong
	case g.gate.shut():
		return false
	case g.primary != r.Instance:
		return true
	}
	p := g.primary.Progress()
	return p.Healthy && p.At.After(r.At) && !(r.ReadOnly && p.ReadOnly)
}

// lookEvery is how often somebody who waits looks whether a probe has found a
// server well: not every probe is a change.
const lookEvery = 50 * time.Millisecond

// Await waits until ready, which looks at this cluster, is true: it looks at
// each change and every now and then. It returns false if ctx ended first.
func (c *Cluster) Await(ctx context.Context, ready func() bool) bool {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		changed := c.Changed()
		if ready() {
			return ctx.Err() == nil
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

// Holding reports whether nothing may begin on a group's primary now. When it no
// longer does, what has changed meanwhile is known: see Retired.
func (c *Cluster) Holding(groupID string) bool {
	g := c.view.Load().groups[groupID]
	return g != nil && (g.holding || g.gate.shut())
}

// Open says for each group how many connections to its primary are in use:
// open transactions and statements under way. Read it after Version.
func (c *Cluster) Open() map[string]int {
	v := c.view.Load()
	open := make(map[string]int, len(v.groups))
	for id, g := range v.groups {
		open[id] = g.gate.count()
	}
	return open
}

// Version is that of the last snapshot that is wholly in effect: what it holds
// back does not begin any more.
func (c *Cluster) Version() int64 { return c.version.Load() }

// ServerGone reports whether an error says that a server does not serve at all,
// so that another must, or that it must come back; see Instance.Failed.
func ServerGone(err error) bool { return serverGone(err) && !accessDenied(err) }

// renewed drops idle connections of the servers between which a group's primary
// has changed, and of the one that an operation has left in place: the fence has
// ended their sessions.
func (n *group) renewed(old *group) {
	if old == nil || n.primary == old.primary && n.term == old.term && (n.holding || !old.holding) {
		return
	}
	for _, i := range []*Instance{old.primary, n.primary} {
		if i != nil {
			i.dropIdle()
		}
	}
}
