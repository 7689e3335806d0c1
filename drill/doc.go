// Package drill breaks a running cluster on purpose, while clients write, and
// says whether it kept its promises: no acknowledged write is lost, none is done
// by halves or twice, clients are told nothing that is not so, and the cluster
// becomes whole by itself.
//
// A Drill is data: a name, what it does step by step, and what must hold. Run
// carries one out on a Cluster, the few things that it needs to be able to do
// to processes; drill/processes does them to a playground's. What clients were
// told is kept by the load (load.go) and compared with the servers' rows
// afterwards (check.go).
//
// Run owns the goroutines of its load; all have ended when it returns.
package drill
