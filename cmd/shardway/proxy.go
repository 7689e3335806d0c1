package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

// proxyOptions are the flags of "shardway proxy".
type proxyOptions struct {
	etcd      []string
	cluster   string
	id        string
	listen    string
	http      string
	data      string
	admin     string
	tokenFile string
	zone      string
	advertise string
	clients   int
	tlsCert   string
	tlsKey    string
	tlsOnly   bool
	limits    exec.Limits
}

func proxyCommand() *cobra.Command {
	o := proxyOptions{limits: exec.DefaultLimits()}
	c := &cobra.Command{
		Use:   "proxy",
		Short: "Serve MySQL clients",
		Long: "Serve MySQL clients. Proxies are stateless: run as many as you like. One that starts while etcd\n" +
			"is away goes on from the copy of the topology in --data.",
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			return runProxy(c.Context(), o, slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil)))
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.etcd, "etcd", nil, "etcd's client `URL`s")
	f.StringVar(&o.cluster, "cluster", "main", "`name` of the cluster; several can share one etcd")
	f.StringVar(&o.id, "id", "", "this proxy's `name`; the host's name by default")
	f.StringVar(&o.listen, "listen", "127.0.0.1:15306", "`address` for MySQL clients")
	f.StringVar(&o.http, "http", "127.0.0.1:0", "`address` for statistics and metrics")
	f.StringVar(&o.data, "data", "", "`folder` for the copy of the topology; none is kept without it")
	f.StringVar(&o.admin, "admin", "", "`URL` of the admin API; found through etcd by default")
	f.StringVar(&o.tokenFile, "token-file", "", "`file` with the token of the admin API")
	f.StringVar(&o.advertise, "advertise", "", advertiseUsage)
	f.StringVar(&o.tlsCert, "tls-cert", "", "`file` with the certificate for clients, and those of its issuers, in PEM; read again when it changes")
	f.StringVar(&o.tlsKey, "tls-key", "", "`file` with the key of --tls-cert, in PEM")
	f.BoolVar(&o.tlsOnly, "tls-required", false, "let in no client without TLS")
	f.StringVar(&o.zone, "zone", "", "`zone` of this proxy: replicas in it are preferred")
	f.IntVar(&o.limits.Gather.Rows, "gather-max-rows", o.limits.Gather.Rows, "most rows that one statement collects from several shards")
	f.IntVar(&o.limits.Gather.Bytes, "gather-max-bytes", o.limits.Gather.Bytes, "most bytes that one statement collects from several shards")
	f.DurationVar(&o.limits.Hold.Window, "hold-window", o.limits.Hold.Window, "longest that a statement waits for a group's primary while that changes or is away; 0 does not wait")
	f.IntVar(&o.limits.Hold.Statements, "hold-max-statements", o.limits.Hold.Statements, "most statements that wait for one group's primary")
	f.Int64Var(&o.limits.Hold.Bytes, "hold-max-bytes", o.limits.Hold.Bytes, "most bytes of statements that wait for one group's primary")
	f.DurationVar(&o.limits.CommitWait, "ack-wait", o.limits.CommitWait, "longest that a COMMIT, or a statement that commits by itself, waits for a replica's acknowledgement before its outcome is called unknown")
	f.IntVar(&o.clients, "clients-max", router.DefaultConnectionsMax, "most clients at once")
	_ = c.MarkFlagRequired("etcd")
	return c
}

func runProxy(ctx context.Context, o proxyOptions, log *slog.Logger) error {
	if o.id == "" {
		name, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("this host has no name, give --id: %w", err)
		}
		o.id = name
	}
	if o.data != "" {
		if err := os.MkdirAll(o.data, 0o700); err != nil {
			return fmt.Errorf("folder for the copy of the topology: %w", err)
		}
	}
	token, err := readToken(o.tokenFile)
	if err != nil {
		return err
	}
	var given *certificate
	if o.tlsCert != "" || o.tlsKey != "" {
		if given, err = openCertificate(o.tlsCert, o.tlsKey, log); err != nil {
			return err
		}
	}
	store, err := etcd.Open(etcd.Options{Endpoints: o.etcd, Cluster: o.cluster, Log: log})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return errors.Join(fmt.Errorf("clients' port: %w", err), store.Close())
	}
	facts, err := net.Listen("tcp", o.http)
	if err != nil {
		return errors.Join(fmt.Errorf("statistics' port: %w", err), listener.Close(), store.Close())
	}
	p := &proxy{options: o, token: token, store: store, source: topology.NewSource(), certificate: given, log: log}
	return errors.Join(p.run(ctx, listener, facts), store.Close())
}

// proxy is the process: what it owns ends before run returns.
type proxy struct {
	options proxyOptions
	token   string
	store   *etcd.Store
	source  *topology.Source
	// certificate is nil if none was given.
	certificate *certificate
	log         *slog.Logger
}

