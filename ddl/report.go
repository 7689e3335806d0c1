package ddl

import (
	"context"
	"fmt"
	"time"

	"github.com/shardway/shardway/topology"
)

// Report notes how far a runner has come; stopped: it has given up. A job that is done everywhere ends
// with it, and one that stopped before it had any effect is forgotten. It
// returns the topology's version that has the outcome, 0 while there is none.
func (j *Jobs) Report(ctx context.Context, id string, groups []topology.JobGroup, stopped bool) (int64, error) {
	job, err := j.open(ctx, id)
	if err != nil {
		return 0, err
	}
	for _, said := range groups {
		g := job.On(said.Group)
		if g == nil {
			return 0, &topology.Refused{Code: topology.CodeInvalid, Message: fmt.Sprintf("job %s is not on group %q", id, said.Group)}
		}
		g.State, g.Error = said.State, said.Error
	}
	job.State = topology.JobRunning
	switch {
	case job.Complete():
		return j.finish(ctx, job)
	case stopped && job.Untouched():
		return 0, j.abandon(ctx, job)
	case stopped:
		job.State = topology.JobStopped
	}
	return 0, j.opts.Store.SaveJob(ctx, job)
}

// finish tells the topology what a job that is done everywhere has changed, and
// ends it. It may be repeated.
func (j *Jobs) finish(ctx context.Context, job *topology.Job) (int64, error) {
	snap, err := j.opts.Store.Update(ctx, func(d *topology.Draft) error {
		for _, table := range job.Drops {
			if err := d.ForgetTable(job.Keyspace, table); err != nil {
				return err
			}
		}
		return d.BumpSchema(job.Keyspace)
	})
	if err != nil {
		return 0, fmt.Errorf("%s is done on every group, but the topology does not know yet: %w", job.Verb, err)
	}
	job.State, job.Ended = topology.JobEnded, time.Now().UTC()
	return snap.Version, j.opts.Store.EndJob(ctx, job)
}
