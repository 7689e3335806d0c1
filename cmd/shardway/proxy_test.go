package main

import (
	"log/slog"
	"sync"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

// A proxy that serves knows what was stored before it was on the list of those
// that changes wait for.
func TestAProxyIsListedBeforeItServes(t *testing.T) {
	store, err := etcd.Open(etcd.Options{Endpoints: []string{testkit.Etcd(t)}, Cluster: testkit.Name()})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := store.Update(t.Context(), func(d *topology.Draft) error {
		return d.AddInstance(topology.Instance{ID: "i1", Host: "127.0.0.1", Port: 1}, topology.Account{User: "root"})
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{store: store, source: topology.NewSource(), log: slog.New(slog.DiscardHandler)}
	var wait sync.WaitGroup
	t.Cleanup(func() {
		wait.Wait()
		_ = store.Close()
	})
	ctx := t.Context()
	wait.Go(func() {
		for {
			members, err := store.Members(ctx, topology.KindProxies)
			if ctx.Err() != nil || err == nil && len(members) > 0 {
				break
			}
		}
		store.Follow(ctx, p.source, "")
	})
	p.enlist(ctx, &wait, topology.Member{ID: "p1"})
	if version := p.source.Current().Version; version < stored.Version {
		t.Errorf("it serves by version %d, %d is stored", version, stored.Version)
	}
	// And it stays on the list: its lease is given up when Register ends.
	for range 3 {
		if members, err := store.Members(ctx, topology.KindProxies); err != nil || len(members) != 1 {
			t.Fatalf("%v, %v", members, err)
		}
		if _, err := store.Load(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
