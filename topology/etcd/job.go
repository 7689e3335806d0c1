package etcd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/shardway/shardway/topology"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// openJobs holds the job of each keyspace that has one, by keyspace.
	openJobs = "jobs/open/"
	// endedJobs holds jobs that have ended, by id, for endedJobsKept.
	endedJobs     = "jobs/ended/"
	endedJobsKept = 24 * time.Hour
)

// BeginJob stores a keyspace's job, unless the keyspace has one: that is
// returned then, and nothing is stored.
func (s *Store) BeginJob(ctx context.Context, job *topology.Job) (present *topology.Job, err error) {
	data, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	key := s.jobKey(job.Keyspace)
	answer, err := s.client.Txn(ctx).If(clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
		Then(clientv3.OpPut(key, string(data))).Else(clientv3.OpGet(key)).Commit()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	if answer.Succeeded {
		job.Revision = answer.Header.Revision
		return nil, nil
	}
	return decodeJob(answer.Responses[0].GetResponseRange().GetKvs()[0].Value, answer.Responses[0].GetResponseRange().GetKvs()[0].ModRevision)
}

// SaveJob writes how far a job has come, if nobody else has since it was read.
func (s *Store) SaveJob(ctx context.Context, job *topology.Job) error {
	data, err := json.Marshal(job)
	if err != nil {
		return err
	}
	return s.changeJob(ctx, job, clientv3.OpPut(s.jobKey(job.Keyspace), string(data)))
}

// EndJob keeps a job among those that have ended and frees its keyspace.
func (s *Store) EndJob(ctx context.Context, job *topology.Job) error {
	data, err := json.Marshal(job)
	if err != nil {
		return err
	}
	leaseCtx, cancel := s.bounded(ctx)
	defer cancel()
	lease, err := s.client.Grant(leaseCtx, int64(endedJobsKept.Seconds()))
	if err != nil {
		return s.unavailable("end job "+job.ID, err)
	}
	return s.changeJob(ctx, job, clientv3.OpDelete(s.jobKey(job.Keyspace)),
		clientv3.OpPut(s.key(endedJobs+job.ID), string(data), clientv3.WithLease(lease.ID)))
}

func (s *Store) changeJob(ctx context.Context, job *topology.Job, ops ...clientv3.Op) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(s.jobKey(job.Keyspace)), "=", job.Revision)).Then(ops...).Commit()
	switch {
	case err != nil:
		return fmt.Errorf("job %s: %w: %w", job.ID, ErrOutcomeUnknown, err)
	case !answer.Succeeded:
		return &topology.Refused{
			Code: topology.CodeInUse, Message: fmt.Sprintf("job %s was changed by somebody else meanwhile", job.ID), Hint: "look at it again",
		}
	}
	job.Revision = answer.Header.Revision
	return nil
}

// DropJob forgets a job that has had no effect anywhere.
func (s *Store) DropJob(ctx context.Context, job *topology.Job) error {
	return s.changeJob(ctx, job, clientv3.OpDelete(s.jobKey(job.Keyspace)))
}

// OpenJob returns a keyspace's job, or nil.
func (s *Store) OpenJob(ctx context.Context, keyspace string) (*topology.Job, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, s.jobKey(keyspace))
	if err != nil {
		return nil, s.unavailable("job of "+keyspace, err)
	}
	if len(answer.Kvs) == 0 {
		return nil, nil
	}
	return decodeJob(answer.Kvs[0].Value, answer.Kvs[0].ModRevision)
}

// Job returns a job by its id, open or ended lately, or nil. Open ones, of which a
// keyspace has one at most, are kept by their keyspace.
func (s *Store) Job(ctx context.Context, id string) (*topology.Job, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Txn(ctx).Then(
		clientv3.OpGet(s.key(openJobs), clientv3.WithPrefix()), clientv3.OpGet(s.key(endedJobs+id)),
	).Commit()
	if err != nil {
		return nil, s.unavailable("read job "+id, err)
	}
	for _, part := range answer.Responses {
		for _, kv := range part.GetResponseRange().GetKvs() {
			job, err := decodeJob(kv.Value, kv.ModRevision)
			if err != nil {
				return nil, err
			}
			if job.ID == id {
				return job, nil
			}
		}
	}
	return nil, nil
}

// Jobs lists the open jobs, and those that ended lately, the latest first.
func (s *Store) Jobs(ctx context.Context) ([]*topology.Job, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	var jobs []*topology.Job
	for _, folder := range []string{openJobs, endedJobs} {
		answer, err := s.client.Get(ctx, s.key(folder), clientv3.WithPrefix())
		if err != nil {
			return nil, s.unavailable("list the jobs", err)
		}
		for _, kv := range answer.Kvs {
			job, err := decodeJob(kv.Value, kv.ModRevision)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, job)
		}
	}
	slices.SortStableFunc(jobs, func(a, b *topology.Job) int { return b.Started.Compare(a.Started) })
	return jobs, nil
}

func (s *Store) jobKey(keyspace string) string { return s.key(openJobs + url.PathEscape(keyspace)) }

func decodeJob(data []byte, revision int64) (*topology.Job, error) {
	job := &topology.Job{}
	if err := json.Unmarshal(data, job); err != nil {
		return nil, fmt.Errorf("a job is stored that cannot be read: %w", err)
	}
	job.Revision = revision
	return job, nil
}
