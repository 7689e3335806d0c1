package failover

import (
	"context"

	"github.com/shardway/shardway/topology"
)

// Store is what the controller needs of the topology's store. What changes the
// topology works only as long as this controller leads.
type Store interface {
	// Update applies edit to the newest topology and stores the result unless
	// somebody else changed it meanwhile; then edit is called again.
	Update(ctx context.Context, edit func(*topology.Draft) error) (*topology.Snapshot, error)
	// Credential returns the administrator's account of an instance.
	Credential(ctx context.Context, instance string) (topology.Account, error)
	// Operations returns the ended operations of a group, the newest first;
	// ForgetOperations drops the oldest when there are many.
	Operations(ctx context.Context, group string) ([]topology.Operation, error)
	ForgetOperations(ctx context.Context, group string) error
	// AddStep adds a step to the timeline of an ended operation.
	AddStep(ctx context.Context, group, operation string, step topology.OperationStep) error
}
