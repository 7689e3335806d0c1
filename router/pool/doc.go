// Package pool lends connections to the MySQL servers of the topology, and
// knows of each server whether it answers, what it has executed and how far it
// is behind.
//
// A Cluster follows the topology: Apply makes an Instance of each server that
// belongs to a group. Every Instance owns one goroutine, its prober, which
// Close waits for; nothing else here starts any. A Backend belongs to whoever
// got it until Release, for a connection whose protocol state is clean, or
// Destroy, for any other.
//
// Invariants: a connection is lent to one holder at a time; never more than
// Options.MaxPerInstance connections to one server exist besides the prober's;
// what an Instance publishes (Progress) never changes afterwards.
package pool
