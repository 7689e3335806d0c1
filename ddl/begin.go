package ddl

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/shardway/shardway/topology"
)

// Begin takes a keyspace for a job, looks at all its groups, and returns the
// job with its first group marked as sent. A keyspace whose job is under way
// is refused as topology.CodeInUse: try again; one whose job stands as
// topology.CodeExists: somebody has to resume or cancel that.
func (j *Jobs) Begin(ctx context.Context, job topology.Job) (*topology.Job, error) {
	if err := j.place(ctx, &job); err != nil {
		return nil, err
	}
	present, err := j.opts.Store.BeginJob(ctx, &job)
	if err == nil && present != nil {
		if err = j.clear(ctx, present); err != nil {
			return nil, err
		}
		present, err = j.opts.Store.BeginJob(ctx, &job)
	}
	if err != nil {
		return nil, err
	}
	if present != nil {
		return nil, busy(present)
	}
	err = j.unmoved(ctx, &job)
	if err == nil {
		err = j.look(ctx, &job)
	}
	if err != nil {
		_ = j.opts.Store.DropJob(context.WithoutCancel(ctx), &job) // if this fails, the next job finds that nothing was done
		return nil, err
	}
	job.Groups[0].State = topology.JobSent
	if err := j.opts.Store.SaveJob(ctx, &job); err != nil {
		return nil, err
	}
	return &job, nil
}

// place checks the job and says on which groups it runs.
func (j *Jobs) place(ctx context.Context, job *topology.Job) error {
	snap, err := j.opts.Store.Load(ctx)
	if err != nil {
		return err
	}
	k := snap.Serving(job.Keyspace)
	if k == nil {
		return &topology.Refused{Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no keyspace %q", job.Keyspace), Hint: "'shardway keyspace list' shows what there is"}
	}
	var wanted []string
	for i := range job.Groups {
		wanted = append(wanted, job.Groups[i].Group)
		job.Groups[i].State = topology.JobTodo
	}
	if !slices.Equal(wanted, k.Groups()) {
		return &topology.Refused{Code: topology.CodeInUse, Message: fmt.Sprintf("the shards of keyspace %s have changed meanwhile", job.Keyspace), Hint: "try again"}
	}
	if k.Tables[job.Declared] != nil {
		job.Declared = ""
	}
	job.State, job.Started = topology.JobRunning, time.Now().UTC()
	return job.Validate()
}

// unmoved refuses a job whose keyspace's shards have begun to move. Whoever begins
// to move them looks for jobs once that is stored, so that one of the two gives way.
func (j *Jobs) unmoved(ctx context.Context, job *topology.Job) error {
	snap, err := j.opts.Store.Load(ctx)
	if err != nil {
		return err
	}
	if k := snap.Keyspaces[job.Keyspace]; k != nil {
		return k.Still()
	}
	return nil
}

// look fingerprints the job's objects on every group, so that each is known to
// answer, and refuses a statement that could only succeed on some.
func (j *Jobs) look(ctx context.Context, job *topology.Job) error {
	prints := make([]fingerprint, len(job.Groups))
	all, allCtx := errgroup.WithContext(ctx)
	for i := range job.Groups {
		all.Go(func() (err error) {
			prints[i], err = j.fingerprintOf(allCtx, job, job.Groups[i].Group)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	for i := range prints {
		job.Groups[i].Before = prints[i].String()
		if strings.Contains(prints[i].presence, "1") {
			job.Declared = "" // the table is there already: the statement will not make it
		}
		if job.Tolerant || prints[i].presence == prints[0].presence {
			continue
		}
		return &topology.Refused{
			Code: topology.CodeInvalid,
			Message: fmt.Sprintf("the groups of keyspace %s differ already: %s %s is not on both %s and %s",
				job.Keyspace, strings.ToLower(job.Objects[0].Kind), differing(job, prints[0], prints[i]), job.Groups[0].Group, job.Groups[i].Group),
			Hint: "make them alike first: CREATE … IF NOT EXISTS and DROP … IF EXISTS run everywhere",
		}
	}
	return nil
}

// differing names an object that one server has and another has not.
func differing(job *topology.Job, a, b fingerprint) string {
	for i, o := range job.Objects {
		if a.presence[i] != b.presence[i] {
			return o.Name
		}
	}
	return ""
}

// clear makes way for another job: it ends one whose runner is gone and that
// has had no effect anywhere, and refuses otherwise.
func (j *Jobs) clear(ctx context.Context, present *topology.Job) error {
	if present.State == topology.JobRunning {
		alive, err := j.alive(ctx, present)
		if err != nil {
			return err
		}
		if alive {
			return busy(present)
		}
	}
	if err := j.settle(ctx, present); err != nil {
		return err
	}
	if !present.Untouched() {
		return stands(present)
	}
	return j.abandon(ctx, present)
}

func busy(present *topology.Job) error {
	return &topology.Refused{
		Code:    topology.CodeInUse,
		Message: fmt.Sprintf("job %s, %s, is changing the tables of keyspace %s at the moment", present.ID, present.Verb, present.Keyspace),
		Hint:    "try again when it has ended",
	}
}

func stands(present *topology.Job) error {
	return &topology.Refused{
		Code:    topology.CodeExists,
		Message: fmt.Sprintf("job %s, %s, stands half way in keyspace %s: %s", present.ID, present.Verb, present.Keyspace, present.Where()),
		Hint:    present.Hint(),
	}
}

// abandon forgets a job that has had no effect anywhere, and the declaration
// that was made for it.
func (j *Jobs) abandon(ctx context.Context, job *topology.Job) error {
	if job.Declared != "" {
		if _, err := j.opts.Store.Update(ctx, func(d *topology.Draft) error { return d.ForgetTable(job.Keyspace, job.Declared) }); err != nil {
			return err
		}
	}
	return j.opts.Store.DropJob(ctx, job)
}
