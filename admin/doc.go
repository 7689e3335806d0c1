// Package admin is the one way to change a cluster by hand: an HTTP API in
// JSON, which the command line, the web console and, for what clients say over
// SQL, the proxies use.
//
// Every changing call takes ?dry_run=true and then only says what it would do.
// An error is {"error", "hint", "code"}. Passwords of users never reach it,
// only what verifies them; the accounts that Shardway itself logs in with are
// taken in and never given out.
//
// The API listens on loopback unless it has a token. It starts no goroutine
// that outlives a call but those of net/http's server, which Serve waits for.
package admin
