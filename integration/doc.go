// Package integration proves Shardway's promises on real MySQL servers and a
// real etcd, with the controller and the proxy as processes.
//
// Its largest part compares: each statement of testdata/differential runs on
// one plain MySQL and through the proxy over 1, 2 and 4 shards, as text and
// prepared, and what the client sees must be the same. A statement that is
// refused over several shards, and a difference that is accepted, is marked so
// in the file, with the reason. The other tests are stories: what a session may
// rely on while servers stop, lag or lose connections.
package integration
