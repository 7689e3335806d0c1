// Package flow copies the rows of some tables from one group to others and
// keeps them in step with what changes meanwhile, until it is told to stop.
//
// A flow has one source, read from its binary log and by queries on the same
// server, and any number of targets. Each target gets one queue: transactions
// in the order of the source's log, and chunks of copied rows between them, at
// the places where they were marked. A chunk takes the place of a transaction
// that inserts its rows: what stands before it in the queue is executed first,
// what stands after it later. Everything is written as whole rows that replace
// what is there, so that executing anything again is harmless, and at the end
// the target has what the source has.
//
// What has been executed is stored on the target in the transaction that
// executes it. Nothing else is needed to go on: a process that dies, and a
// server that is replaced, cost what was in memory.
//
// Run owns all goroutines of a flow and returns when they have ended. Drain,
// Verify and Progress may be called while it runs, from any goroutine.
package flow
