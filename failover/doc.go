// Package failover keeps replication groups healthy: in each group exactly one
// instance takes writes, the others replicate from it, and no write is
// acknowledged before a listed replica has it on disk.
//
// Decide is the pure core: it looks at one group and says what to do next. It
// touches no socket, clock or lock, and every action it names may be carried out
// twice. Controller is the shell: it observes the instances twice a second, asks
// Decide, and acts. Everything runs under a leadership; when that ends so does
// the Controller, and what is in etcd and in MySQL is enough for the next one.
//
// Controller.Run owns one goroutine per group, one that watches the spares, and
// one per group for the heartbeat; all have ended when it returns.
//
// Two invariants are kept in every order of events. A primary that proxies know
// of commits nothing that a listed acker has not received: the list in etcd
// grows before an acker may acknowledge, semi-sync is on before the primary is
// writable, and it is published before clients are let in (safety rules 30, 31).
// And two controllers never act on one instance: whoever acts holds a lock in
// that instance and has asked etcd after taking it (safety rule 29).
package failover
