package failover_test

import (
	"context"
	"testing"
	"time"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// The ways in which clusters of MySQL servers are known to lose writes that were
// acknowledged; docs/failover.md lists them all, with what keeps each shut.

// alone writes a row that b alone has acknowledged, and has not applied, while no
// controller is there.
func (c *cluster) alone(t *testing.T) {
	t.Helper()
	testkit.Exec(t, c.servers["c"].DB(t, ""), "STOP REPLICA IO_THREAD")
	testkit.Exec(t, c.servers["b"].DB(t, ""), "STOP REPLICA SQL_THREAD")
	testkit.Exec(t, c.asProxy(t, "a"), "INSERT INTO shop.t VALUES (1)")
}

// forget has b alone acknowledge a row, and start again with further options when
// the primary is gone.
func (c *cluster) forget(t *testing.T, options ...string) {
	t.Helper()
	c.alone(t)
	c.servers["a"].Process.Kill()
	c.servers["b"].Process.Kill()
	c.servers["b"].Options.Args = append(c.servers["b"].Options.Args, options...)
	c.start(t, "b")
}

// hasRow waits until the group has a primary again, which has that row.
func (c *cluster) hasRow(t *testing.T, controller *failover.Controller) {
	t.Helper()
	within(t, "a primary serves", func() bool { return stateOf(controller, c.primary()) == failover.StateServing })
	if !holds(c.servers[c.primary()].DB(t, ""), "SELECT COUNT(*) = 1 FROM shop.t WHERE a = 1") {
		t.Errorf("an acknowledged write is lost: %s does not have it", c.primary())
	}
}

// The only server that has acknowledged a write starts again, with a configuration
// that has servers throw away what they have received and not applied, and then
// the primary is gone. What was set for good when it became a member is stronger.
func TestAnAckerKeepsItsRelayLog(t *testing.T) {
	c := newClusterOf(t, testkit.Options{Args: []string{"--plugin-load="}}, "a", "b", "c")
	c.policy = patient()
	controller, stop := c.lead(t, "one")
	c.shop(t, controller)
	stop()
	c.forget(t, "--relay-log-recovery=ON")
	controller, _ = c.lead(t, "two")
	within(t, "b takes over", func() bool { return c.primary() == "b" })
	c.hasRow(t, controller)
}

// The same with a server that has forgotten what was set for good: nobody can say
// what it has thrown away, so nobody is promoted until the old primary is back.
func TestAnAckerThatForgetsProvesNothing(t *testing.T) {
	c := newCluster(t)
	c.policy = patient()
	controller, stop := c.lead(t, "one")
	c.shop(t, controller)
	stop()
	c.forget(t, "--relay-log-recovery=ON", "--persisted-globals-load=OFF")
	controller, _ = c.lead(t, "two")
	within(t, "it is told why nobody is promoted", func() bool { return c.told.has("b (relay_log_recovery is ON, not OFF) cannot be relied on") })
	if o := c.source.Current().Groups["g1"].Operation; o == nil || o.Phase != topology.PhaseFence {
		t.Errorf("the operation is %+v", o)
	}
	c.start(t, "a")
	c.hasRow(t, controller)
	within(t, "b is struck off: it is no good while the primary lives, either", func() bool { return len(c.ackers()) == 1 && c.ackers()[0] == "c" })
}

// A replica that starts again while nobody leads looks for no source and
// acknowledges nothing: the one that it knows may have been replaced.
func TestAReplicaThatStartsLooksForNobody(t *testing.T) {
	c := newClusterOf(t, testkit.Options{Args: []string{"--plugin-load="}}, "a", "b", "c")
	controller, stop := c.lead(t, "one")
	c.shop(t, controller)
	stop()
	c.restart(t, "b")
	const closed = `SELECT @@GLOBAL.offline_mode AND @@GLOBAL.super_read_only AND NOT @@GLOBAL.rpl_semi_sync_replica_enabled AND
		(SELECT COUNT(*) FROM performance_schema.replication_connection_status WHERE service_state = 'OFF') = 1 AND
		(SELECT COUNT(*) FROM performance_schema.replication_applier_status WHERE service_state = 'OFF') = 1`
	if !holds(c.servers["b"].DB(t, ""), closed) {
		t.Error("b started to replicate by itself, or is open")
	}
}

// The chosen server has received a write that nobody else has, and takes its time
// to apply it: it is no primary before it has, and forgets nothing.
func TestTheChosenOneAppliesFirst(t *testing.T) {
	c := newCluster(t)
	c.policy = patient()
	controller, stop := c.lead(t, "one")
	c.shop(t, controller)
	testkit.Exec(t, c.asProxy(t, "a"), "INSERT INTO shop.t VALUES (0)")
	within(t, "healthy", healthy(controller))
	stop()
	c.alone(t)
	c.servers["a"].Process.Kill()
	b := c.servers["b"].DB(t, "")
	holder, err := b.Conn(t.Context())
	must(t, err)
	defer holder.Close()
	_, err = holder.ExecContext(t.Context(), "LOCK TABLES shop.t READ")
	must(t, err)
	controller, _ = c.lead(t, "two")
	within(t, "b is chosen and applies", func() bool { return c.told.has("note b: it applies what it has received") })
	if !holds(b, "SELECT COUNT(*) = 1 FROM performance_schema.replication_connection_configuration") {
		t.Error("b is nobody's replica any more, and has not applied what it had received")
	}
	_, err = holder.ExecContext(t.Context(), "UNLOCK TABLES")
	must(t, err)
	within(t, "b takes over", func() bool { return c.primary() == "b" })
	c.hasRow(t, controller)
}

// A client waits for an acknowledgement when its primary is replaced. Whatever
// becomes of its row, it is not told that it is safe.
func TestAWaitingClientIsNotToldThatAllIsWell(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	client := c.asProxy(t, "a")
	must(t, client.Ping())
	c.cut(t, "b", "c")
	told := make(chan error, 1)
	go func() {
		_, err := client.ExecContext(context.WithoutCancel(t.Context()), "INSERT INTO shop.t VALUES (1)")
		told <- err
	}()
	within(t, "another primary", func() bool { return c.primary() != "a" })
	var err error
	within(t, "the client is told something", func() bool {
		select {
		case err = <-told:
			return true
		default:
			return false
		}
	})
	if err == nil && !holds(c.servers[c.primary()].DB(t, ""), "SELECT COUNT(*) = 1 FROM shop.t WHERE a = 1") {
		t.Error("the client was told that its row is safe, and the new primary does not have it")
	}
}

// A replica that is drained is no acker any more, so that nobody has to ask it:
// it acknowledges nothing.
func TestADrainedReplicaAcknowledgesNothing(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	_, err := c.store.Update(t.Context(), func(d *topology.Draft) error { return d.Drain("b", true) })
	must(t, err)
	within(t, "b is no acker", func() bool { return len(c.ackers()) == 1 && c.ackers()[0] == "c" })
	if holds(c.servers["b"].DB(t, ""), "SELECT variable_value = 'ON' FROM performance_schema.global_status WHERE variable_name = 'Rpl_semi_sync_replica_status'") {
		t.Error("b acknowledges")
	}
	c.servers["c"].Process.Pause()
	defer c.servers["c"].Process.Resume()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := c.asProxy(t, "a").ExecContext(ctx, "INSERT INTO shop.t VALUES (1)"); err == nil {
		t.Error("a write was acknowledged that only a drained replica can have")
	}
}

// patient is a policy by which nobody is struck off.
func patient() failover.Policy {
	p := failover.DefaultPolicy(0)
	p.StrikeAfter = time.Hour
	return p
}
