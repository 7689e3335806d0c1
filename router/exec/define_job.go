package exec

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

const (
	// definitionWaitMax bounds how long DDL waits for another of its keyspace,
	// definitionPause is how often it asks.
	definitionWaitMax = 50 * time.Second
	definitionPause   = 50 * time.Millisecond
	// reportTries bounds how often it is tried to report the end of a job.
	reportTries = 20
)

// jobIDs are the jobs that this proxy is executing.
type jobIDs struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (j *jobIDs) add(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ids == nil {
		j.ids = map[string]bool{}
	}
	j.ids[id] = true
}

func (j *jobIDs) remove(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.ids, id)
}

// RunningJobs lists the jobs that this proxy's sessions are executing.
func (e *Environment) RunningJobs() []string {
	e.jobs.mu.Lock()
	defer e.jobs.mu.Unlock()
	list := make([]string, 0, len(e.jobs.ids))
	for id := range e.jobs.ids {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

// definitionJob is one definition on several groups while it is being executed.
type definitionJob struct {
	s      *Session
	op     *plan.Definition
	st     *Statement
	id     string
	groups []topology.JobGroup
	text   []byte
	sums   []mysql.Summary
	first  error // of the groups that failed
}

// defineAsJob runs a definition on several groups: on the first one, which has
// most of what can go wrong go wrong before anything is done; then on the others
// at once. How far it has come is recorded before each step.
func (s *Session) defineAsJob(ctx context.Context, op *plan.Definition, d parser.Declaration, declare bool, groups []string, st *Statement) error {
	defer s.fixClock()()
	j := &definitionJob{s: s, op: op, st: st, id: newJobID()}
	s.env.jobs.add(j.id)
	defer s.env.jobs.remove(j.id)
	begun, err := j.begin(ctx, declare, groups)
	if err != nil {
		return err
	}
	if begun.Declared != "" {
		err := s.declare(ctx, op, d)
		if err == nil {
			err = s.createIndexes(ctx, op.Keyspace.Name, op.Create.Table.Name, st)
		}
		if err != nil {
			j.groups[0].State = topology.JobTodo
			return errors.Join(err, j.stop(ctx))
		}
	}
	j.text = append([]byte(topology.JobMark(j.id)), st.SQL...)
	sum, err := s.defineOn(ctx, groups[0], j.text, st)
	if !j.took(0, sum, err) {
		return errors.Join(err, j.stop(ctx))
	}
	for i := 1; i < len(j.groups); i++ {
		j.groups[i].State = topology.JobSent
	}
	if err := s.env.Control.ReportJob(ctx, j.id, j.groups, false); err != nil {
		return fmt.Errorf("%s of keyspace %s is done on %s and was not tried elsewhere, because it could not be recorded: %w; when the controller is back: shardway job resume %s", op.Verb, op.Keyspace.Name, groups[0], err, j.id)
	}
	j.others(ctx)
	return j.end(ctx)
}

func newJobID() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// begin takes the keyspace for the job, waiting for another one's end.
func (j *definitionJob) begin(ctx context.Context, declare bool, groups []string) (*topology.Job, error) {
	job := j.record(declare, groups)
	give := time.NewTimer(definitionWaitMax)
	defer give.Stop()
	for {
		begun, err := j.s.env.Control.BeginJob(ctx, job)
		if err == nil {
			j.groups = begun.Groups
			return begun, nil
		}
		refused, ok := topology.AsRefused(err)
		switch {
		case !ok || refused.Code == topology.CodeUnavailable:
			return nil, mysql.NewError(mysql.ErUnknown, "%s on keyspace %s, which is on %d groups, needs the controller and etcd; nothing was done: %v", j.op.Verb, job.Keyspace, len(groups), err)
		case refused.Code != topology.CodeInUse:
			return nil, mysql.NewError(mysql.ErUnknown, "%s; nothing was done; %s", refused.Message, refused.Hint)
		}
		select {
		case <-time.After(definitionPause):
		case <-give.C:
			return nil, mysql.NewError(mysql.ErLockWaitTimeout, "Lock wait timeout exceeded; %s", refused.Message)
		case <-ctx.Done():
			return nil, mysql.NewError(mysql.ErQueryInterrupted, "Query execution was interrupted")
		}
	}
}

// record is the job as it is stored.
func (j *definitionJob) record(declare bool, groups []string) topology.Job {
	s, op := j.s, j.op
	job := topology.Job{
		ID: j.id, Keyspace: op.Keyspace.Name, Verb: op.Verb, Statement: string(j.st.SQL), Schema: s.Keyspace,
		Objects: op.Objects, Tolerant: op.Tolerant, Drops: op.Drops, User: s.Identity.User,
		Setup: append([]string{baseline(s.baseMode())}, change(noSettings(), parseSettings(s.settings.system), s.baseMode())...),
	}
	if declare {
		job.Declared = op.Create.Table.Name
	}
	for _, group := range groups {
		job.Groups = append(job.Groups, topology.JobGroup{Group: group, State: topology.JobTodo})
	}
	return job
}

// took notes how a group answered, and reports whether it is done there.
func (j *definitionJob) took(i int, sum *mysql.Summary, err error) bool {
	g := &j.groups[i]
	if err == nil {
		g.State = topology.JobDone
		j.sums = append(j.sums, *sum)
		return true
	}
	if j.first == nil {
		j.first = err
	}
	g.Error = err.Error()
	if errors.As(err, new(*mysql.Error)) && !errors.As(err, new(*FatalError)) {
		g.State = topology.JobFailed
	}
	return false
}

// others runs the definition on all groups but the first, at once.
func (j *definitionJob) others(ctx context.Context) {
	leases := make([]*lease, len(j.groups))
	for i := 1; i < len(j.groups); i++ {
		l, err := j.s.sendDefinition(ctx, j.groups[i].Group, j.text)
		if err != nil {
			j.took(i, nil, err)
			continue
		}
		leases[i] = l
	}
	for i, l := range leases {
		if l != nil {
			sum, err := j.s.readDefinition(l, j.st)
			j.took(i, sum, err)
		}
	}
}

// stop gives the job up where it is: if it has had no effect it is as if it had
// never been, otherwise it waits to be resumed.
func (j *definitionJob) stop(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // the client may be gone
	var err error
	for range reportTries {
		if err = j.s.env.Control.ReportJob(ctx, j.id, j.groups, true); err == nil {
			return nil
		}
		if _, ok := topology.AsRefused(err); ok {
			break
		}
		<-time.After(definitionPause)
	}
	// The next DDL of the keyspace finds that nobody is at work on it.
	j.s.env.Log.Warn("the end of a job could not be recorded", "job", j.id, "error", err)
	return nil
}

// end reports the outcome and answers the client.
func (j *definitionJob) end(ctx context.Context) error {
	if j.first != nil {
		_ = j.stop(ctx)
		told := topology.Job{ID: j.id, Groups: j.groups}
		answer := mysql.NewError(codeOf(j.first), "%s of keyspace %s is a job that stands half way: %s. Mend the cause, then: shardway job resume %s",
			j.op.Verb, j.op.Keyspace.Name, told.Where(), j.id)
		if fatal := (*FatalError)(nil); errors.As(j.first, &fatal) {
			return &FatalError{Answer: answer, Err: fatal.Err}
		}
		return answer
	}
	if err := j.s.env.Control.ReportJob(context.WithoutCancel(ctx), j.id, j.groups, false); err != nil {
		return fmt.Errorf("%s of keyspace %s is done on every group, but its job could not be ended: %w; when the controller is back: shardway job resume %s",
			j.op.Verb, j.op.Keyspace.Name, err, j.id)
	}
	j.s.dropIndexes(ctx, j.op, j.st)
	last := j.sums[len(j.sums)-1]
	last.Info = combinedInfo(j.sums, j.op.Copies)
	if !j.op.Copies {
		for i := range j.sums[:len(j.sums)-1] {
			last.AffectedRows += j.sums[i].AffectedRows
		}
	}
	return j.s.answerOK(&last, last.Info)
}
