// Package testkit gives tests real MySQL servers and a real etcd, quickly: one
// of each is started when a test first asks and shared by the whole test binary;
// each test works in a schema, or under a prefix, of its own.
//
//	func TestMain(m *testing.M) { testkit.Main(m) }
//
//	func TestX(t *testing.T) {
//		s := testkit.Server(t, testkit.Options{})
//		db := s.DB(t, s.Schema(t))
//
// Main stops what was started and fails the binary if goroutines are left. A
// binary that is killed leaves no server behind either (on Linux). The
// servers' data is in memory where there is room, and they wait for no disk, so
// nothing here can prove that data survive a power cut.
package testkit
