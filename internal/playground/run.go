package playground

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/shardway/shardway/internal/embedetcd"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

// ClusterName is the name of every playground's cluster in its etcd.
const ClusterName = "playground"

// startTimeout bounds the whole start.
const startTimeout = 3 * time.Minute

// playground is one that runs.
type playground struct {
	opts   Options
	dir    string
	layout *layout
	claims claims
	binary mysqld.Binary
	etcd   *embedetcd.Server
	store  *etcd.Store
	began  time.Time

	// keepers are what keeps the processes running, in order of start.
	keepers []*keeper

	mu    sync.Mutex // guards keepers and state
	state State

	outMu sync.Mutex // lets one line be printed at a time
}

// Run starts a playground, says when it is ready and how to use it, and keeps
// it running until ctx ends. When it returns everything has ended. An error
// means that it could not be started.
func Run(ctx context.Context, o Options) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	held, err := takeLock(o.Dir)
	if err != nil {
		return err
	}
	defer held.release()
	p := &playground{opts: o, dir: o.Dir, began: time.Now()}
	defer p.stop()
	if err := p.start(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil // told to stop while starting: that is no failure
		}
		return explain(err)
	}
	p.welcome(ctx)
	p.update(func(s *State) { s.Ready = true })
	<-ctx.Done()
	p.say("stopping")
	return nil
}

// start starts everything in order of need.
func (p *playground) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if p.binary, err = mysqld.Find(ctx, p.opts.MySQLD); err != nil {
		return err
	}
	if p.layout, err = loadLayout(p.opts, &p.claims); err != nil {
		return err
	}
	if err := p.layout.save(p.dir); err != nil {
		return err
	}
	p.describe()
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{fmt.Sprintf("etcd on port %d", p.layout.Ports.Etcd), p.startEtcd},
		{fmt.Sprintf("MySQL %s servers (%d)", p.binary.Version, len(p.layout.Instances)), p.startServers},
		{"topology", p.seed},
		{fmt.Sprintf("controller, with its admin API on port %d", p.layout.Ports.Admin), p.startControllers},
		{fmt.Sprintf("groups (%d): replication, semi-sync, accounts", p.layout.Groups), p.awaitGroups},
		{fmt.Sprintf("proxy on port %d", p.layout.Ports.Proxy), p.startProxies},
		{"sample keyspace shop", p.loadSample},
	} {
		if step.what == "sample keyspace shop" && (!p.opts.Sample || p.layout.SampleLoaded) {
			continue
		}
		p.say("%s", step.what)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *playground) startEtcd(ctx context.Context) (err error) {
	p.etcd, err = embedetcd.Start(ctx, embedetcd.Options{
		Dir: filepath.Join(p.dir, "etcd"), Port: p.layout.Ports.Etcd, LogPath: filepath.Join(p.dir, "etcd.log"),
	})
	if err != nil {
		return err
	}
	p.store, err = etcd.Open(etcd.Options{Endpoints: []string{p.etcd.URL()}, Cluster: ClusterName})
	return err
}

// stop ends everything, last started first: nobody writes any more when the
// servers stop, so none of them waits for an acknowledgement.
func (p *playground) stop() {
	p.mu.Lock()
	keepers := p.keepers
	p.mu.Unlock()
	stopTogether(keepers, kindProxy)
	stopTogether(keepers, kindController)
	stopTogether(keepers, kindServer)
	if p.store != nil {
		_ = p.store.Close()
	}
	if p.etcd != nil {
		p.etcd.Close()
	}
	p.claims.release()
	_ = os.Remove(statePath(p.dir))
}

// say prints a line of progress.
func (p *playground) say(format string, args ...any) {
	p.outMu.Lock()
	defer p.outMu.Unlock()
	fmt.Fprintf(p.opts.Out, "playground %5.1fs  %s\n", time.Since(p.began).Seconds(), fmt.Sprintf(format, args...))
}

// explain turns the commonest failures into one clear sentence.
func explain(err error) error {
	var failed *mysqld.StartError
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, mysqld.ErrDiskFull):
		return &topology.Refused{Code: topology.CodeUnavailable, Message: "the disk is full: " + err.Error(), Hint: "make room, or use another --dir"}
	case errors.As(err, &failed) && errors.Is(err, mysqld.ErrPortTaken):
		return portTaken("a MySQL server", failed.Port, "end the process that listens there")
	case errors.Is(err, mysqld.ErrNoBinary):
		return &topology.Refused{Code: topology.CodeUnavailable, Message: err.Error(), Hint: "scripts/get-mysql finds or fetches one; --mysqld names one"}
	}
	return err
}
