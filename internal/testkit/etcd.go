package testkit

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/shardway/shardway/internal/embedetcd"
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

// OwnEtcd returns an etcd that only this test uses; close it when you like, it
// ends with the test.
func OwnEtcd(t testing.TB) *embedetcd.Server {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	s := shared.startEtcd(t)
	t.Cleanup(s.Close)
	return s
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
