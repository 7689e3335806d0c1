// Package embedetcd runs an etcd server inside this process, on loopback, for
// the playground and for tests. Whoever starts a Server owns it and closes it.
package embedetcd

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Options say what to start. Dir is needed.
type Options struct {
	// Dir is the data folder; what is in it is used.
	Dir string
	// Port is the client port on 127.0.0.1; 0 takes a free one.
	Port int
	// LogPath is the file that warnings are appended to; empty drops them.
	LogPath string
	// Relaxed servers may lose their last writes when the machine goes down.
	Relaxed bool
	// Name makes the server one of several members, Peers has the port on 127.0.0.1
	// by which each of them, by its name, is reached by the others. Without a name it is alone.
	Name  string
	Peers map[string]int
}

// Server is one running etcd.
type Server struct {
	options Options
	url     string
	close   func()
}

// Start starts a server and returns when it answers, which one of several members
// does when more than half of them run.
func Start(ctx context.Context, o Options) (*Server, error) {
	logger, err := newLogger(o.LogPath)
	if err != nil {
		return nil, err
	}
	cfg := embed.NewConfig()
	cfg.Dir = filepath.Join(o.Dir, "data")
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("etcd's folder: %w", err)
	}
	client, err := url.Parse(fmt.Sprintf("http://127.0.0.1:%d", o.Port))
	if err != nil {
		return nil, err
	}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	o.asMember(cfg)
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(logger)
	cfg.UnsafeNoFsync = o.Relaxed
	cfg.AutoCompactionMode, cfg.AutoCompactionRetention = "periodic", "1h"
	e, err := embed.StartEtcd(cfg)
	if err != nil {
		return nil, fmt.Errorf("start etcd: %w", err)
	}
	select {
	case <-e.Server.ReadyNotify():
	case err := <-e.Err():
		e.Close()
		return nil, fmt.Errorf("start etcd: %w", err)
	case <-ctx.Done():
		e.Close()
		return nil, fmt.Errorf("start etcd: %w", ctx.Err())
	}
	o.Port = e.Clients[0].Addr().(*net.TCPAddr).Port
	return &Server{options: o, url: "http://" + e.Clients[0].Addr().String(), close: sync.OnceFunc(e.Close)}, nil
}

// asMember says who the members are.
func (o *Options) asMember(cfg *embed.Config) {
	peer := func(port int) url.URL {
		return url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	}
	cfg.Name = o.Name
	members := o.Peers
	if o.Name == "" {
		// A single member has no peers, but the address must be given.
		cfg.Name, members = "shardway", map[string]int{"shardway": 0}
	}
	own := peer(members[cfg.Name])
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{own}, []url.URL{own}
	var all []string
	for name, port := range members {
		at := peer(port)
		all = append(all, name+"="+at.String())
	}
	cfg.InitialCluster = strings.Join(all, ",")
}

// Options are those by which the server can be started again when it has ended,
// at the same address with the same data.
func (s *Server) Options() Options { return s.options }

// URL returns the address for clients.
func (s *Server) URL() string { return s.url }

// Close stops the server and waits for its end. A second call does nothing.
func (s *Server) Close() { s.close() }

func newLogger(path string) (*zap.Logger, error) {
	if path == "" {
		return zap.NewNop(), nil
	}
	cfg := zap.NewProductionConfig()
	cfg.Level = zap.NewAtomicLevelAt(zapcore.WarnLevel)
	cfg.OutputPaths, cfg.ErrorOutputPaths = []string{path}, []string{path}
	logger, err := cfg.Build()
	if err != nil {
		return nil, fmt.Errorf("etcd's log: %w", err)
	}
	return logger, nil
}
