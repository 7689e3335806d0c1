// Package router is a client's life at the proxy: it lets the client in, reads
// its commands, plans each statement and has it executed, until the client
// goes or the proxy is drained.
//
// Server owns the listener's goroutine and one goroutine for each client; Close
// waits for all of them. A connection's state belongs to its goroutine alone.
// The router never writes the topology: what clients may change there goes
// through Control, which the control plane implements.
package router
