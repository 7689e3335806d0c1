package etcd

import (
	"context"
	"errors"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

// ErrNotLeader: the leadership under which a write was made has ended. The
// write had no effect.
var ErrNotLeader = errors.New("this controller no longer leads")

// resignTimeout is how long Resign waits for etcd.
const resignTimeout = time.Second

// Leadership is the right to lead, from Campaign to Resign or the end of its
// lease.
type Leadership struct {
	// Key is the leader's key in etcd and Revision the one that created it; a
	// write that must be the leader's compares them.
	Key      string
	Revision int64

	ctx      context.Context
	cancel   context.CancelCauseFunc
	session  *concurrency.Session
	election *concurrency.Election
	watching chan struct{} // closed when the watcher of the lease has ended
}

// Campaign waits until id leads, and returns its leadership; ctx bounds the
// wait alone. Whoever campaigns must call Resign.
func (s *Store) Campaign(ctx context.Context, id string) (*Leadership, error) {
	seconds := max(2, int(s.opts.LeaderTTL.Seconds()))
	// The session's requests and its keepalive outlive ctx: they end with
	// Resign, which revokes the lease.
	grantCtx, cancelGrant := s.bounded(ctx)
	defer cancelGrant()
	lease, err := s.client.Grant(grantCtx, int64(seconds))
	if err != nil {
		return nil, s.unavailable("campaign", err)
	}
	leadCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	session, err := concurrency.NewSession(s.client, concurrency.WithTTL(seconds),
		concurrency.WithLease(lease.ID), concurrency.WithContext(leadCtx))
	if err != nil {
		cancel(err)
		return nil, s.unavailable("campaign", err)
	}
	l := &Leadership{
		ctx: leadCtx, cancel: cancel, session: session, watching: make(chan struct{}),
		election: concurrency.NewElection(session, s.key(leaderFolder)),
	}
	go l.endWithLease()
	campaignCtx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(leadCtx, stop)()
	if err := l.await(campaignCtx, id); err != nil {
		l.Resign(context.WithoutCancel(ctx))
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, s.unavailable("campaign", err)
	}
	l.Key, l.Revision = l.election.Key(), l.election.Rev()
	return l, nil
}

// await waits until id leads, or for ctx. At the end of ctx etcd's client withdraws,
// and without etcd would go on trying to until the store is closed: it is not
// waited for then.
func (l *Leadership) await(ctx context.Context, id string) error {
	done := make(chan error, 1)
	go func() { done <- l.election.Campaign(ctx, id) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(resignTimeout):
		return context.Cause(ctx)
	}
}

// endWithLease ends the leadership when the lease ends. Resign waits for it.
func (l *Leadership) endWithLease() {
	defer close(l.watching)
	select {
	case <-l.session.Done():
		l.cancel(ErrNotLeader)
	case <-l.ctx.Done():
	}
}

// Context ends when the leadership does: all of a leader's work runs under it.
func (l *Leadership) Context() context.Context { return l.ctx }

// Resign gives the leadership up, at once if etcd answers, and otherwise when
// the lease runs out. It may be called more than once.
func (l *Leadership) Resign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, resignTimeout)
	defer cancel()
	// Without an answer the lease ends by itself.
	_, _ = l.session.Client().Revoke(ctx, l.session.Lease())
	l.cancel(ErrNotLeader)
	<-l.watching
	<-l.session.Done()
}

// check asks etcd whether l still leads.
func (l *Leadership) check(ctx context.Context, s *Store) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, l.Key)
	if err != nil {
		return s.unavailable("leadership", err)
	}
	if len(answer.Kvs) == 0 || answer.Kvs[0].CreateRevision != l.Revision {
		return ErrNotLeader
	}
	return nil
}

// StillLeads asks etcd whether l still leads: before acting on a server, a
// controller that holds the server's lock asks once more (safety rule 29).
func (s *Store) StillLeads(ctx context.Context, l *Leadership) error {
	if cause := context.Cause(l.ctx); cause != nil {
		return cause
	}
	return l.check(ctx, s)
}

// Under returns a store whose every Update takes effect only while l leads.
// It shares s's connections and must not be closed.
func (s *Store) Under(l *Leadership) *Store {
	led := *s
	led.leader = l
	return &led
}

// Leader returns the id of the controller that leads, or "".
func (s *Store) Leader(ctx context.Context) (string, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, s.key(leaderFolder)+"/", clientv3.WithFirstCreate()...)
	if err != nil {
		return "", s.unavailable("leader", err)
	}
	if len(answer.Kvs) == 0 {
		return "", nil
	}
	if len(answer.Kvs) > 1 {
		return "", fmt.Errorf("leader: %d first keys", len(answer.Kvs))
	}
	return string(answer.Kvs[0].Value), nil
}
