package failover_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/topology"
)

// quickToStrike is a policy by which dead ackers are struck off soon.
func quickToStrike() failover.Policy {
	p := failover.DefaultPolicy(0)
	p.StrikeAfter = 300 * time.Millisecond
	return p
}

func (c *cluster) ackers() []string { return c.source.Current().Groups["g1"].Ackers }

// One of two replicas dies and is struck off; then the primary dies. The other
// replica is chosen though the first cannot be asked, nothing that was
// acknowledged is lost, and the first may acknowledge again when it is back.
func TestSafetyRule31ADeadAckerIsStruckOff(t *testing.T) {
	c := newCluster(t)
	c.policy = quickToStrike()
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	w := c.write(t)
	w.more(t)
	c.servers["c"].Process.Kill()
	within(t, "c is struck off", func() bool { return slices.Equal(c.ackers(), []string{"b"}) })
	w.more(t)
	c.servers["a"].Process.Kill()
	within(t, "b is chosen", func() bool {
		o := c.source.Current().Groups["g1"].Operation
		return o != nil && o.Phase == topology.PhasePromote && o.To == "b"
	})
	c.start(t, "c")
	within(t, "b is opened as c acknowledges", func() bool { return c.primary() == "b" })
	w.more(t)
	c.start(t, "a")
	within(t, "the old primary is a replica or shut out", func() bool {
		s := stateOf(controller, "a")
		return s == failover.StateServing || s == failover.StateDiverged
	})
	within(t, "c acknowledges again", func() bool { return slices.Contains(c.ackers(), "c") })
	c.check(t, w)
	c.operations(t)
}

// A replica that hung while it was struck off acknowledges nothing when it goes
// on, also while no controller is there to stop it; with one it becomes an acker
// again.
func TestSafetyRule31AStruckOffAckerAcknowledgesNothing(t *testing.T) {
	c := newCluster(t)
	c.policy = quickToStrike()
	controller, stop := c.lead(t, "one")
	c.shop(t, controller)
	c.servers["c"].Process.Pause()
	defer c.servers["c"].Process.Resume()
	within(t, "c is struck off", func() bool { return slices.Equal(c.ackers(), []string{"b"}) })
	stop()
	c.servers["b"].Process.Pause()
	defer c.servers["b"].Process.Resume()
	c.servers["c"].Process.Resume()
	// It has looked for its source again, so it could have acknowledged.
	db := c.servers["c"].DB(t, "")
	within(t, "c looks for its source", func() bool {
		var failed int
		err := db.QueryRow("SELECT last_error_number FROM performance_schema.replication_connection_status").Scan(&failed)
		return err == nil && failed == 3118
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if _, err := c.asProxy(t, "a").ExecContext(ctx, "INSERT INTO shop.t VALUES (1)"); err == nil {
		t.Error("a write was acknowledged that no listed acker has")
	}
	c.servers["b"].Process.Resume()
	controller, _ = c.lead(t, "two")
	within(t, "c is an acker again", func() bool { return slices.Equal(c.ackers(), []string{"b", "c"}) })
	within(t, "healthy", healthy(controller))
}
