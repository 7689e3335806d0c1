package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/topology"
)

// One of two replicas is away when the primary dies: the controller begins a
// failover and promotes nobody, as the other one may have acknowledged a write
// that nobody else has (safety rule 31). An operator who accepts that changes
// the operation that waits, and it goes on.
func TestAnOperatorAcceptsTheLoss(t *testing.T) {
	c := newCluster(t)
	c.policy = failover.DefaultPolicy(0)
	c.policy.StrikeAfter = time.Hour // nor is c struck off before
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	w := c.write(t)
	w.more(t)
	c.servers["c"].Process.Kill()
	w.more(t)
	c.servers["a"].Process.Kill()
	operation := func() topology.Operation {
		if o := c.source.Current().Groups["g1"].Operation; o != nil {
			return *o
		}
		return topology.Operation{}
	}
	within(t, "nobody is promoted", func() bool {
		for _, s := range controller.Status() {
			if strings.Contains(strings.Join(s.Messages, ""), "--allow-loss") {
				return operation().Phase == topology.PhaseFence
			}
		}
		return false
	})
	lossless := failover.Request{Kind: topology.OperationFailover}
	if _, err := controller.Ask(t.Context(), "g1", lossless); err == nil || !strings.Contains(err.Error(), "c cannot be relied on") {
		t.Errorf("asked for without accepting a loss: %v", err)
	}
	lossless.DryRun = true
	if planned, err := controller.Ask(t.Context(), "g1", lossless); err != nil || len(planned.Warnings) != 1 {
		t.Errorf("a dry run lists what would be lost: %+v, %v", planned, err)
	}
	if _, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover}); err == nil {
		t.Error("a switchover in the middle of a failover")
	}
	done := make(chan error, 1)
	go func() {
		_, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationFailover, AllowLoss: true})
		done <- err
	}()
	within(t, "b is chosen", func() bool { return operation().To == "b" })
	c.start(t, "c") // whoever is promoted is opened when a replica acknowledges
	must(t, <-done)
	if c.primary() != "b" {
		t.Errorf("%s is the primary", c.primary())
	}
	w.more(t)
	if list := c.operations(t); len(list) != 1 || !list[0].AllowLoss {
		t.Errorf("%+v", list)
	}
}
