// Package tpch is the TPC-H workload: its eight tables as Shardway would shard
// them, rows made by the rules of the public specification (chapter 4.2), and
// its 22 queries with one set of parameters each, in the dialect of MySQL.
//
// Rows depend on the scale and the seed alone, so that two sides get the same.
// Figures of it are no TPC results: the texts' grammar is a smaller one, and
// nothing is audited.
package tpch
