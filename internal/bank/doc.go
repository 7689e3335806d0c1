// Package bank moves money between accounts on several shards and says what must
// be true afterwards, whatever was killed meanwhile. Each transfer writes two
// accounts and a line in a journal, which are on up to three shards, in one
// transaction. So
//
//   - no money is made or lost,
//   - every account has what the journal says,
//   - every transfer that was acknowledged is in the journal, and none that
//     failed for certain,
//   - who reads a writer's last line sees one that fits the order of events
//     (linearizability, checked by porcupine).
//
// A Writer and a Reader run in their caller's goroutine.
package bank
