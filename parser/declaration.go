package parser

// Declaration is what a table's comment says about its kind:
// "shardway:shard_key=customer_id;unique=shard".
type Declaration struct {
	ShardKey    []string // columns, in order; empty unless sharded
	Reference   bool
	Single      bool
	UniqueShard bool // the owner vouches that unique keys are unique over all shards
}
