// Package workload runs whole workloads over 4 shards: TPC-H, whose answers are
// compared with those of one plain MySQL, TPC-C, whose consistency conditions
// are checked after a run, and queries that are too large for the proxy's
// memory. It is nothing but tests.
package workload
