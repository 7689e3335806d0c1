// Package tpcc is the TPC-C workload, written after its public specification:
// nine tables sharded by the warehouse, with the items on every shard, rows, the
// five transactions, and the twelve consistency conditions. Payments of other
// warehouses' customers and order lines supplied from elsewhere write on two
// shards or more.
//
// Terminals neither think nor type, and sizes may be smaller than specified, so
// figures of it are no TPC results. Run owns a goroutine per terminal and waits
// for all of them.
package tpcc
