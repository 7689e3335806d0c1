// Package topology is the model of a cluster: which groups of MySQL servers
// there are, which keyspaces are cut into which shards, where each shard
// lives, how each declared table is spread and who may log in.
//
// A Snapshot is that whole state as one immutable value. It is changed only
// through a Draft: a deep copy that is edited, checked and becomes the next
// snapshot. Every snapshot that exists has passed Validate; it is checked on
// every decode and before every write.
//
// The package is pure but for Source, which hands the newest snapshot to many
// readers. It starts no goroutine. Folder etcd stores what is described here.
package topology
