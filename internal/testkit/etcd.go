package testkit

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/shardway/shardway/internal/embedetcd"
	"github.com/shardway/shardway/internal/mysqld"
)

// Etcd returns the client URL of the test binary's etcd, started at the first
// call. Other tests use it too: work under a prefix of your own, which Name gives.
func Etcd(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.etcd == nil {
		shared.etcd = shared.startEtcd(t)
	}
	return shared.etcd.URL()
}

// OwnEtcds returns an etcd of n members that only this test uses; close and start
// them as you like, see embedetcd.Server.Options.
func OwnEtcds(t testing.TB, n int) []*embedetcd.Server {
	t.Helper()
	shared.mu.Lock()
	dir, err := shared.folder()
	shared.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	ports, err := mysqld.FreePorts(2 * n)
	if err != nil {
		t.Fatal(err)
	}
	peers := make(map[string]int)
	for i := range n {
		peers[fmt.Sprintf("e%d", i+1)] = ports[n+i]
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	members := make([]*embedetcd.Server, n)
	all, allCtx := errgroup.WithContext(ctx)
	for i := range n {
		all.Go(func() (err error) {
			members[i], err = embedetcd.Start(allCtx, embedetcd.Options{
				Dir: filepath.Join(dir, Name()), Port: ports[i], Relaxed: true, Name: fmt.Sprintf("e%d", i+1), Peers: peers,
			})
			return err
		})
	}
	err = all.Wait()
	for _, m := range members {
		if m != nil {
			t.Cleanup(m.Close)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return members
}

func (p *pool) startEtcd(t testing.TB) *embedetcd.Server {
	t.Helper()
	dir, err := p.folder()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	s, err := embedetcd.Start(ctx, embedetcd.Options{Dir: filepath.Join(dir, Name()), Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
