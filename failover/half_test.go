package failover_test

import (
	"testing"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/testkit"
)

// A replica loses its source in the middle of a branch of a distributed
// transaction and gets it anew from the beginning. Its applier stops, as it
// cannot roll the first half back by itself; the controller has it go on.
func TestAReplicaGetsHalfABranch(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	proxy := c.asProxy(t, "a")
	testkit.Exec(t, proxy, "CREATE TABLE shop.large (a INT PRIMARY KEY, b VARCHAR(1000))")
	w := c.write(t)
	w.more(t)
	b := c.servers["b"].DB(t, "")
	conn, err := proxy.Conn(t.Context())
	must(t, err)
	defer conn.Close()
	for _, statement := range []string{"XA START 'half'", insertLarge, "XA END 'half'"} {
		_, err := conn.ExecContext(t.Context(), statement)
		must(t, err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := conn.ExecContext(t.Context(), "XA PREPARE 'half'")
		done <- err
	}()
	for { // a single row passes in a moment: what is seen twice is the large one
		if first := receiving(t, b); first != "" && receiving(t, b) == first {
			break
		}
		select {
		case err := <-done:
			t.Fatal("it was sent unseen: ", err)
		default:
		}
	}
	testkit.Exec(t, b, "STOP REPLICA IO_THREAD", "START REPLICA IO_THREAD")
	must(t, <-done)
	_, err = conn.ExecContext(t.Context(), "XA COMMIT 'half'")
	must(t, err)
	within(t, "b has it all", func() bool {
		var n int
		return b.QueryRow("SELECT COUNT(*) FROM shop.large").Scan(&n) == nil && n == 40_000 && stateOf(controller, "b") == failover.StateServing
	})
	within(t, "the group is healthy", healthy(controller))
	w.more(t)
	c.check(t, w)
}
