// Package reshard declares how tables are spread, and moves rows between shards,
// none lost and none doubled. A [Distributor] declares a table where no row has to move
// for it: the table holds none, or the keyspace has one shard, or every row is already
// where it must be. A [Mover] moves shards to other groups, and a single table's rows
// to all, while clients go on; what it does is kept in etcd as a [topology.Move], so
// that whichever controller leads goes on from there.
package reshard
