package failover

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shardway/shardway/topology"
)

// recorded is a store that knows ended operations.
type recorded struct {
	Store
	list []topology.Operation
	err  error
}

func (r *recorded) Operations(context.Context, string) ([]topology.Operation, error) {
	return r.list, r.err
}

// A controller that begins to lead leaves a group alone for as long after a
// failover as the one before would have.
func TestAFailoverIsRecalled(t *testing.T) {
	at := func(minute int) time.Time { return now().Add(time.Duration(minute) * time.Minute) }
	operation := func(kind topology.OperationKind, from, to, outcome string, minute int) topology.Operation {
		o := topology.Operation{Kind: kind, From: from, To: to}
		o = *o.With("published", at(minute))
		o.Outcome = outcome
		return o
	}
	r := &recorded{err: errors.New("no answer")}
	g := &group{id: "g1", store: r}
	g.recall(t.Context())
	if g.recalled {
		t.Error("what could not be asked is not asked again")
	}
	r.err = nil
	r.list = []topology.Operation{
		operation(topology.OperationSwitchover, "b", "a", topology.OutcomeDone, 5),
		operation(topology.OperationFailover, "b", "b", topology.OutcomeDone, 4),
		operation(topology.OperationFailover, "b", "c", "refused", 3),
		operation(topology.OperationFailover, "a", "b", topology.OutcomeDone, 2),
		operation(topology.OperationFailover, "c", "a", topology.OutcomeDone, 1),
	}
	if g.recall(t.Context()); !g.recalled || !g.failedOver.Equal(at(2)) {
		t.Errorf("the last failover was at %s, not %s", g.failedOver, at(2))
	}
}
