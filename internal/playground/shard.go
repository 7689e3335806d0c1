package playground

import (
	"context"
	"strconv"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// shardOf names the shard that a customer of the sample is on, and its group.
func (p *playground) shardOf(ctx context.Context, customer int) string {
	snap, err := p.store.Load(ctx)
	if err != nil {
		return sampleKeyspace
	}
	keyspace := snap.Serving(sampleKeyspace)
	if keyspace == nil {
		return sampleKeyspace
	}
	// A whole number's canonical bytes are its digits.
	shard := keyspace.ShardFor(shardkey.Of([]byte(strconv.Itoa(customer))))
	if shard == nil {
		return sampleKeyspace
	}
	return topology.ShardName(sampleKeyspace, shard.Range) + " on group " + shard.Group
}
