package admin

import (
	"context"
	"fmt"
	"slices"

	"github.com/shardway/shardway/topology"
)

// Jobs keeps the jobs of statements that change tables on several groups.
type Jobs interface {
	Begin(ctx context.Context, job topology.Job) (*topology.Job, error)
	// Report notes how far a job has come, and returns the topology's version
	// that has the outcome, 0 while there is none.
	Report(ctx context.Context, id string, groups []topology.JobGroup, stopped bool) (int64, error)
	List(ctx context.Context) ([]*topology.Job, error)
	Get(ctx context.Context, id string) (*topology.Job, error)
	// Resume runs a job where it is missing; done and todo name groups of which
	// the caller knows it.
	Resume(ctx context.Context, id string, done, todo []string, dryRun bool) (steps []string, version int64, err error)
	Cancel(ctx context.Context, id string, force, dryRun bool) (steps []string, err error)
	// Dropped gives up the job of a keyspace that is being dropped.
	Dropped(ctx context.Context, keyspace string) error
}

// JobProgress is what a proxy reports of a job.
type JobProgress struct {
	Groups []topology.JobGroup `json:"groups"`
	// Stopped: the proxy has given up.
	Stopped bool `json:"stopped,omitempty"`
}

// JobResumption says how a job is to be resumed: groups that the caller knows
// to have the statement, and those that have not.
type JobResumption struct {
	Done []string `json:"done,omitempty"`
	Todo []string `json:"todo,omitempty"`
}

// JobCancellation says how a job is to be given up.
type JobCancellation struct {
	// Force gives up a job that has had an effect: the groups stay different.
	Force bool `json:"force,omitempty"`
}

func (s *Server) listJobs(c call, _ nothing) ([]*topology.Job, error) {
	list, err := s.opts.Jobs.List(c)
	if list == nil {
		list = []*topology.Job{}
	}
	return list, err
}

func (s *Server) showJob(c call, _ nothing) (*topology.Job, error) {
	return s.opts.Jobs.Get(c, c.name("job"))
}

func (s *Server) beginJob(c call, job topology.Job) (*topology.Job, error) {
	return s.opts.Jobs.Begin(c, job)
}

func (s *Server) reportJob(c call, p JobProgress) (Change, error) {
	id := c.name("job")
	version, err := s.opts.Jobs.Report(c, id, p.Groups, p.Stopped)
	if err != nil {
		return Change{}, err
	}
	done := Change{Steps: []string{"note how far job " + id + " has come"}, Version: version}
	if version > 0 {
		if why := s.told(c, version); why != "" {
			done.Warnings = append(done.Warnings, why)
		}
	}
	return done, nil
}

func (s *Server) resumeJob(c call, r JobResumption) (Change, error) {
	steps, version, err := s.opts.Jobs.Resume(c, c.name("job"), r.Done, r.Todo, c.dryRun)
	if err != nil {
		return Change{}, err
	}
	done := Change{DryRun: c.dryRun, Steps: steps, Version: version}
	if version > 0 {
		if why := s.told(c, version); why != "" {
			done.Warnings = append(done.Warnings, why)
		}
	}
	return done, nil
}

func (s *Server) cancelJob(c call, how JobCancellation) (Change, error) {
	steps, err := s.opts.Jobs.Cancel(c, c.name("job"), how.Force, c.dryRun)
	if err != nil {
		return Change{}, err
	}
	return Change{DryRun: c.dryRun, Steps: steps}, nil
}

// JobAlive returns a function that says whether a process is at work on a job:
// a proxy that says so, or does not answer although it is listed; another
// controller that is listed.
func JobAlive(proxies Proxies, members func(ctx context.Context, kind string) ([]topology.Member, error)) func(context.Context, topology.JobRunner, string) (bool, error) {
	return func(ctx context.Context, runner topology.JobRunner, job string) (bool, error) {
		if runner.Kind != topology.KindProxies {
			list, err := members(ctx, runner.Kind)
			for _, m := range list {
				if m.ID == runner.ID {
					return true, err
				}
			}
			return false, err
		}
		list, err := proxies.Stats(ctx)
		if err != nil {
			return false, fmt.Errorf("whether %s is at work on job %s: %w", runner.ID, job, err)
		}
		for _, p := range list {
			if p.ID == runner.ID && (p.Error != "" || slices.Contains(p.Jobs, job)) {
				return true, nil
			}
		}
		return false, nil
	}
}
