package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/embedetcd"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

// Shape says what a cluster consists of.
type Shape struct {
	// Groups is how many groups there are, Replicas how many each has.
	Groups   int
	Replicas int
	// Spares are servers in no group.
	Spares int
	// Etcds is how many members the cluster's own etcd has, which a test may stop; 0
	// shares that of the test binary.
	Etcds int
	// Proxies is how many proxies there are; 0 means one.
	Proxies int
	// Name tells clusters of one shape apart.
	Name string
}

// Cluster is a running cluster. Its servers may be killed by a test that owns
// it, see New.
type Cluster struct {
	// Port is the first proxy's; User may do everything there.
	Port     int
	User     string
	Password string
	// Admin speaks to the admin API at AdminURL.
	Admin    *admin.Client
	AdminURL string
	Store    *etcd.Store
	// Servers are the MySQL servers by instance id: g1-1, g1-2, g2-1, s1.
	Servers map[string]*testkit.MySQL
	// Etcds are the members of its own etcd, if the shape asks for some.
	Etcds []*embedetcd.Server
	// Proxies and the Controller are the processes; Proxy is the first.
	Proxies    []*program
	Proxy      *program
	Controller *program

	// explained has the names of the tests that explain is called for.
	explained sync.Map
}

// Get returns the test binary's cluster of a shape, started at the first call.
// Other tests use it too: leave it as it was.
func Get(t testing.TB, shape Shape) *Cluster {
	t.Helper()
	program := Program(t)
	c := testkit.Share(shape, func() *Cluster {
		c := start(t, program, shape, func(o testkit.Options) *testkit.MySQL { return testkit.Server(t, o) })
		testkit.OnClose(c.close)
		return c
	})
	if _, known := c.explained.LoadOrStore(t.Name(), true); !known {
		t.Cleanup(func() { c.explain(t) })
	}
	return c
}

// explain adds to a test that failed what the processes said.
func (c *Cluster) explain(t testing.TB) {
	t.Helper()
	if t.Failed() {
		t.Logf("the controller said last:\n%s", c.ControllerLog())
		t.Logf("the proxy said last:\n%s", c.ProxyLog())
	}
}

// New returns a cluster that only this test uses and that ends with it.
func New(t testing.TB, shape Shape) *Cluster {
	t.Helper()
	c := start(t, Program(t), shape, func(o testkit.Options) *testkit.MySQL { return testkit.OwnServer(t, o) })
	t.Cleanup(func() {
		c.explain(t)
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func start(t testing.TB, program string, shape Shape, server func(testkit.Options) *testkit.MySQL) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), buildTimeout)
	defer cancel()
	name, dir := testkit.Name(), testkit.Dir(t)
	var own []*embedetcd.Server
	var endpoints []string
	if shape.Etcds > 0 {
		own = testkit.OwnEtcds(t, shape.Etcds)
		for _, member := range own {
			endpoints = append(endpoints, member.URL())
		}
	} else {
		endpoints = []string{testkit.Etcd(t)}
	}
	store, err := etcd.Open(etcd.Options{Endpoints: endpoints, Cluster: name})
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{Store: store, Etcds: own, User: "app", Password: rand.Text(), Servers: make(map[string]*testkit.MySQL)}
	if err := c.begin(ctx, program, name, dir, shape, server); err != nil {
		_ = c.close()
		t.Fatal(err)
	}
	return c
}

func (c *Cluster) begin(
	ctx context.Context, path, name, dir string, shape Shape, server func(testkit.Options) *testkit.MySQL,
) error {
	c.startServers(name, shape, server)
	if err := c.seed(ctx, shape); err != nil {
		return err
	}
	proxies := max(1, shape.Proxies)
	ports, err := mysqld.FreePorts(1 + 2*proxies)
	if err != nil {
		return err
	}
	c.AdminURL = "http://" + addr(ports[0])
	c.Admin = admin.NewClient(c.AdminURL, "")
	etcdURLs := strings.Join(c.Store.Endpoints(), ",")
	c.Controller = &program{path: path, port: ports[0], logPath: filepath.Join(dir, "controller.log"), args: []string{
		"controller", "--etcd", etcdURLs, "--cluster", name, "--id", "c1", "--admin", addr(ports[0]),
	}}
	if err := c.Controller.Begin(ctx); err != nil {
		return err
	}
	if err := c.AwaitHealthy(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, c.Controller.log())
	}
	for n := range proxies {
		id, listen, http := fmt.Sprintf("p%d", n+1), ports[1+2*n], ports[2+2*n]
		p := &program{path: path, port: listen, logPath: filepath.Join(dir, id+".log"), args: []string{
			"proxy", "--etcd", etcdURLs, "--cluster", name, "--id", id, "--listen", addr(listen), "--http", addr(http),
			"--data", filepath.Join(dir, id), "--admin", c.AdminURL,
		}}
		c.Proxies = append(c.Proxies, p)
		if err := p.Begin(ctx); err != nil {
			return err
		}
	}
	c.Proxy, c.Port = c.Proxies[0], c.Proxies[0].port
	return nil
}

// startServers starts all servers, the ones of this cluster told apart by name.
func (c *Cluster) startServers(name string, shape Shape, server func(testkit.Options) *testkit.MySQL) {
	for g := range shape.Groups {
		for i := range 1 + shape.Replicas {
			id := fmt.Sprintf("g%d-%d", g+1, i+1)
			c.Servers[id] = server(testkit.Options{Name: name + "/" + id, Fenced: true})
		}
	}
	for s := range shape.Spares {
		id := fmt.Sprintf("s%d", s+1)
		c.Servers[id] = server(testkit.Options{Name: name + "/" + id, Fenced: true})
	}
}

// seed writes the cluster's topology.
func (c *Cluster) seed(ctx context.Context, shape Shape) error {
	_, err := c.Store.Update(ctx, func(d *topology.Draft) error {
		for id, s := range c.Servers {
			account := topology.Account{User: s.User, Password: topology.NewSecret(s.Password)}
			if err := d.AddInstance(topology.Instance{ID: id, Host: s.Host, Port: s.Port}, account); err != nil {
				return err
			}
		}
		for g := range shape.Groups {
			id := fmt.Sprintf("g%d", g+1)
			var replicas []string
			for r := range shape.Replicas {
				replicas = append(replicas, fmt.Sprintf("%s-%d", id, r+2))
			}
			if err := d.CreateGroup(id, id+"-1", replicas, topology.NewProxyAccount(id)); err != nil {
				return err
			}
		}
		return d.AddUser(topology.User{
			Name: c.User, NativeVerifier: mysql.NativeVerifier(c.Password), SHA2Verifier: mysql.SHA2Verifier(c.Password, []byte(rand.Text()[:20])),
			Grants: map[string]topology.Grant{topology.AllKeyspaces: topology.GrantAdmin},
		})
	})
	return err
}

func (c *Cluster) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), upTimeout)
	defer cancel()
	var errs []error
	for _, p := range append(slices.Clone(c.Proxies), c.Controller) {
		if p != nil && p.Process != nil {
			errs = append(errs, p.Stop(ctx))
		}
	}
	return errors.Join(append(errs, c.Store.Close())...)
}

func addr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
