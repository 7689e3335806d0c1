// Package resolve finishes what a proxy left of a transaction over several
// groups when it died, and forgets what is decided and done everywhere.
//
// Next is the pure core: it says of one prepared branch what comes next.
// Forgettable is the other: it says which decisions nobody can need any more.
// Neither touches a socket or a clock. Resolver is the shell; it runs under a
// leadership, like everything that the leader does.
//
// Three invariants hold in every order of events (safety rule 5). A branch is
// committed or rolled back only by the row in its home group. Where there is no
// row, one that says 'abort' is inserted under the same unique key before
// anything is rolled back, so the home session can no longer commit. And a
// 'commit' row goes only when every instance of every group that it names has
// executed the commit, an 'abort' row only when the home session is known dead.
//
// Resolver.Run owns one goroutine per group and one that forgets; all have
// ended when it returns.
package resolve
