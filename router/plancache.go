package router

import (
	"sync"

	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

// planCache keeps plans by fingerprint. A plan fits only the topology and the
// schema that it was made from; others are passed over and replaced.
type planCache struct {
	parts [planParts]planPart
	max   int // plans in one part
}

// planParts spreads sessions over locks.
const planParts = 16

type planPart struct {
	mu    sync.RWMutex
	plans map[string]*cachedPlan
}

type cachedPlan struct {
	plan     *plan.Plan
	snapshot *topology.Snapshot
	schemas  uint64
}

func newPlanCache(entries int) *planCache {
	c := &planCache{max: max(1, entries/planParts)}
	for i := range c.parts {
		c.parts[i].plans = map[string]*cachedPlan{}
	}
	return c
}

func (c *planCache) part(key []byte) *planPart {
	h := uint32(2166136261)
	for i := max(0, len(key)-32); i < len(key); i++ {
		h = (h ^ uint32(key[i])) * 16777619
	}
	return &c.parts[h%planParts]
}

// get returns the plan of a fingerprint if it fits.
func (c *planCache) get(key []byte, snap *topology.Snapshot, schemas uint64) *plan.Plan {
	p := c.part(key)
	p.mu.RLock()
	e := p.plans[string(key)]
	p.mu.RUnlock()
	if e == nil || e.snapshot != snap || e.schemas != schemas {
		return nil
	}
	return e.plan
}

// put stores a plan. A full part drops an eighth of its plans, whichever the
// map yields: a plan that is in use is soon made again.
func (c *planCache) put(key []byte, e *cachedPlan) {
	p := c.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.plans) >= c.max {
		drop := max(1, c.max/8)
		for k := range p.plans {
			delete(p.plans, k)
			if drop--; drop == 0 {
				break
			}
		}
	}
	p.plans[string(key)] = e
}
