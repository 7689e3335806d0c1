package ddl

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	mysqldriver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/topology"
)

// Resume runs a job where it is missing, or with dryRun only says where that
// is. The caller knows of the groups done that they have it, and of todo that
// they have not. Once it has begun it goes on to its end even if ctx ends before.
func (j *Jobs) Resume(ctx context.Context, id string, done, todo []string, dryRun bool) (steps []string, version int64, err error) {
	job, err := j.standing(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	if err := judged(job, done, todo); err != nil {
		return nil, 0, err
	}
	if err := j.settle(ctx, job); err != nil {
		return nil, 0, err
	}
	for i := range job.Groups {
		if g := &job.Groups[i]; g.State == topology.JobDone {
			steps = append(steps, "it is done on group "+g.Group)
		} else {
			g.State, g.Error = topology.JobTodo, ""
			steps = append(steps, fmt.Sprintf("run it on group %s: %s", g.Group, job.Statement))
		}
	}
	steps = append(steps, "end the job")
	if dryRun {
		return steps, 0, nil
	}
	job.State, job.Runner = topology.JobRunning, topology.JobRunner{Kind: topology.KindControllers, ID: j.opts.ID}
	if !j.take(id) {
		return nil, 0, busy(job)
	}
	if err := j.opts.Store.SaveJob(ctx, job); err != nil {
		j.leave(id)
		return nil, 0, err
	}
	ended := make(chan outcome, 1)
	j.wait.Go(func() {
		defer j.leave(id)
		version, err := j.execute(job)
		ended <- outcome{version, err}
	})
	select {
	case o := <-ended:
		return steps, o.version, o.err
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("job %s goes on; look with 'shardway job show %s': %w", id, id, topology.ErrOutcomeUnknown)
	}
}

// outcome is how a resumed job has ended: the topology's version that has it,
// or why it stands again.
type outcome struct {
	version int64
	err     error
}

// standing returns an open job that nobody is at work on.
func (j *Jobs) standing(ctx context.Context, id string) (*topology.Job, error) {
	job, err := j.open(ctx, id)
	if err != nil {
		return nil, err
	}
	j.stopped(ctx, job)
	if job.State == topology.JobRunning {
		return nil, busy(job)
	}
	return job, nil
}

// judged notes what the caller knows of groups that cannot be judged by looking.
func judged(job *topology.Job, done, todo []string) error {
	for _, said := range []struct {
		groups []string
		state  topology.JobGroupState
	}{{done, topology.JobDone}, {todo, topology.JobTodo}} {
		for _, group := range said.groups {
			g := job.On(group)
			if g == nil {
				return &topology.Refused{Code: topology.CodeInvalid, Message: fmt.Sprintf("job %s is not on group %q", job.ID, group), Hint: "'shardway job show' names its groups"}
			}
			g.State, g.Error = said.state, ""
		}
	}
	return nil
}

func (j *Jobs) take(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.resumed[id] || j.ctx.Err() != nil {
		return false
	}
	j.resumed[id] = true
	return true
}

func (j *Jobs) leave(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.resumed, id)
}

// execute runs a job on the groups where it is missing, one after the other.
func (j *Jobs) execute(job *topology.Job) (int64, error) {
	snap, err := j.opts.Store.Load(j.ctx)
	if err != nil {
		return 0, err
	}
	for i := range job.Groups {
		g := &job.Groups[i]
		if g.State == topology.JobDone {
			continue
		}
		g.State = topology.JobSent
		if err := j.opts.Store.SaveJob(j.ctx, job); err != nil {
			return 0, err
		}
		if err := j.run(j.ctx, job, g.Group, indexes(snap, job), holds(snap, job.Schema, g.Group)); err != nil {
			g.Error = err.Error()
			if refused(err) {
				g.State = topology.JobFailed
			}
			continue
		}
		g.State = topology.JobDone
	}
	if job.Complete() {
		return j.finish(j.ctx, job)
	}
	job.State = topology.JobStopped
	if err := j.opts.Store.SaveJob(j.ctx, job); err != nil {
		return 0, err
	}
	return 0, &topology.Refused{Code: topology.CodeInvalid, Message: fmt.Sprintf("job %s stands: %s", job.ID, job.Where()), Hint: "mend the cause and resume it again"}
}

// holds reports whether a group has a schema that a client can be in.
func holds(snap *topology.Snapshot, schema, group string) bool {
	k := snap.Keyspaces[schema]
	return k != nil && slices.Contains(k.Groups(), group)
}

// indexes are the statements that make the index tables of the table that the
// job creates, where they are not there yet.
func indexes(snap *topology.Snapshot, job *topology.Job) (statements []string) {
	k := snap.Keyspaces[job.Keyspace]
	if k == nil || k.Tables[job.Declared] == nil {
		return nil
	}
	for _, key := range k.Tables[job.Declared].KeptKeys() {
		statements = append(statements, k.Tables[job.Declared].IndexDefinition(job.Keyspace, key))
	}
	return statements
}

// run executes the job's statement on a group's primary, in a session like the
// one that it was sent in, after the other statements.
func (j *Jobs) run(ctx context.Context, job *topology.Job, group string, first []string, use bool) error {
	conn, err := j.opts.Patient.Primary(ctx, group)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The session is another one from here on: it is not used again.
	defer func() { _ = conn.Raw(func(any) error { return driver.ErrBadConn }) }()
	setup := append(slices.Clone(job.Setup), first...)
	if use {
		setup = append(setup, "USE "+quote(job.Schema))
	}
	for _, statement := range setup {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	_, err = conn.ExecContext(ctx, topology.JobMark(job.ID)+job.Statement)
	return err
}

// refused reports whether a server itself has refused a statement, which then
// has had no effect.
func refused(err error) bool {
	var my *mysqldriver.MySQLError
	_, ours := topology.AsRefused(err)
	return errors.As(err, &my) || ours
}
