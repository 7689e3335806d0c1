// Package playground runs a whole Shardway cluster on this machine: embedded
// etcd, real MySQL servers in groups, a controller and a proxy, in one process
// tree, on loopback. It is what "make playground" starts and what drills use.
//
// Run owns everything it starts and returns when all of it has ended. Data,
// ports and passwords are kept in one folder, so that the next Run goes on with
// them. State is what other processes are told, by way of a file in that folder.
package playground
