package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/ddl"
	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/reshard"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

// definitionTimeout bounds a definition that the controller runs on one group
// when a job is resumed: a large table takes hours.
const definitionTimeout = 24 * time.Hour

// campaignPause is how long a controller waits after a failed campaign.
const campaignPause = time.Second

// controllerOptions are the flags of "shardway controller".
type controllerOptions struct {
	etcd      []string
	cluster   string
	id        string
	admin     string
	tokenFile string
	hosts     []string
	advertise string
}

func controllerCommand() *cobra.Command {
	var o controllerOptions
	c := &cobra.Command{
		Use:   "controller",
		Short: "Keep the groups healthy and answer the admin API",
		Long: "Keep the groups healthy and answer the admin API. Several controllers may run: one leads,\n" +
			"the others stand by and answer the API, too.",
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			return runController(c.Context(), o, slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil)))
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.etcd, "etcd", nil, "etcd's client `URL`s")
	f.StringVar(&o.cluster, "cluster", "main", "`name` of the cluster; several can share one etcd")
	f.StringVar(&o.id, "id", "", "this controller's `name`; the host's name by default")
	f.StringVar(&o.admin, "admin", "127.0.0.1:15300", "`address` of the admin API")
	f.StringVar(&o.tokenFile, "token-file", "", "`file` with the token that the admin API asks for; needed to listen beyond loopback")
	f.StringSliceVar(&o.hosts, "admin-host", nil, "further `host` names by which the admin API may be called without a token")
	f.StringVar(&o.advertise, "advertise", "", advertiseUsage)
	_ = c.MarkFlagRequired("etcd")
	return c
}

func runController(ctx context.Context, o controllerOptions, log *slog.Logger) error {
	if o.id == "" {
		name, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("this host has no name, give --id: %w", err)
		}
		o.id = name
	}
	token, err := readToken(o.tokenFile)
	if err != nil {
		return err
	}
	store, err := etcd.Open(etcd.Options{Endpoints: o.etcd, Cluster: o.cluster, Log: log})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.admin)
	if err != nil {
		return errors.Join(fmt.Errorf("admin API: %w", err), store.Close())
	}
	// Whatever ends first ends the rest; all of it is waited for.
	ctx, cancel := context.WithCancelCause(ctx)
	source := topology.NewSource()
	led := new(led)
	proxies := &admin.HTTPProxies{Members: store.Members, Token: token, Client: &http.Client{Timeout: 10 * time.Second}}
	defer proxies.Client.CloseIdleConnections()
	var wait sync.WaitGroup
	wait.Go(func() { store.Follow(ctx, source, "") })
	wait.Go(func() {
		store.Register(ctx, topology.KindControllers, topology.Member{
			ID: o.id, PID: os.Getpid(), HTTP: advertised(listener, o.advertise), Started: time.Now(),
		}, nil)
	})
	wait.Go(func() { lead(ctx, o.id, store, source, proxies, led, log) })
	err = serveAdmin(ctx, o, store, token, listener, proxies, led, log)
	cancel(err)
	wait.Wait()
	return errors.Join(err, store.Close())
}

// serveAdmin answers the admin API until ctx ends.
func serveAdmin(
	ctx context.Context, o controllerOptions, store *etcd.Store, token string, listener net.Listener,
	proxies *admin.HTTPProxies, led *led, log *slog.Logger,
) error {
	servers := admin.NewControlServers(store)
	defer servers.Close()
	patient := admin.NewControlServers(store)
	patient.Timeout = definitionTimeout
	defer patient.Close()
	jobs, err := ddl.New(ddl.Options{
		ID: o.id, Store: store, Servers: servers, Patient: patient, Alive: admin.JobAlive(proxies, store.Members), Log: log,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer jobs.Close()
	others := &peers{id: o.id, store: store, token: token}
	api, err := admin.New(admin.Options{
		Jobs:    jobs,
		Cluster: o.cluster, Store: store, Servers: servers, Proxies: proxies, Token: token, Hosts: o.hosts, Notes: led.notes, Log: log,
		Distributor:  &reshard.Distributor{Store: store, Servers: servers, Known: proxies.Known},
		Transactions: &transactions{led: led, peers: others},
		Failovers:    &failovers{led: led, peers: others},
		Moves:        &moves{led: led, peers: others},
		Leader:       others.elsewhere(led),
		Routes:       controllerMetrics,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return api.Serve(ctx, listener)
}

// lead campaigns, keeps the groups healthy while it leads, and begins anew,
// until ctx ends.
func lead(
	ctx context.Context, id string, store *etcd.Store, source *topology.Source, proxies failover.Proxies, led *led, log *slog.Logger,
) {
	for ctx.Err() == nil {
		leadership, err := store.Campaign(ctx, id)
		if err != nil {
			if ctx.Err() == nil {
				log.Warn("campaign failed, trying again", "err", err)
			}
			select {
			case <-time.After(campaignPause):
			case <-ctx.Done():
			}
			continue
		}
		log.Info("this controller leads", "id", id)
		keepHealthy(ctx, store, leadership, source, proxies, led, log)
		leadership.Resign(context.WithoutCancel(ctx))
	}
}

func keepHealthy(
	ctx context.Context, store *etcd.Store, l *etcd.Leadership, source *topology.Source, proxies failover.Proxies, led *led, log *slog.Logger,
) {
	// Work ends with the leadership or with the process, whichever is first.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.Context(), cancel)()
	leads := func(ctx context.Context) error { return store.StillLeads(ctx, l) }
	work, err := newWork(store.Under(l), source, proxies, leads, log)
	if err != nil {
		log.Error("the controller cannot work", "err", err)
		return
	}
	led.set(work)
	defer led.set(nil)
	work.run(ctx)
}

func readToken(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("token: %s is empty", path)
	}
	return token, nil
}
