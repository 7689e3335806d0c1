package etcd

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shardway/shardway/topology"
	clientv3 "go.etcd.io/etcd/client/v3"
)

func waitMembers(t *testing.T, store *Store, wanted int) []Member {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ctx := patience(t); ; {
		members, err := store.Members(ctx, KindProxies)
		if err == nil && len(members) == wanted {
			return members
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d members expected, there are %v, %v", wanted, members, err)
		}
	}
}

func TestMembersComeAndGo(t *testing.T) {
	server := startServer(t)
	store := server.store()
	t.Run("alive", func(t *testing.T) {
		for _, id := range []string{"p2", "p1"} {
			member := Member{ID: id, PID: 7, Addr: "127.0.0.1:1", HTTP: "127.0.0.1:2", Started: time.Unix(9, 0)}
			background(t, func(ctx context.Context) { store.Register(ctx, KindProxies, member, nil) })
		}
		members := waitMembers(t, store, 2)
		if members[0].ID != "p1" || members[1].PID != 7 || !members[0].Started.Equal(time.Unix(9, 0)) {
			t.Errorf("%+v", members)
		}
		if others, err := store.Members(patience(t), KindControllers); err != nil || len(others) != 0 {
			t.Errorf("%v, %v", others, err)
		}
	})
	waitMembers(t, store, 0)
}

func TestMembersRegisterAgain(t *testing.T) {
	server := startServer(t)
	store := server.store()
	background(t, func(ctx context.Context) { store.Register(ctx, KindProxies, Member{ID: "p1"}, nil) })
	waitMembers(t, store, 1)
	// The lease is taken from under it.
	leases, err := store.client.Leases(patience(t))
	if err != nil || len(leases.Leases) != 1 {
		t.Fatal(leases, err)
	}
	lost := leases.Leases[0].ID
	if _, err := store.client.Revoke(patience(t), lost); err != nil {
		t.Fatal(err)
	}
	waitMembers(t, store, 1)
	answer, err := store.client.Get(patience(t), store.memberKey(KindProxies, "p1"))
	if err != nil || len(answer.Kvs) != 1 || clientv3.LeaseID(answer.Kvs[0].Lease) == lost {
		t.Errorf("%v, %v", answer, err)
	}
	server.stop()
	server.start()
	waitMembers(t, store, 1)
}

func TestOneLeaderAtATime(t *testing.T) {
	server := startServer(t)
	store := server.store()
	must(t, store, oneGroup)
	ctx := patience(t)
	if id, err := store.Leader(ctx); id != "" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	first, err := store.Campaign(ctx, "c1")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := store.Leader(ctx); id != "c1" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	impatient, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if _, err := store.Campaign(impatient, "c2"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second leader: %v", err)
	}
	led := store.Under(first)
	must(t, led, bump)
	if err := store.StillLeads(ctx, first); err != nil {
		t.Error(err)
	}
	first.Resign(ctx)
	first.Resign(ctx)
	second, err := store.Campaign(ctx, "c2")
	if err != nil {
		t.Fatal(err)
	}
	defer second.Resign(ctx)
	if !errors.Is(context.Cause(first.Context()), ErrNotLeader) || second.Context().Err() != nil {
		t.Error("leadership did not change")
	}
	if _, err := led.Update(ctx, bump); !errors.Is(err, ErrNotLeader) {
		t.Errorf("a former leader wrote: %v", err)
	}
	if err := store.StillLeads(ctx, first); !errors.Is(err, ErrNotLeader) {
		t.Error(err)
	}
	must(t, store.Under(second), bump)
}

// The leader has no chance to notice: its lease is gone in etcd, and it is
// etcd that refuses its write.
func TestAWriteOfAFormerLeaderIsRefused(t *testing.T) {
	server := startServer(t)
	store := server.store()
	must(t, store, oneGroup)
	ctx := patience(t)
	leader, err := store.Campaign(ctx, "c1")
	if err != nil {
		t.Fatal(err)
	}
	defer leader.Resign(ctx)
	if _, err := store.client.Revoke(ctx, leader.session.Lease()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Under(leader).Update(ctx, bump); !errors.Is(err, ErrNotLeader) {
		t.Errorf("it wrote: %v", err)
	}
	select {
	case <-leader.Context().Done():
	case <-ctx.Done():
		t.Error("leadership did not end with the lease")
	}
}

func TestLeadershipEndsWhenEtcdIsGone(t *testing.T) {
	server := startServer(t)
	store := server.store(func(o *Options) { o.LeaderTTL = 2 * time.Second })
	leader, err := store.Campaign(patience(t), "c1")
	if err != nil {
		t.Fatal(err)
	}
	server.stop()
	select {
	case <-leader.Context().Done():
	case <-patience(t).Done():
		t.Error("it still leads")
	}
	leader.Resign(patience(t))
}

// A controller that waits to lead stops when it is told to, also while etcd is away.
func TestACampaignEndsWithoutEtcd(t *testing.T) {
	server := startServer(t)
	store := server.store()
	ctx := patience(t)
	leader, err := store.Campaign(ctx, "c1")
	if err != nil {
		t.Fatal(err)
	}
	campaign, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		_, err := store.Campaign(campaign, "c2")
		ended <- err
	}()
	for waiting := int64(0); waiting < 2; {
		answer, err := store.client.Get(ctx, store.key(leaderFolder)+"/", clientv3.WithPrefix(), clientv3.WithCountOnly())
		if err != nil {
			t.Fatal(err)
		}
		waiting = answer.Count
	}
	server.stop()
	stop()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	case <-ctx.Done():
		t.Error("it goes on waiting")
	}
	leader.Resign(ctx)
}

func TestOptions(t *testing.T) {
	for _, opts := range []Options{{}, {Endpoints: []string{"x"}}, {Endpoints: []string{"x"}, Cluster: "a/b"}} {
		if _, err := Open(opts); err == nil {
			t.Errorf("%+v was accepted", opts)
		}
	}
	opts := Options{Endpoints: []string{"x"}, Cluster: "c"}
	if err := opts.Validate(); err != nil || opts.LeaderTTL != defaultLeaderTTL || opts.Log == nil {
		t.Errorf("%+v, %v", opts, err)
	}
	var refused *topology.Refused
	bad := Options{Endpoints: []string{"x"}, Cluster: "a/b"}
	if err := bad.Validate(); !errors.As(err, &refused) {
		t.Error(err)
	}
}
