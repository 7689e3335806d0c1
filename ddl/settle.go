package ddl

import (
	"context"
	"fmt"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/topology"
)

// settle finds out what became of a job on the groups where that is not known,
// and notes it in the job; it stores nothing.
//
// MySQL's DDL is atomic, the job holds the keyspace's lock, and each group was
// fingerprinted before: what is as it was before is not done, what has changed
// is. What has changed into something else than on the groups where it is
// surely done was changed by somebody else, and is left to people.
func (j *Jobs) settle(ctx context.Context, job *topology.Job) error {
	done, err := j.doneLike(ctx, job)
	if err != nil {
		return err
	}
	for i := range job.Groups {
		g := &job.Groups[i]
		if g.State != topology.JobSent {
			continue
		}
		if err := j.idle(ctx, job, g.Group); err != nil {
			return err
		}
		now, err := j.fingerprintOf(ctx, job, g.Group)
		if err != nil {
			return err
		}
		switch before := parseFingerprint(g.Before); {
		case now == before:
			g.State = topology.JobTodo
		case done == nil || now.alike(*done):
			g.State = topology.JobDone
		default:
			return &topology.Refused{
				Code:    topology.CodeInvalid,
				Message: fmt.Sprintf("on group %s the definitions are neither as they were before job %s nor as on %s, where it is done", g.Group, job.ID, job.In(topology.JobDone)[0]),
				Hint: fmt.Sprintf("make them like one of these on the server itself and say which: 'shardway job resume %[1]s --done %[2]s' or '--todo %[2]s'",
					job.ID, g.Group),
			}
		}
	}
	return nil
}

// doneLike is how the job's objects are where it is surely done, or nil if it
// is so nowhere.
func (j *Jobs) doneLike(ctx context.Context, job *topology.Job) (*fingerprint, error) {
	groups := job.In(topology.JobDone)
	if len(groups) == 0 {
		return nil, nil
	}
	f, err := j.fingerprintOf(ctx, job, groups[0])
	return &f, err
}

// idle refuses while a group's server still executes the job's statement: it
// goes on when the client or the proxy that sent it is gone.
func (j *Jobs) idle(ctx context.Context, job *topology.Job, group string) error {
	conn, err := j.opts.Servers.Primary(ctx, group)
	if err != nil {
		return err
	}
	defer conn.Close()
	var n int
	var listed bool
	err = conn.QueryRowContext(ctx, "SELECT COALESCE(SUM(COALESCE(info, '') LIKE ?), 0), COALESCE(SUM(id = CONNECTION_ID()), 0) FROM "+control.Processlist, topology.JobMark(job.ID)+"%").Scan(&n, &listed)
	if err == nil && !listed {
		err = control.ErrNotListed
	}
	if err != nil {
		return fmt.Errorf("group %s: %w", group, err)
	}
	if n > 0 {
		return &topology.Refused{
			Code:    topology.CodeInUse,
			Message: fmt.Sprintf("group %s still executes the statement of job %s", group, job.ID),
			Hint:    "try again when it has ended, or KILL it there",
		}
	}
	return nil
}
