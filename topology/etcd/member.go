package etcd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// The kinds of members, as in package topology.
const (
	KindProxies     = topology.KindProxies
	KindControllers = topology.KindControllers
)

// registerPause is how long Register waits before it registers again after a
// failure.
const registerPause = 500 * time.Millisecond

// Member is a process of the cluster that is alive.
type Member = topology.Member

// Register keeps m listed among the members of a kind until ctx ends, and then
// takes it off the list. It registers again whenever the lease is lost; etcd
// may be away when it starts. It returns when ctx has ended, with no error.
// Each time that m is listed it calls listed, unless that is nil.
func (s *Store) Register(ctx context.Context, kind string, m Member, listed func()) {
	lost := false
	for ctx.Err() == nil {
		err := s.keepMember(ctx, kind, m, listed)
		if ctx.Err() != nil {
			return
		}
		if !lost {
			s.opts.Log.Warn("not listed among the members, trying again", "kind", kind, "id", m.ID, "err", err)
		}
		lost = true
		select {
		case <-time.After(registerPause):
		case <-ctx.Done():
		}
	}
}

// keepMember lists m under one lease until that or ctx ends.
func (s *Store) keepMember(ctx context.Context, kind string, m Member, listed func()) error {
	value, err := json.Marshal(m)
	if err != nil {
		return err
	}
	reqCtx, cancel := s.bounded(ctx)
	defer cancel()
	lease, err := s.client.Grant(reqCtx, max(2, int64(s.opts.MemberTTL.Seconds())))
	if err != nil {
		return s.unavailable("register", err)
	}
	defer s.revoke(context.WithoutCancel(ctx), lease.ID)
	if _, err := s.client.Put(reqCtx, s.memberKey(kind, m.ID), string(value), clientv3.WithLease(lease.ID)); err != nil {
		return s.unavailable("register", err)
	}
	if listed != nil {
		listed()
	}
	keepCtx, stop := context.WithCancel(ctx)
	defer stop()
	alive, err := s.client.KeepAlive(keepCtx, lease.ID)
	if err != nil {
		return s.unavailable("register", err)
	}
	// The channel is closed when the lease ends or keepCtx does.
	for range alive {
	}
	return fmt.Errorf("the lease of member %s has ended", m.ID)
}

func (s *Store) revoke(ctx context.Context, lease clientv3.LeaseID) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	// Without an answer the lease ends by itself.
	_, _ = s.client.Revoke(ctx, lease)
}

func (s *Store) memberKey(kind, id string) string {
	return s.key(memberFolder + kind + "/" + url.PathEscape(id))
}

// Members lists who of a kind is alive, by id.
func (s *Store) Members(ctx context.Context, kind string) ([]Member, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, s.key(memberFolder+kind+"/"), clientv3.WithPrefix())
	if err != nil {
		return nil, s.unavailable("list the "+kind, err)
	}
	members := make([]Member, 0, len(answer.Kvs))
	for _, kv := range answer.Kvs {
		var m Member
		if err := json.Unmarshal(kv.Value, &m); err != nil {
			return nil, fmt.Errorf("member %s: %w", kv.Key, err)
		}
		members = append(members, m)
	}
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.ID, b.ID) })
	return members, nil
}
