package processes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/drill/internal/relay"
	"github.com/shardway/shardway/internal/child"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/playground"
)

// extraProxy is the id of the proxy that can be cut from etcd.
const extraProxy = "drill"

// The bounds of waiting for processes.
const (
	pollInterval = 50 * time.Millisecond
	upMax        = 3 * time.Minute
	stopMax      = time.Minute
)

// Cluster is a playground that runs.
type Cluster struct {
	dir     string
	program string
	// own is the playground if this cluster has started it.
	own   *child.Process
	relay *relay.Relay
	proxy *child.Process
	port  int
}

// Attach makes a cluster of the playground that runs in dir. program is the
// shardway binary.
func Attach(ctx context.Context, program, dir string) (*Cluster, error) {
	c := &Cluster{dir: dir, program: program}
	if err := c.addProxy(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Start starts a playground in dir with two groups, two controllers and two
// proxies; what it prints goes to a file in dir.
func Start(ctx context.Context, program, dir string) (*Cluster, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "playground.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ports, err := mysqld.FreePorts(1)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "playground", "--dir", dir, "--port", strconv.Itoa(ports[0]), "--controllers", "2", "--proxies", "2", "--sample=false")
	cmd.Stdout, cmd.Stderr = log, log
	c := &Cluster{dir: dir, program: program}
	if c.own, err = child.Start(cmd); err != nil {
		return nil, err
	}
	if err := c.awaitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%w; %s ends:\n%s", err, log.Name(), endOf(log.Name())), c.Close())
	}
	if err := c.addProxy(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// endBytes is how much of a log is told of a program that did not start.
const endBytes = 4 << 10

func endOf(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-endBytes):])
}

func (c *Cluster) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, upMax)
	defer cancel()
	for {
		s, err := playground.Status(ctx, c.dir)
		if err == nil && s.Ready {
			return nil
		}
		select {
		case <-time.After(pollInterval):
		case <-c.own.Done():
			return fmt.Errorf("the playground ended, %s", c.own.How())
		case <-ctx.Done():
			return fmt.Errorf("the playground is not ready: %w", context.Cause(ctx))
		}
	}
}

// addProxy starts a proxy that reaches etcd through a relay.
func (c *Cluster) addProxy(ctx context.Context) error {
	s, err := playground.Status(ctx, c.dir)
	if err != nil {
		return err
	}
	at, err := url.Parse(s.Etcd[0])
	if err != nil {
		return err
	}
	if c.relay, err = relay.New(relay.To(at.Host)); err != nil {
		return err
	}
	ports, err := mysqld.FreePorts(2)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(c.dir, "proxy-drill.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c.port = ports[0]
	cmd := exec.Command(c.program, "proxy", "--etcd", "http://"+c.relay.Addr(), "--cluster", playground.ClusterName, "--id", extraProxy,
		"--listen", loopback(ports[0]), "--http", loopback(ports[1]), "--admin", s.Admin)
	cmd.Stdout, cmd.Stderr = log, log
	if c.proxy, err = child.Start(cmd); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, upMax)
	defer cancel()
	for !listens(ctx, ports[0]) {
		select {
		case <-time.After(pollInterval):
		case <-c.proxy.Done():
			return fmt.Errorf("the proxy ended, %s; see %s", c.proxy.How(), log.Name())
		case <-ctx.Done():
			return fmt.Errorf("the proxy is not up: %w; see %s", context.Cause(ctx), log.Name())
		}
	}
	return nil
}

func listens(ctx context.Context, port int) bool {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", loopback(port))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Close ends what this cluster has started.
func (c *Cluster) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopMax)
	defer cancel()
	var errs []error
	if c.proxy != nil {
		errs = append(errs, c.proxy.Stop(ctx))
	}
	if c.relay != nil {
		c.relay.Close()
	}
	if c.own != nil {
		c.own.Signal(syscall.SIGCONT)
		errs = append(errs, c.own.Stop(ctx))
	}
	return errors.Join(errs...)
}

