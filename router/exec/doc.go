// Package exec runs plans: it leases connections, sends each group its part,
// relays or merges the answers, and keeps what a client's session is made of
// while connections come and go: settings, the open transaction, positions of
// reads, and the ledger of what the last statement did.
//
// A Session belongs to one goroutine. It owns the connections of its
// transaction from the first statement to COMMIT or ROLLBACK, pinned ones
// until the client goes, and every other for one statement. A connection whose
// protocol state is not provably clean is destroyed, never lent again.
//
// What may be sent again (safety rule 33) is decided in one place, retriable:
// what never reached a server, and an autocommit read of whose answer no byte
// has gone to the client. The outcome of a COMMIT that got no answer is
// unknown; that is an error of its own, and nothing is sent again after it.
package exec
