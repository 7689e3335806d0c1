package failover_test

import (
	"testing"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// A switchover does not wait for a replica that has much to apply: it follows the
// new primary and acknowledges to it, and applies all that it had received.
func TestAReplicaGoesOnApplyingInASwitchover(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	testkit.Exec(t, c.asProxy(t, "a"), "INSERT INTO shop.t VALUES (-1)")
	w := c.write(t)
	w.more(t)
	within(t, "all three serve", healthy(controller))

	holder, err := c.servers["c"].DB(t, "").Conn(t.Context())
	must(t, err)
	defer holder.Close()
	_, err = holder.ExecContext(t.Context(), "LOCK TABLES shop.t READ") // its applier is held up
	must(t, err)
	testkit.Exec(t, c.asProxy(t, "a"), "DELETE FROM shop.t WHERE a = -1")
	w.more(t)
	done, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover, To: "b"})
	must(t, err)
	if c.primary() != "b" {
		t.Fatalf("%s is the primary, after %+v", c.primary(), done)
	}
	w.more(t)
	var behind bool
	must(t, holder.QueryRowContext(t.Context(), "SELECT COUNT(*) > 0 FROM shop.t WHERE a = -1").Scan(&behind))
	if !behind {
		t.Error("c's applier was not held up")
	}
	_, err = holder.ExecContext(t.Context(), "UNLOCK TABLES")
	must(t, err)
	within(t, "all three serve: nobody has what others lack", healthy(controller))
	within(t, "c has applied it all", func() bool {
		return c.servers["c"].DB(t, "").QueryRow("SELECT COUNT(*) > 0 FROM shop.t WHERE a = -1").Scan(&behind) == nil && !behind
	})
	c.check(t, w)
	c.operations(t)
}
