package containers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/drill/internal/relay"
	"github.com/shardway/shardway/topology"
)

// The ports that processes listen on, and the user, in docker-compose.yml and
// compose/cluster.json.
const (
	mysqlPort = 3306
	adminPort = 15300
	etcdPort  = 2379
	user      = "app"
)

// The bounds of one command, and of mending everything.
const (
	commandMax = 20 * time.Second
	closeMax   = time.Minute
)

// Cluster is the containers of one compose project.
type Cluster struct {
	project string
	host    host

	// relays lead to the port that clients of a service want; made by Attach.
	relays map[string]*relay.Relay

	mu sync.Mutex
	// pids are the processes of services when they were last looked up.
	pids map[string]process
	// hosts are the services of instances whose id is another.
	hosts map[string]string
	// cuts are the links that are bad, rules what each process's network
	// namespace was told because of them.
	cuts  map[*drill.Link]time.Time
	rules map[int]string
	// undo mends what is no rule: what is slow, paused or full.
	undo map[string]func(ctx context.Context) error
}

// process is a container's first one.
type process struct {
	pid       int
	container string
}

// Attach makes a cluster of the containers of a compose project, and mends what
// an earlier drill may have left.
func Attach(ctx context.Context, project string) (*Cluster, error) {
	c := newCluster(project, machine{})
	if err := c.host.able(); err != nil {
		return nil, err
	}
	all, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.mendLeft(ctx, all); err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.port() == 0 {
			continue
		}
		r, err := relay.New(func(ctx context.Context) (net.Conn, error) { return c.dial(ctx, one.service, one.port()) })
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.relays[one.service] = r
	}
	return c, nil
}

func newCluster(project string, h host) *Cluster {
	return &Cluster{
		project: project, host: h, relays: map[string]*relay.Relay{}, pids: map[string]process{}, hosts: map[string]string{},
		cuts: map[*drill.Link]time.Time{}, rules: map[int]string{}, undo: map[string]func(context.Context) error{},
	}
}

// mendLeft undoes what a drill that was killed can have left.
func (c *Cluster) mendLeft(ctx context.Context, all []container) error {
	var errs []error
	for _, one := range all {
		if one.pid == 0 {
			continue
		}
		c.unhook(ctx, one)
		c.unshape(ctx, one)
		if one.kind == drill.KindInstance {
			errs = append(errs, c.host.thaw(dataOf(one)), c.host.remove(fillerOf(one)))
		}
		errs = append(errs, c.host.signal(one.pid, syscall.SIGCONT))
	}
	return errors.Join(errs...)
}

// Close mends what is still bad.
func (c *Cluster) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeMax)
	defer cancel()
	c.mu.Lock()
	clear(c.cuts)
	undo := c.undo
	c.undo = map[string]func(context.Context) error{}
	c.mu.Unlock()
	errs := []error{c.apply(ctx)}
	for _, mend := range undo {
		errs = append(errs, mend(ctx))
	}
	if all, err := c.look(ctx); err == nil {
		for _, one := range all {
			if c.rules[one.pid] != "" {
				c.unhook(ctx, one)
			}
		}
	}
	for _, r := range c.relays {
		r.Close()
	}
	return errors.Join(errs...)
}

