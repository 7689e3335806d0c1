package failover_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/topology"
)

// inZones places the servers: a and b in one zone, c in another.
func (c *cluster) inZones(t *testing.T) {
	t.Helper()
	c.update(t, func(d *topology.Draft) error {
		d.Instances["a"].Zone, d.Instances["b"].Zone, d.Instances["c"].Zone = "x", "x", "y"
		return d.SetDurability("g1", topology.DurabilityCrossZone)
	})
}

// acknowledged reports whether a write on the group's primary is acknowledged
// within a while.
func (c *cluster) acknowledged(t *testing.T, n int) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := c.asProxy(t, c.primary()).ExecContext(ctx, "INSERT INTO shop.t VALUES (?)", n)
	return err == nil
}

// With cross-zone a replica in the primary's own zone acknowledges nothing, and
// after a change of primary it is counted anew.
func TestDurabilityCrossZone(t *testing.T) {
	c := newCluster(t)
	c.inZones(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	within(t, "c alone acknowledges", func() bool { return slices.Equal(c.ackers(), []string{"c"}) })
	within(t, "healthy", healthy(controller))
	if !c.acknowledged(t, 1) {
		t.Error("nobody acknowledges")
	}
	c.servers["c"].Process.Pause()
	if c.acknowledged(t, 2) {
		t.Error("a write was acknowledged that is in one zone alone")
	}
	c.servers["c"].Process.Resume()
	within(t, "healthy", healthy(controller))
	within(t, "c takes over", func() bool {
		_, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover, To: "c"})
		return err == nil
	})
	within(t, "a and b acknowledge", func() bool { return slices.Equal(c.ackers(), []string{"a", "b"}) })
	within(t, "healthy", healthy(controller))
	within(t, "b takes over", func() bool {
		_, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover, To: "b"})
		return err == nil
	})
	if ackers := c.ackers(); slices.Contains(ackers, "a") {
		t.Errorf("with b as primary %v acknowledge", ackers)
	}
	within(t, "c alone acknowledges", func() bool { return slices.Equal(c.ackers(), []string{"c"}) })
}

// With none a write waits for nobody, so a dead primary is replaced only when an
// operator accepts the loss; and one can go back to one-ack.
func TestDurabilityNone(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	c.update(t, func(d *topology.Draft) error { return d.SetDurability("g1", topology.DurabilityNone) })
	within(t, "nobody acknowledges", func() bool { return len(c.ackers()) == 0 })
	within(t, "the primary waits for nobody", func() bool {
		return holds(c.servers["a"].DB(t, ""), "SELECT NOT @@GLOBAL.rpl_semi_sync_source_enabled")
	})
	c.servers["b"].Process.Pause()
	c.servers["c"].Process.Pause()
	if !c.acknowledged(t, 1) {
		t.Error("a write waits for somebody")
	}
	c.servers["b"].Process.Resume()
	c.servers["c"].Process.Resume()
	c.update(t, func(d *topology.Draft) error { return d.SetDurability("g1", topology.DurabilityOneAck) })
	within(t, "both acknowledge", func() bool { return slices.Equal(c.ackers(), []string{"b", "c"}) })
	within(t, "healthy", healthy(controller))
	c.update(t, func(d *topology.Draft) error { return d.SetDurability("g1", topology.DurabilityNone) })
	within(t, "nobody acknowledges", func() bool { return len(c.ackers()) == 0 })
	within(t, "healthy", healthy(controller))
	c.servers["a"].Process.Kill()
	within(t, "it is told why nobody takes over", func() bool { return c.told.has("it is not replaced: no replica acknowledges its writes") })
	if _, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationFailover}); err == nil {
		t.Error("a failover that may lose writes was done unasked")
	}
	_, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationFailover, AllowLoss: true})
	must(t, err)
	if !c.acknowledged(t, 2) {
		t.Error("the new primary waits for somebody")
	}
}
