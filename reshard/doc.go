// Package reshard moves rows between shards, none lost and none doubled. What
// it does so far is to declare how a table is spread, where that moves no row:
// the table holds none, or the keyspace has one shard, or every row is already
// where it must be.
//
// It starts no goroutine of its own; every call is bounded by its context.
package reshard
