// Package cluster gives tests a whole Shardway cluster: groups of real MySQL
// servers, etcd, a controller and a proxy, the last two as processes of the
// program as it is built from this checkout. One cluster of each shape is
// started when a test first asks and shared by the whole test binary; each test
// works in a keyspace of its own.
//
//	func TestMain(m *testing.M) { testkit.Main(m) }
//
//	func TestX(t *testing.T) {
//		c := cluster.Get(t, cluster.Shape{Groups: 2, Replicas: 1})
//		db := c.DB(t, c.Keyspace(t, cluster.Keyspace{Shards: 4}))
package cluster