func (p *proxy) run(ctx context.Context, listener, facts net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	wait.Go(func() { p.store.Follow(ctx, p.source, p.copyPath()) })
	if _, err := p.source.WaitFor(ctx, 1); err != nil {
		return errors.Join(err, listener.Close(), facts.Close())
	}
	identity, err := p.identity()
	if err != nil {
		return errors.Join(err, listener.Close(), facts.Close())
	}
	p.enlist(ctx, &wait, topology.Member{
		ID: p.options.id, PID: os.Getpid(), Started: time.Now(),
		Addr: advertised(listener, p.options.advertise), HTTP: advertised(facts, p.options.advertise),
	})
	pools := pool.New(pool.Options{Zone: p.options.zone, Log: p.log})
	defer pools.Close()
	pools.Apply(p.source.Current()) // before the first client asks for a server
	wait.Go(func() { p.feed(ctx, pools) })
	server := p.server(pools, identity, p.slot(ctx))
	// The facts are there until the last client is gone: that the proxy stops is one.
	serving, served := context.WithCancel(context.WithoutCancel(ctx))
	defer served()
	wait.Go(func() { serveFacts(serving, facts, p, server, pools) })
	p.log.Info("serving clients", "addr", listener.Addr(), "id", p.options.id)
	return server.Serve(ctx, listener)
}

// identity is what the proxy proves itself with: the certificate it was given,
// or one of its own.
func (p *proxy) identity() (*mysql.Identity, error) {
	identity, err := mysql.GenerateIdentity(time.Now())
	if err != nil || p.certificate == nil {
		return identity, err
	}
	identity.TLS.Certificates, identity.TLS.GetCertificate = nil, p.certificate.get
	return identity, nil
}

// enlist lists the proxy among the members and then reads the topology once
// more: who changes that waits for those on the list, so nobody who connects may
// meet a proxy that was not on it and does not know the change either. It waits
// for etcd only briefly; a proxy can start without.
func (p *proxy) enlist(ctx context.Context, wait *sync.WaitGroup, m topology.Member) {
	listed := make(chan struct{})
	once := sync.OnceFunc(func() { close(listed) })
	wait.Go(func() { p.store.Register(ctx, topology.KindProxies, m, once) })
	patience, cancel := context.WithTimeout(ctx, enlistPatience)
	defer cancel()
	select {
	case <-listed:
	case <-patience.Done():
		return
	}
	if snap, err := p.store.Load(patience); err == nil {
		_, _ = p.source.WaitFor(patience, snap.Version)
	}
}

func (p *proxy) copyPath() string {
	if p.options.data == "" {
		return ""
	}
	return filepath.Join(p.options.data, "topology.json")
}

// feed hands each new topology to the pools.
func (p *proxy) feed(ctx context.Context, pools *pool.Cluster) {
	for {
		changed := p.source.Changed()
		pools.Apply(p.source.Current())
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

func (p *proxy) server(pools *pool.Cluster, identity *mysql.Identity, slot uint32) *router.Server {
	client := admin.NewClusterClient(p.store.Members, p.token)
	if p.options.admin != "" {
		client = admin.NewClient(p.options.admin, p.token)
	}
	control := &control{client: client, source: p.source, id: p.options.id}
	env := &exec.Environment{
		Topology: p.source, Pools: pools, Sequences: exec.NewSequences(p.store, time.Now), Control: control,
		Schema: router.NewSchemaCache(p.source, pools), Limits: p.options.limits, Log: p.log,
	}
	var last atomic.Uint32
	return router.NewServer(router.Options{
		Environment: env, Accounts: control, Identity: identity, RequireTLS: p.options.tlsOnly, ConnectionsMax: p.options.clients, Log: p.log,
		ConnectionIDs: func() uint32 { return slot<<connectionBits | last.Add(1)&(1<<connectionBits-1) },
		OwnID:         func(id uint32) bool { return id>>connectionBits == slot },
		Collations:    router.NewCollations(p.source, pools).Names,
	})
}

// enlistPatience is how long a proxy that starts waits for etcd before it serves
// from what it has.
const enlistPatience = 2 * time.Second

// connectionBits is how many bits of a connection id count the clients of one
// proxy; the rest number the proxy.
const connectionBits = 20

// slot numbers this run of the proxy, so that its connection ids are its own
// among the last 4096 runs. Without etcd it is drawn from the clock.
func (p *proxy) slot(ctx context.Context) uint32 {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	n, err := p.store.Ticket(ctx, "proxies")
	if err != nil {
		n = uint64(time.Now().UnixNano())
	}
	return uint32(n % (1 << (32 - connectionBits)))
}