// dial connects to a container's port over its own loopback, wherever the
// container runs by now.
func (c *Cluster) dial(ctx context.Context, service string, port int) (net.Conn, error) {
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	c.mu.Lock()
	p, known := c.pids[service]
	c.mu.Unlock()
	if known && c.host.runs(p) {
		return c.host.dial(ctx, p.pid, addr)
	}
	if _, err := c.look(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	p, known = c.pids[service]
	c.mu.Unlock()
	if !known {
		return nil, fmt.Errorf("%s does not run", service)
	}
	return c.host.dial(ctx, p.pid, addr)
}

// Site implements drill.Cluster.
func (c *Cluster) Site(ctx context.Context) (drill.Site, error) {
	all, err := c.look(ctx)
	if err != nil {
		return drill.Site{}, err
	}
	site := drill.Site{User: user}
	servers := map[string]container{}
	for _, one := range all {
		addr := ""
		if r := c.relays[one.service]; r != nil {
			addr = r.Addr()
		}
		switch one.kind {
		case drill.KindInstance:
			servers[one.service] = one
		case drill.KindProxy:
			site.Proxies = append(site.Proxies, drill.Proxy{ID: one.id, Addr: addr})
			site.Cuttable = one.id
		case drill.KindController:
			token, err := secret(one, "admin_token")
			if err != nil {
				return drill.Site{}, err
			}
			if site.Password, err = secret(one, "app_password"); err != nil {
				return drill.Site{}, err
			}
			site.Controllers = append(site.Controllers, drill.Controller{ID: one.id, Admin: "http://" + addr, Token: token})
		case drill.KindEtcd:
			site.Etcd = append(site.Etcd, drill.Etcd{ID: one.id, URL: "http://" + addr})
		}
	}
	site.Instances, err = c.instances(ctx, site.Controllers, servers)
	return site, err
}

// instances are the MySQL servers by what the controllers say of them.
func (c *Cluster) instances(ctx context.Context, controllers []drill.Controller, servers map[string]container) ([]drill.Instance, error) {
	var groups []admin.GroupInfo
	var errs []error
	for _, one := range controllers {
		var err error
		if groups, err = admin.NewClient(one.Admin, one.Token).Groups(ctx); err == nil {
			errs = nil
			break
		}
		errs = append(errs, fmt.Errorf("controller %s: %w", one.ID, err))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	var all []drill.Instance
	for _, g := range groups {
		for _, i := range g.Instances {
			server, ok := servers[i.Host]
			if !ok {
				return nil, fmt.Errorf("instance %s is on %s, which is no service of project %s", i.ID, i.Host, c.project)
			}
			password, err := secret(server, "mysql_admin_password")
			if err != nil {
				return nil, err
			}
			c.mu.Lock()
			c.hosts[i.ID] = i.Host
			c.mu.Unlock()
			all = append(all, drill.Instance{ID: i.ID, Group: g.ID, Addr: c.relays[i.Host].Addr(), User: "shardway_admin", Password: password})
		}
	}
	return all, nil
}

// secret reads a password where docker-compose.yml has a container's from; all
// are in one folder.
func secret(one container, name string) (string, error) {
	at := slices.IndexFunc(one.mounts, func(m mount) bool { return strings.HasPrefix(m.Destination, "/run/secrets/") })
	if at < 0 {
		return "", fmt.Errorf("container %s has no passwords", one.service)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(one.mounts[at].Source), name))
	return strings.TrimSpace(string(text)), err
}

// of returns the containers of a process, all of etcd's if it has no ID.
func (c *Cluster) of(all []container, p drill.Process) (found []container) {
	c.mu.Lock()
	service := c.hosts[p.ID]
	c.mu.Unlock()
	for _, one := range all {
		same := one.id == p.ID || p.Kind == drill.KindEtcd && p.ID == "" || p.Kind == drill.KindInstance && one.service == service
		if one.kind == p.Kind && same {
			found = append(found, one)
		}
	}
	return found
}

// find returns them, and an error if one does not run.
func (c *Cluster) find(all []container, p drill.Process) ([]container, error) {
	found := c.of(all, p)
	if len(found) == 0 {
		return nil, fmt.Errorf("there is no %s in project %s", p, c.project)
	}
	for _, one := range found {
		if one.pid == 0 {
			return nil, fmt.Errorf("%s does not run", p)
		}
	}
	return found, nil
}

func (c *Cluster) signal(ctx context.Context, p drill.Process, sig syscall.Signal) error {
	all, err := c.look(ctx)
	if err != nil {
		return err
	}
	found, err := c.find(all, p)
	if err != nil {
		return err
	}
	for _, one := range found {
		if err := c.host.signal(one.pid, sig); err != nil {
			return fmt.Errorf("%s to %s, process %d: %w", sig, p, one.pid, err)
		}
	}
	return nil
}

// Kill implements drill.Cluster. The signal comes from outside: after 'docker
// kill' the engine would not start the container again.
func (c *Cluster) Kill(ctx context.Context, p drill.Process) error {
	return c.signal(ctx, p, syscall.SIGKILL)
}

// Pause implements drill.Cluster.
func (c *Cluster) Pause(ctx context.Context, p drill.Process) error {
	if err := c.signal(ctx, p, syscall.SIGSTOP); err != nil {
		return err
	}
	c.later("pause "+p.String(), func(ctx context.Context) error { return c.signal(ctx, p, syscall.SIGCONT) })
	return nil
}

// Resume implements drill.Cluster.
func (c *Cluster) Resume(ctx context.Context, p drill.Process) error {
	c.done("pause " + p.String())
	return c.signal(ctx, p, syscall.SIGCONT)
}

// later keeps what is to be undone by Close, done forgets it.
func (c *Cluster) later(what string, undo func(ctx context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undo[what] = undo
}

func (c *Cluster) done(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.undo, what)
}

// refused is a cluster that cannot be attached to.
func refused(hint, format string, args ...any) error {
	return &topology.Refused{Code: topology.CodeUnavailable, Message: fmt.Sprintf(format, args...), Hint: hint}
}
