package router

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/topology"
)

// Collations names collations by the ids that clients send when they come in.
// A server is asked once: every MySQL numbers them alike.
type Collations struct {
	pools    *pool.Cluster
	topology *topology.Source

	mu   sync.Mutex
	byID map[uint16]string
}

// NewCollations returns an empty register.
func NewCollations(source *topology.Source, pools *pool.Cluster) *Collations {
	return &Collations{pools: pools, topology: source}
}

// collationsTimeout bounds the question; a client that comes in waits for it.
const collationsTimeout = 2 * time.Second

// Names returns what SET NAMES takes for a collation id: "latin1 COLLATE latin1_swedish_ci".
func (c *Collations) Names(id uint16) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.read()
	}
	names, ok := c.byID[id]
	return names, ok
}

func (c *Collations) read() {
	ctx, cancel := context.WithTimeout(context.Background(), collationsTimeout)
	defer cancel()
	for _, g := range c.topology.Current().Groups {
		if g.Primary == "" {
			continue
		}
		b, err := c.pools.Get(ctx, g.Primary, pool.Want{Variant: mysql.Variant{DeprecateEOF: true}})
		if err != nil {
			continue
		}
		res, err := b.Query("SELECT id, character_set_name, collation_name FROM information_schema.collations")
		if err != nil {
			b.Destroy()
			continue
		}
		b.Release()
		c.byID = map[uint16]string{}
		for i := range res.Rows {
			if id, err := strconv.ParseUint(res.Value(i, 0), 10, 16); err == nil {
				c.byID[uint16(id)] = res.Value(i, 1) + " COLLATE " + res.Value(i, 2)
			}
		}
		return
	}
}
