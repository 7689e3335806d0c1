// Package etcd keeps the topology in etcd: the records of package topology,
// changed by compare-and-swap and watched, who of the cluster is alive, who
// leads, and the sequences behind AUTO_INCREMENT columns.
//
// Below the prefix /shardway/<cluster>/ there are
//
//	topology/…            the records, one key per thing, and
//	topology/write        the last write's id; every write compares and
//	                      replaces it, so writes are in one order and what one
//	                      has read nobody changed before it took effect
//	credentials/<inst>    administrators' accounts; no snapshot holds them
//	sequences/<ks>/<id>   the next value of a sequence
//	operations/<group>/…  the ended operations of a group
//	members/<kind>/<id>   who is alive, bound to a lease
//	leader/…              the election of the leading controller
//	tickets/<kind>        how many numbers of a kind have been given
//
// The caller owns every goroutine: Follow and Register run in the one that
// calls them and return when their context ends. Every call is bounded by its
// context and by Options.RequestTimeout.
package etcd
