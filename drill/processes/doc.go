// Package processes lets drills break a playground: its processes get signals,
// and one further proxy, which runs as long as the drill, reaches etcd through a
// relay that can be cut.
//
// A Cluster owns that proxy, the relay and, if it started one, the playground;
// Close ends them.
package processes
