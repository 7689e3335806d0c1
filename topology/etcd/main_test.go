package etcd

import (
	"context"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/topology"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The embedded server's own, which outlive its Close: they are not ours.
		goleak.IgnoreAnyFunction("go.etcd.io/etcd/client/pkg/v3/logutil.(*mergeLogger).outputLoop"),
		goleak.IgnoreAnyFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"),
	)
}

// server is a real etcd inside the test process.
type server struct {
	t      *testing.T
	folder string
	client url.URL
	peer   url.URL
	etcd   *embed.Etcd
}

func startServer(t *testing.T) *server {
	t.Helper()
	t.Parallel() // they mostly wait
	s := &server{t: t, folder: filepath.Join(t.TempDir(), "etcd"), client: freeURL(t), peer: freeURL(t)}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func freeURL(t *testing.T) url.URL {
	t.Helper()
	ports, err := mysqld.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0]))}
}

func (s *server) start() {
	s.t.Helper()
	cfg := embed.NewConfig()
	cfg.Dir = s.folder
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{s.client}, []url.URL{s.client}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{s.peer}, []url.URL{s.peer}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.UnsafeNoFsync = true
	cfg.LogLevel = "panic"
	etcd, err := embed.StartEtcd(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
	case <-time.After(30 * time.Second):
		s.t.Fatal("etcd is not ready")
	}
	s.etcd = etcd
}

func (s *server) stop() {
	if s.etcd != nil {
		s.etcd.Close()
		s.etcd = nil
	}
}

// store opens a store on the server, closed at the end of the test.
func (s *server) store(edit ...func(*Options)) *Store {
	s.t.Helper()
	opts := Options{
		Endpoints: []string{s.client.String()}, Cluster: "test",
		RequestTimeout: 2 * time.Second, ProbeInterval: 100 * time.Millisecond,
	}
	for _, e := range edit {
		e(&opts)
	}
	store, err := Open(opts)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = store.Close() })
	return store
}

// background runs f until the test ends, and waits for it.
func background(t *testing.T, f func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// patience bounds every wait of a test; none is expected to use it.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

var testAccount = topology.Account{User: "shardway", Password: topology.NewSecret("s3cret")}

// must runs an update that has to work.
func must(t *testing.T, store *Store, edit func(*topology.Draft) error) *topology.Snapshot {
	t.Helper()
	snap, err := store.Update(patience(t), edit)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// oneGroup makes group g1 with primary a1 and keyspace shop.
func oneGroup(d *topology.Draft) error {
	if err := d.AddInstance(topology.Instance{ID: "a1", Host: "127.0.0.1", Port: 3306}, testAccount); err != nil {
		return err
	}
	if err := d.CreateGroup("g1", "a1", nil, testAccount); err != nil {
		return err
	}
	_, err := d.CreateKeyspace(topology.NewKeyspace{Name: "shop"})
	return err
}
