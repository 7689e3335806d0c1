package admin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/shardway/shardway/heat"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// cluster is a real store, real servers and the API over HTTP, without
// proxies and without a controller: groups are published by hand.
type cluster struct {
	t     *testing.T
	store *etcd.Store
	// servers are by the id of the instance.
	servers map[string]*testkit.MySQL
	opts    Options
	url     string
	*Client
}

// noProxies is a cluster whose proxies are elsewhere.
type noProxies struct{}

func (noProxies) Stats(context.Context) ([]ProxyStatus, error) { return nil, nil }
func (noProxies) Known(context.Context, int64) error           { return nil }
func (noProxies) Explain(context.Context, ExplainRequest) (Explanation, error) {
	return Explanation{}, errors.New("no proxy")
}

// noDistributor accepts every declaration and does nothing.
type noDistributor struct{ got *topology.Declaration }

func (n noDistributor) Distribute(_ context.Context, d topology.Declaration, dryRun bool) (*topology.Declared, error) {
	*n.got = d
	return &topology.Declared{Steps: []string{"declare"}, Warnings: []string{"careful"}, Version: 7}, nil
}

// noJobs is a cluster without jobs.
type noJobs struct{}

func (noJobs) Begin(_ context.Context, job topology.Job) (*topology.Job, error) { return &job, nil }
func (noJobs) Report(context.Context, string, []topology.JobGroup, bool) (int64, error) {
	return 0, nil
}
func (noJobs) List(context.Context) ([]*topology.Job, error) { return nil, nil }
func (noJobs) Get(_ context.Context, id string) (*topology.Job, error) {
	return &topology.Job{ID: id}, nil
}

func (noJobs) Resume(_ context.Context, id string, _, _ []string, _ bool) ([]string, int64, error) {
	return []string{"resume " + id}, 0, nil
}

func (noJobs) Cancel(_ context.Context, id string, _, _ bool) ([]string, error) {
	return []string{"cancel " + id}, nil
}
func (noJobs) Dropped(context.Context, string) error { return nil }

func newCluster(t *testing.T, edit ...func(*Options)) *cluster {
	t.Helper()
	store, err := etcd.Open(etcd.Options{Endpoints: []string{testkit.Etcd(t)}, Cluster: testkit.Name()})
	if err != nil {
		t.Fatal(err)
	}
	servers := NewControlServers(store)
	c := &cluster{t: t, store: store, servers: make(map[string]*testkit.MySQL)}
	c.opts = Options{
		Cluster: "test", Store: store, Servers: servers, Proxies: noProxies{}, Jobs: noJobs{},
		Distributor: noDistributor{got: new(topology.Declaration)},
	}
	for _, e := range edit {
		e(&c.opts)
	}
	server, err := New(c.opts)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	c.url = web.URL
	c.Client = NewClient(web.URL, c.opts.Token)
	c.Client.HTTP = web.Client()
	t.Cleanup(func() {
		web.Close()
		_ = servers.Close()
		_ = store.Close()
	})
	return c
}

// group makes and publishes a group with one real server as its primary.
func (c *cluster) group(id string) {
	c.t.Helper()
	s := testkit.Server(c.t, testkit.Options{Name: id})
	c.servers[id+"-1"] = s
	if _, err := c.AddInstance(c.t.Context(), NewInstance{
		ID: id + "-1", Host: s.Host, Port: s.Port, User: s.User, Password: topology.NewSecret(s.Password),
	}, false); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.CreateGroup(c.t.Context(), NewGroup{ID: id, Primary: id + "-1"}, false); err != nil {
		c.t.Fatal(err)
	}
	c.update(func(d *topology.Draft) error { return d.Publish(id, id+"-1", 1) })
}

func (c *cluster) update(edit func(*topology.Draft) error) {
	c.t.Helper()
	if _, err := c.store.Update(c.t.Context(), edit); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) load() *topology.Snapshot {
	c.t.Helper()
	snap, err := c.store.Load(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return snap
}

// hasSchema reports whether an instance has a schema.
func (c *cluster) hasSchema(instance, name string) bool {
	c.t.Helper()
	var n int
	err := c.servers[instance].DB(c.t, "").QueryRow("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", name).Scan(&n)
	if err != nil {
		c.t.Fatal(err)
	}
	return n == 1
}

func wantCode(t *testing.T, err error, code topology.Code) {
	t.Helper()
	if refused, ok := topology.AsRefused(err); !ok || refused.Code != code {
		t.Errorf("not refused as %s: %v", code, err)
	}
}

func fetch(t *testing.T, client *http.Client, request *http.Request) (int, string) {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := make([]byte, 4096)
	n, _ := response.Body.Read(body)
	return response.StatusCode, string(body[:n])
}

func verifiersOf(password string) Verifiers {
	return Verifiers{Native: mysql.NativeVerifier(password), SHA2: mysql.SHA2Verifier(password, []byte("abcdefghijklmnopqrst"))}
}

func (noProxies) Heat(context.Context) (map[string]heat.Load, error) {
	return map[string]heat.Load{}, nil
}
