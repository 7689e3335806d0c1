package pool

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/shardway/shardway/mysql"
)

// Read is what a read asks of the replica that serves it.
type Read struct {
	// Need is what the replica must have executed.
	Need mysql.GTIDSet
	// MaxLag bounds how old the replica's data may be; 0 does not.
	MaxLag time.Duration
	// Exclude is an instance that has just failed the reader.
	Exclude *Instance
}

// Choice is a replica to read from.
type Choice struct {
	Instance *Instance
	// Ready: it is known to have executed Need. Otherwise the reader must have
	// the server wait for it.
	Ready bool
}

// rank sorts replicas: lower is better. Those of equal rank share the load.
type rank int8

const (
	rankReadyHere rank = iota
	rankReadyElsewhere
	rankBehindHere
	rankBehindElsewhere
	rankNext    // about to be offline for a moment, as the next primary
	rankStopped // replication is off: it will not catch up, but what it has is enough
	rankOut
)

// ready reports whether a replica of this rank has executed what is needed.
func (k rank) ready() bool { return k <= rankReadyElsewhere || k == rankNext || k == rankStopped }

// Choose picks a replica: one that has executed what is needed before one that
// has not yet, one in this zone before others, and of the best the less busy of
// two picked at random. ErrNoReplica if none can serve the read.
func (c *Cluster) Choose(groupID string, r Read) (Choice, error) {
	g := c.view.Load().groups[groupID]
	if g == nil {
		return Choice{}, fmt.Errorf("group %s: %w", groupID, ErrUnknown)
	}
	if len(g.replicas) == 0 {
		return Choice{}, ErrNoReplica
	}
	now := time.Now()
	best := rankOut
	var candidates [16]*Instance
	n := 0
	for _, i := range g.replicas {
		k := i.rank(r, now)
		if k == rankOut || k > best {
			continue
		}
		if k < best {
			best, n = k, 0
		}
		if n < len(candidates) {
			candidates[n] = i
			n++
		}
	}
	if n == 0 {
		return Choice{}, fmt.Errorf("group %s: %w", groupID, ErrNoReplica)
	}
	ready := best.ready()
	return Choice{Instance: lessBusy(candidates[:n]), Ready: ready}, nil
}

// CanServe reports whether the instance may go on serving a session's reads:
// healthy, within the lag, and either ready or able to catch up.
func (i *Instance) CanServe(r Read) (ok, ready bool) {
	if g := i.group.Load(); g != nil && g.primary != i && !slices.Contains(g.replicas, i) {
		return false, false // it was drained
	}
	k := i.rank(r, time.Now())
	return k < rankOut, k.ready()
}

func (i *Instance) rank(r Read, now time.Time) rank {
	p := i.progress.Load()
	if !p.Healthy || i == r.Exclude || r.MaxLag > 0 && p.LagAt(now) > r.MaxLag {
		return rankOut
	}
	here := i.target.zone == i.cluster.opts.Zone
	next := false
	if g := i.group.Load(); g != nil {
		next = g.next == i
		if g.floorText != "" && !p.GTIDs.Contains(g.floor) {
			return rankOut // shards have come to the group that it does not have yet
		}
	}
	switch ready := p.GTIDs.Contains(r.Need); {
	case next && !p.Stopped && ready:
		return rankNext
	case next:
		return rankOut
	case p.Stopped && ready:
		return rankStopped
	case p.Stopped:
		return rankOut
	case ready && here:
		return rankReadyHere
	case ready:
		return rankReadyElsewhere
	case here:
		return rankBehindHere
	}
	return rankBehindElsewhere
}

// lessBusy picks two at random and takes the less busy one.
func lessBusy(from []*Instance) *Instance {
	if len(from) == 1 {
		return from[0]
	}
	a := rand.IntN(len(from))
	b := rand.IntN(len(from) - 1)
	if b >= a {
		b++
	}
	if from[b].busy() < from[a].busy() {
		return from[b]
	}
	return from[a]
}

// busy is the load that a choice goes by: sessions that have settled here and
// connections in use.
func (i *Instance) busy() int64 {
	return i.counters.sessions.Load() + int64(len(i.slots))
}
