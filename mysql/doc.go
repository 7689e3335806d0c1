// Package mysql speaks the MySQL client/server protocol from both ends: towards
// clients as a server (greeting, authentication, results) and towards backends
// as a client (login, commands), and it copies answers from one to the other
// without decoding them (Relay).
//
// One kind of packet lives in one file, parse and build side by side. Bytes
// that came over a network never cause a panic: every parser is bounds-checked
// and has a fuzz target. The package starts no goroutines. A Conn belongs to
// one goroutine at a time; only SetDeadline and Close may be called from others.
//
// Layouts follow the protocol pages of the MySQL source documentation,
// https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html.
package mysql
