package etcd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/shardway/shardway/topology"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// Defaults of Options.
const (
	defaultRequestTimeout = 5 * time.Second
	defaultDialTimeout    = 3 * time.Second
	defaultProbeInterval  = time.Second
	defaultMemberTTL      = 6 * time.Second
	defaultLeaderTTL      = 3 * time.Second
)

// ErrOutcomeUnknown: etcd did not answer whether a write took effect.
var ErrOutcomeUnknown = topology.ErrOutcomeUnknown

// Options says where etcd is and how patient to be.
type Options struct {
	// Endpoints of etcd, such as "http://127.0.0.1:2379".
	Endpoints []string
	// Cluster is the name of the Shardway cluster; several can share one etcd.
	Cluster string
	// RequestTimeout bounds each request to etcd; 5 s.
	RequestTimeout time.Duration
	// ProbeInterval is how often Follow asks etcd whether it is still there
	// and whether the watch has missed anything; 1 s.
	ProbeInterval time.Duration
	// MemberTTL is how long a member that has died is still listed; 6 s. etcd
	// rounds up to whole seconds, at least 2.
	MemberTTL time.Duration
	// LeaderTTL is how long a leader that has died keeps others from leading; 3 s.
	LeaderTTL time.Duration
	Log       *slog.Logger
}

// Validate fills in what is left out and refuses what cannot work.
func (o *Options) Validate() error {
	if len(o.Endpoints) == 0 {
		return errors.New("no etcd endpoint is given")
	}
	if err := topology.CheckID("a cluster", o.Cluster); err != nil {
		return err
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&o.RequestTimeout, defaultRequestTimeout},
		{&o.ProbeInterval, defaultProbeInterval},
		{&o.MemberTTL, defaultMemberTTL},
		{&o.LeaderTTL, defaultLeaderTTL},
	} {
		if *d.value <= 0 {
			*d.value = d.standard
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Store reads and writes one cluster's topology. It is safe for concurrent
// use. Open makes it, Close ends it.
type Store struct {
	client *clientv3.Client
	prefix string
	opts   Options
	// leader, if set, must still lead for a write to take effect.
	leader *Leadership
}

// Open makes a store. It does not dial: a store can be opened while etcd is
// away.
func Open(opts Options) (*Store, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("topology store: %w", err)
	}
	client, err := clientv3.New(clientv3.Config{
		Endpoints:            opts.Endpoints,
		DialTimeout:          defaultDialTimeout,
		DialKeepAliveTime:    2 * time.Second,
		DialKeepAliveTimeout: 2 * time.Second,
		// Each request fails by itself; what is worth saying is said by us.
		Logger: zap.NewNop(),
	})
	if err != nil {
		return nil, fmt.Errorf("topology store: %w", err)
	}
	return &Store{client: client, prefix: "/shardway/" + opts.Cluster + "/", opts: opts}, nil
}

// Close ends the store's connections. Follow and Register must have returned, leaderships been resigned.
func (s *Store) Close() error {
	if err := s.client.Close(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("topology store: %w", err)
	}
	return nil
}

// Endpoints returns where the store's etcd is.
func (s *Store) Endpoints() []string { return s.opts.Endpoints }

func (s *Store) key(parts string) string { return s.prefix + parts }

// bounded derives the context of one request.
func (s *Store) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.opts.RequestTimeout)
}

// unavailable wraps an error of a request that changes nothing.
func (s *Store) unavailable(what string, err error) error {
	return fmt.Errorf("%s: etcd at %v: %w", what, s.opts.Endpoints, err)
}
