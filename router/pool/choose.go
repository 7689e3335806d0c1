package pool

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// Read is what a read asks of the replica that serves it.
type Read struct {
	// Need is what the replica must have executed.
	Need mysql.GTIDSet
	// MaxLag bounds how old the replica's data may be; 0 does not.
	MaxLag time.Duration
	// Exclude is an instance that has just failed the reader.
	Exclude *Instance
	// Rules are those of the reader's keyspace.
	Rules topology.Balancing
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
// has not yet, one in this zone before others, and of the best one as the rules
// say. ErrNoReplica if none can serve the read.
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
	return Choice{Instance: g.pick(candidates[:n], r.Rules, now), Ready: best.ready()}, nil
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
	if !p.Healthy || i == r.Exclude {
		return rankOut
	}
	for _, most := range [2]time.Duration{r.MaxLag, r.Rules.MaxLag} {
		if most > 0 && p.LagAt(now) > most {
			return rankOut
		}
	}
	here := r.Rules.AnyZone || i.target.zone == i.cluster.opts.Zone
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

// pick picks one of those that would do.
func (g *group) pick(from []*Instance, rules topology.Balancing, now time.Time) *Instance {
	if len(from) > 1 && rules.SlowStart > 0 {
		from = warm(from, rules.SlowStart, now)
	}
	switch {
	case len(from) == 1:
		return from[0]
	case rules.Policy == topology.BalanceRoundRobin:
		return nextInTurn(from, g.turns.Add(1))
	case rules.Policy == topology.BalanceLeast:
		best := from[rand.IntN(len(from))] // where all are alike, not always the first
		for _, i := range from {
			if i.lessBusy(best) {
				best = i
			}
		}
		return best
	}
	a := rand.IntN(len(from))
	b := rand.IntN(len(from) - 1)
	if b >= a {
		b++
	}
	if from[b].lessBusy(from[a]) {
		return from[b]
	}
	return from[a]
}

// warm leaves out replicas that have just come into use: one that has for a tenth of
// the slow start stays one time in ten. If none is left all are.
func warm(from []*Instance, slowStart time.Duration, now time.Time) []*Instance {
	kept := slices.DeleteFunc(slices.Clone(from), func(i *Instance) bool {
		since := now.Sub(i.progress.Load().Since)
		return since < slowStart && rand.Int64N(int64(slowStart)) >= int64(since)
	})
	if len(kept) == 0 {
		return from
	}
	return kept
}

// nextInTurn takes the n-th of a round in which each comes as often as its weight
// says.
func nextInTurn(from []*Instance, n uint64) *Instance {
	total := uint64(0)
	for _, i := range from {
		total += uint64(i.weight())
	}
	n %= total
	for _, i := range from {
		if n < uint64(i.weight()) {
			return i
		}
		n -= uint64(i.weight())
	}
	return from[0]
}

// lessBusy compares what two have to do by their weights: sessions that have settled
// there and connections in use.
func (i *Instance) lessBusy(than *Instance) bool {
	return i.busy()*than.weight() < than.busy()*i.weight()
}

func (i *Instance) busy() int64 {
	return i.counters.sessions.Load() + int64(len(i.slots))
}

func (i *Instance) weight() int64 { return max(i.share.Load(), 1) }
