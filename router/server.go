package router

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shardway/shardway/heat"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/topology"
)

// Version is what clients are told that the server is: drivers read the
// numbers before the first dash.
const Version = "8.4.0-shardway"

// Options is how a Server is set up.
type Options struct {
	Environment *exec.Environment
	Accounts    Accounts
	Identity    *mysql.Identity
	// RequireTLS lets in no client without TLS.
	RequireTLS bool
	// ConnectionIDs gives each client a number that no other proxy gives.
	ConnectionIDs func() uint32
	// OwnID reports whether this proxy gives a number; nil if none tells the proxy.
	OwnID func(id uint32) bool
	// Collations names the character set and collation of an id, for SET NAMES;
	// ok is false if it is not known yet.
	Collations func(id uint16) (names string, ok bool)
	// ConnectionsMax bounds the clients; 0 means DefaultConnectionsMax.
	ConnectionsMax int
	// PlansMax bounds the cached plans; 0 means DefaultPlansMax.
	PlansMax int
	// DrainGrace bounds the transactions that are open when Serve is told to
	// end; 0 means DefaultDrainGrace.
	DrainGrace time.Duration
	Log        *slog.Logger
}

// Defaults of Options.
const (
	DefaultConnectionsMax = 10_000
	DefaultPlansMax       = 20_000
)

// Server is the clients' end of a proxy.
type Server struct {
	opts  Options
	plans *planCache
	auth  *mysql.AuthCache

	mu      sync.Mutex
	clients map[uint32]*connection
	closed  bool
	wg      sync.WaitGroup

	stats Stats
}

// Stats counts what the server has done; all fields are atomic.
type Stats struct {
	Accepted, Refused, Queries, Errors atomic.Uint64
	PlanHits, PlanMisses               atomic.Uint64
}

// NewServer returns a server that serves nobody yet.
func NewServer(opts Options) *Server {
	if opts.ConnectionsMax == 0 {
		opts.ConnectionsMax = DefaultConnectionsMax
	}
	if opts.PlansMax == 0 {
		opts.PlansMax = DefaultPlansMax
	}
	if opts.DrainGrace == 0 {
		opts.DrainGrace = DefaultDrainGrace
	}
	return &Server{opts: opts, plans: newPlanCache(opts.PlansMax), auth: mysql.NewAuthCache(), clients: map[uint32]*connection{}}
}

// Stats returns the counters.
func (s *Server) Stats() *Stats { return &s.stats }

// Serve accepts clients until ctx ends or the listener fails, then ends all of
// them, transactions after a grace, and waits. It owns the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	watching, unwatch := context.WithCancel(life)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		var all sync.WaitGroup
		all.Go(func() { s.watchAcks(watching) })
		s.watch(watching)
		all.Wait()
	}()
	defer func() { <-watched }()
	defer unwatch()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var pause time.Duration
	for {
		nc, err := l.Accept()
		if err == nil {
			pause = 0
			s.wg.Add(1)
			go func() {
				defer s.wg.Done()
				s.serve(life, nc)
			}()
			continue
		}
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			break
		}
		// Out of file descriptors, say: clients that are in go on.
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		s.opts.Log.Warn("a client could not be accepted", "error", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	s.drain(end)
	return nil
}

// allGone returns a channel that is closed when no client is left.
func (s *Server) allGone() <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		s.wg.Wait()
	}()
	return gone
}

// enter registers a client; it reports false if there is no room.
func (s *Server) enter(c *connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.clients) >= s.opts.ConnectionsMax {
		return false
	}
	s.clients[c.id] = c
	return true
}

func (s *Server) leave(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c.id)
}

// Sessions is the number of clients that are in.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.clients)
}

// Stopping reports whether the server has been told to stop: it lets nobody in.
func (s *Server) Stopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// find returns a client of this proxy by its connection id.
func (s *Server) find(id uint32) *connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clients[id]
}

// verifier looks up what a user's password is checked against.
func (s *Server) verifier(name string) (mysql.Verifier, bool) {
	u := s.user(name)
	if u == nil || u.Locked {
		return mysql.Verifier{}, false
	}
	return mysql.Verifier{Native: u.NativeVerifier, SHA2: u.SHA2Verifier}, true
}

func (s *Server) user(name string) *topology.User {
	return s.opts.Environment.Topology.Current().Users[name]
}

// Held says what waits for groups' primaries, and how earlier waits have ended.
func (s *Server) Held() exec.HoldStats { return s.opts.Environment.HoldStats() }

// Heat says where the load of each keyspace is, as this proxy has counted it.
func (s *Server) Heat() map[string]heat.Load { return s.opts.Environment.Heat.Load(time.Now()) }

// RunningJobs lists the jobs that clients' statements are executing.
func (s *Server) RunningJobs() []string { return s.opts.Environment.RunningJobs() }
