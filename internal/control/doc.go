// Package control gives the leader its sessions on MySQL servers for what it
// does about transactions over groups and about moving rows: connections to ask by, and for each
// group one seat, the only session by which it acts on the group's primary.
//
// It starts no goroutine but those of database/sql's pools, which end with
// Servers.Close.
package control
