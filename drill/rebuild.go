package drill

import (
	"context"
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
		problem := s.awaited(ctx, id)
		if problem == "" {
			return nil
		}
		if pause(ctx, 10*lookPause) != nil {
			return fmt.Errorf("%s does not replicate %s after its rebuild began: %s", id, rebuildMax, problem)
		}
	}
}

// awaited says why a server that is filled anew is not a replica yet. It is not
// asked itself before its job has ended: see package failover.
func (s *scene) awaited(ctx context.Context, id string) string {
	g, err := s.look(ctx)
	if err != nil {
		return err.Error()
	}
	for _, i := range g.Instances {
		if i.ID == id && i.Job != nil {
			return "its job is " + string(i.Job.Phase)
		}
	}
	state, err := askServer(ctx, s.servers[id])
	if err != nil {
		return err.Error()
	}
	return state.replicaProblem(false)
}
