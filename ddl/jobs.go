package ddl

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/shardway/shardway/topology"
)

// Store keeps the topology and the jobs.
type Store interface {
	Load(ctx context.Context) (*topology.Snapshot, error)
	Update(ctx context.Context, edit func(*topology.Draft) error) (*topology.Snapshot, error)
	// BeginJob stores a job unless its keyspace has one, which is returned then.
	BeginJob(ctx context.Context, job *topology.Job) (present *topology.Job, err error)
	SaveJob(ctx context.Context, job *topology.Job) error
	EndJob(ctx context.Context, job *topology.Job) error
	DropJob(ctx context.Context, job *topology.Job) error
	// Job returns a job by its id, or nil.
	Job(ctx context.Context, id string) (*topology.Job, error)
	Jobs(ctx context.Context) ([]*topology.Job, error)
	// OpenJob returns a keyspace's job, or nil.
	OpenJob(ctx context.Context, keyspace string) (*topology.Job, error)
}

// Servers opens control connections.
type Servers interface {
	// Primary returns a connection of its own to a group's primary; the caller
	// closes it.
	Primary(ctx context.Context, group string) (*sql.Conn, error)
}

// Options are what Jobs needs; all but Log must be set.
type Options struct {
	// ID is this controller's.
	ID    string
	Store Store
	// Servers answer questions about definitions; Patient ones wait for as
	// long as a statement takes.
	Servers, Patient Servers
	// Alive reports whether a runner is at work on a job: a proxy that says so,
	// or that does not answer although it is listed.
	Alive func(ctx context.Context, runner topology.JobRunner, job string) (bool, error)
	Log   *slog.Logger
}

// Jobs begins, records, resumes and cancels jobs.
type Jobs struct {
	opts Options
	// ctx ends with Close.
	ctx    context.Context
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu      sync.Mutex
	resumed map[string]bool // the jobs that this process is executing
}

// New returns Jobs that execute nothing yet.
func New(opts Options) (*Jobs, error) {
	if opts.ID == "" || opts.Store == nil || opts.Servers == nil || opts.Patient == nil || opts.Alive == nil {
		return nil, errors.New("ddl: an id, a store, servers and a way to ask for runners are needed")
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Jobs{opts: opts, ctx: ctx, cancel: cancel, resumed: map[string]bool{}}, nil
}

// Close stops what is being executed and waits for it. Jobs that it stops can
// be resumed.
func (j *Jobs) Close() {
	j.cancel()
	j.wait.Wait()
}

// List returns the open jobs and those that ended lately, the latest first.
func (j *Jobs) List(ctx context.Context) ([]*topology.Job, error) {
	list, err := j.opts.Store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	for _, job := range list {
		j.stopped(ctx, job)
	}
	return list, nil
}

// Get returns a job.
func (j *Jobs) Get(ctx context.Context, id string) (*topology.Job, error) {
	job, err := j.stored(ctx, id)
	if err == nil {
		j.stopped(ctx, job)
	}
	return job, err
}

// stored returns a job as it was last recorded.
func (j *Jobs) stored(ctx context.Context, id string) (*topology.Job, error) {
	job, err := j.opts.Store.Job(ctx, id)
	if err == nil && job == nil {
		err = &topology.Refused{Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no job %q", id), Hint: "'shardway job list' shows the jobs"}
	}
	return job, err
}

// stopped marks a job at which nobody is at work any more.
func (j *Jobs) stopped(ctx context.Context, job *topology.Job) {
	if job.State != topology.JobRunning {
		return
	}
	if alive, err := j.alive(ctx, job); err == nil && !alive {
		job.State = topology.JobStopped
	}
}

// open returns a job that has not ended, as it was last recorded: whoever reports
// on it is not asked whether he is there.
func (j *Jobs) open(ctx context.Context, id string) (*topology.Job, error) {
	job, err := j.stored(ctx, id)
	if err != nil {
		return nil, err
	}
	if job.State == topology.JobEnded || job.State == topology.JobCancelled {
		return nil, &topology.Refused{Code: topology.CodeInvalid, Message: fmt.Sprintf("job %s has ended: %s", id, job.State), Hint: "'shardway job list' shows the jobs"}
	}
	return job, nil
}

// alive reports whether somebody is at work on a job.
func (j *Jobs) alive(ctx context.Context, job *topology.Job) (bool, error) {
	if job.Runner.Kind == topology.KindControllers && job.Runner.ID == j.opts.ID {
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.resumed[job.ID], nil
	}
	return j.opts.Alive(ctx, job.Runner, job.ID)
}
