// Package shardkey says where a row lives: it turns the value of a table's
// shard key into canonical bytes and those into a token, in Go for routing and
// as a SQL expression for anyone who wants to ask MySQL the same question.
//
// The package is pure: no sockets, no clock, no locks, and nothing of ours is
// imported. Equal values under the column's type and collation give equal
// tokens; that is its one invariant.
package shardkey
