package drill

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// rebuildMax bounds copying a server and starting it again.
const rebuildMax = 5 * time.Minute

// rebuild has a server that is shut out filled anew, so that the next drill finds
// the cluster whole.
func (s *scene) rebuild(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, rebuildMax)
	defer cancel()
	leader, err := s.leader(ctx)
	if err != nil {
		return err
	}
	s.say("%s is filled anew", id)
	if _, err := s.admins[leader.ID].RebuildInstance(ctx, id, false); err != nil {
		return fmt.Errorf("rebuild %s: %w", id, err)
	}
	for {
		state, err := askServer(ctx, s.servers[id])
		if err == nil && state.replicaProblem(false) == "" {
			return nil
		}
		if pause(ctx, 10*lookPause) != nil {
			return errors.Join(fmt.Errorf("%s does not replicate %s after its rebuild began: %+v", id, rebuildMax, state), err)
		}
	}
}