// Site implements drill.Cluster.
func (c *Cluster) Site(ctx context.Context) (drill.Site, error) {
	s, err := playground.Status(ctx, c.dir)
	if err != nil {
		return drill.Site{}, err
	}
	site := drill.Site{User: s.MySQL.User, Password: s.MySQL.Password, Cuttable: extraProxy, Etcd: []drill.Etcd{{URL: s.Etcd[0]}}}
	for _, p := range s.Proxies {
		site.Proxies = append(site.Proxies, drill.Proxy{ID: p.ID, Addr: loopback(p.Port)})
	}
	site.Proxies = append(site.Proxies, drill.Proxy{ID: extraProxy, Addr: loopback(c.port)})
	for _, one := range s.Controllers {
		site.Controllers = append(site.Controllers, drill.Controller{ID: one.ID, Admin: one.Admin})
	}
	for _, i := range s.Instances {
		if i.Group != "" {
			addr := net.JoinHostPort(i.Host, strconv.Itoa(i.Port))
			site.Instances = append(site.Instances, drill.Instance{ID: i.ID, Group: i.Group, Addr: addr, User: i.User, Password: i.Password})
		}
	}
	return site, nil
}

// pid finds a process; it must run.
func (c *Cluster) pid(p drill.Process) (int, error) {
	if p.Kind == drill.KindEtcd {
		return playground.PID(c.dir) // it lives in the playground's own process
	}
	s, err := playground.Saved(c.dir)
	if err != nil {
		return 0, err
	}
	var pid int
	switch p.Kind {
	case drill.KindInstance:
		if at := slices.IndexFunc(s.Instances, func(i playground.Instance) bool { return i.ID == p.ID }); at >= 0 {
			pid = s.Instances[at].PID
		}
	case drill.KindController:
		if at := slices.IndexFunc(s.Controllers, func(i playground.Controller) bool { return i.ID == p.ID }); at >= 0 {
			pid = s.Controllers[at].PID
		}
	case drill.KindProxy:
		if p.ID == extraProxy {
			return c.proxy.PID(), nil
		}
		if at := slices.IndexFunc(s.Proxies, func(i playground.Proxy) bool { return i.ID == p.ID }); at >= 0 {
			pid = s.Proxies[at].PID
		}
	case drill.KindEtcd: // see above
	}
	if pid == 0 {
		return 0, fmt.Errorf("%s does not run", p)
	}
	return pid, nil
}

func (c *Cluster) signal(p drill.Process, sig syscall.Signal) error {
	pid, err := c.pid(p)
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, sig); err != nil {
		return fmt.Errorf("%s to %s, process %d: %w", sig, p, pid, err)
	}
	return nil
}

// Kill implements drill.Cluster.
func (c *Cluster) Kill(ctx context.Context, p drill.Process) error {
	switch {
	case p.Kind == drill.KindEtcd:
		return fmt.Errorf("%w: a playground's etcd ends with the playground", drill.ErrUnable)
	case p.Kind == drill.KindProxy && p.ID == extraProxy:
		return nil // nobody would start it again
	}
	return c.signal(p, syscall.SIGKILL)
}

// Pause implements drill.Cluster.
func (c *Cluster) Pause(_ context.Context, p drill.Process) error {
	return c.signal(p, syscall.SIGSTOP)
}

// Resume implements drill.Cluster.
func (c *Cluster) Resume(_ context.Context, p drill.Process) error {
	return c.signal(p, syscall.SIGCONT)
}

// Cut implements drill.Cluster, for the one pair that can be cut.
func (c *Cluster) Cut(_ context.Context, l drill.Link) (func(context.Context) error, error) {
	if l.A.ID != extraProxy || len(l.B) != 1 || l.B[0].Kind != drill.KindEtcd || l.Way != drill.BothWays || l.Loss != 100 {
		return nil, fmt.Errorf("%w: these are processes on one machine; only proxy %s can be cut, from etcd", drill.ErrUnable, extraProxy)
	}
	c.relay.Cut()
	return func(context.Context) error { c.relay.Heal(); return nil }, nil
}
