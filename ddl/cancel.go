package ddl

import (
	"context"
	"fmt"

	"github.com/shardway/shardway/topology"
)

// Cancel gives a job up: one that has had no effect anywhere as if it had never
// been; another only with force, and then the groups differ.
func (j *Jobs) Cancel(ctx context.Context, id string, force, dryRun bool) (steps []string, err error) {
	job, err := j.standing(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := j.settle(ctx, job); err != nil && !force {
		return nil, err
	}
	if job.Untouched() {
		steps = append(steps, fmt.Sprintf("forget job %s, which has had no effect anywhere", id))
		if job.Declared != "" {
			steps = append(steps, "forget how "+job.Declared+" is spread")
		}
		if dryRun {
			return steps, nil
		}
		return steps, j.abandon(ctx, job)
	}
	if !force {
		return nil, &topology.Refused{
			Code:    topology.CodeInUse,
			Message: fmt.Sprintf("job %s, %s, has had an effect: %s", id, job.Verb, job.Where()),
			Hint:    fmt.Sprintf("'shardway job resume %s' completes it; with --force it is given up, and the groups stay different until you make them alike", id),
		}
	}
	steps = append(steps, fmt.Sprintf("give job %s up and leave the groups as they are: %s", id, job.Where()))
	if dryRun {
		return steps, nil
	}
	if _, err := j.opts.Store.Update(ctx, func(d *topology.Draft) error { return d.BumpSchema(job.Keyspace) }); err != nil {
		return nil, err
	}
	job.State = topology.JobCancelled
	return steps, j.opts.Store.EndJob(ctx, job)
}

// Dropped gives up the job of a keyspace that is being dropped, if it has one.
func (j *Jobs) Dropped(ctx context.Context, keyspace string) error {
	job, err := j.opts.Store.OpenJob(ctx, keyspace)
	if err != nil || job == nil {
		return err
	}
	job.State = topology.JobCancelled
	return j.opts.Store.EndJob(ctx, job)
}
