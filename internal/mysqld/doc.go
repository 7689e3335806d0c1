// Package mysqld runs MySQL servers on this machine: for the playground and for
// tests. It finds the program, prepares data folders, starts one process per
// Server, notices its end and stops it.
//
// Every Server owns one goroutine, which lives exactly as long as its process.
// A server listens on 127.0.0.1 alone and dies with the process that started
// it, however that one ends (on Linux). Data folders are copies of one that is
// initialised once per version and kept in the user's cache; copies therefore
// share their TLS and RSA keys, which is fit for a machine's loopback only.
package mysqld
