package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/shardway/shardway/topology"
	"golang.org/x/sync/errgroup"
)

const (
	// readTimeout bounds reading a request, drainTimeout how long requests
	// under way may go on once the server ends.
	readTimeout  = 10 * time.Second
	drainTimeout = 5 * time.Second
	// callTimeout bounds one call; adopting a server takes the longest.
	callTimeout = 5 * time.Minute
)

// Server answers the admin API.
type Server struct {
	opts Options
	// last is the topology that status was last made from.
	last atomic.Pointer[topology.Snapshot]
}

// New returns a server that does not listen yet.
func New(opts Options) (*Server, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	return &Server{opts: opts}, nil
}

// CheckListen refuses to listen where others can reach the API unless they
// have to know a token.
func CheckListen(addr net.Addr, token string) error {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsLoopback() || token != "" {
		return nil
	}
	return fmt.Errorf("the admin API will not listen on %s without a token: anyone who reaches it can drop every database; "+
		"listen on 127.0.0.1 or set a token", addr)
}

// Serve answers on listener until ctx ends, and lets requests under way finish
// for a while. It closes the listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if err := CheckListen(listener.Addr(), s.opts.Token); err != nil {
		return errors.Join(err, listener.Close())
	}
	// Requests end at drainTimeout at the latest, not with ctx.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	var group errgroup.Group
	ended := make(chan struct{})
	group.Go(func() error {
		defer close(ended)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("admin API on %s: %w", listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
		}
		drain, stop := context.WithTimeout(base, drainTimeout)
		defer stop()
		if server.Shutdown(drain) != nil {
			cancel() // what is still under way ends now
			return server.Close()
		}
		return nil
	})
	return group.Wait()
}

// Handler returns the whole API, guarded.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	handle(mux, "GET /v1/status", s.status)
	handle(mux, "POST /v1/explain", s.explain)
	handle(mux, "GET /v1/instances", s.listInstances)
	handle(mux, "POST /v1/instances", s.addInstance)
	handle(mux, "DELETE /v1/instances/{instance}", s.removeInstance)
	handle(mux, "POST /v1/instances/{instance}/join", s.joinInstance)
	handle(mux, "POST /v1/instances/{instance}/drain", s.drainInstance)
	handle(mux, "PUT /v1/instances/{instance}/weight", s.setWeight)
	handle(mux, "POST /v1/instances/{instance}/rebuild", s.rebuildInstance)
	handle(mux, "GET /v1/doctor", s.examine)
	handle(mux, "POST /v1/doctor", s.cure)
	handle(mux, "GET /v1/groups", s.listGroups)
	handle(mux, "POST /v1/groups", s.createGroup)
	handle(mux, "DELETE /v1/groups/{group}", s.removeGroup)
	handle(mux, "PUT /v1/groups/{group}/durability", s.setDurability)
	handle(mux, "POST /v1/groups/{group}/switchover", s.switchover)
	handle(mux, "POST /v1/groups/{group}/failover", s.failover)
	handle(mux, "GET /v1/groups/{group}/operations", s.operations)
	handle(mux, "GET /v1/placement", s.placement)
	handle(mux, "PUT /v1/placement", s.setPlacement)
	handle(mux, "GET /v1/shards", s.listShards)
	handle(mux, "GET /v1/keyspaces", s.listKeyspaces)
	handle(mux, "POST /v1/keyspaces", s.createKeyspace)
	handle(mux, "DELETE /v1/keyspaces/{keyspace}", s.dropKeyspace)
	handle(mux, "PUT /v1/keyspaces/{keyspace}/balancing", s.setBalancing)
	handle(mux, "POST /v1/keyspaces/{keyspace}/schema", s.bumpSchema)
	handle(mux, "GET /v1/keyspaces/{keyspace}/tables", s.listTables)
	handle(mux, "POST /v1/keyspaces/{keyspace}/tables/{table}", s.declareTable)
	handle(mux, "DELETE /v1/keyspaces/{keyspace}/tables/{table}", s.forgetTable)
	handle(mux, "POST /v1/keyspaces/{keyspace}/tables/{table}/rename", s.renameTable)
	handle(mux, "GET /v1/hot", s.hot)
	handle(mux, "GET /v1/keyspaces/{keyspace}/moves", s.moves)
	handle(mux, "POST /v1/keyspaces/{keyspace}/moves", s.beginMove)
	handle(mux, "PUT /v1/keyspaces/{keyspace}/moves/limit", s.limitMove)
	handle(mux, "POST /v1/keyspaces/{keyspace}/moves/{verb}", s.askMove)
	handle(mux, "GET /v1/jobs", s.listJobs)
	handle(mux, "POST /v1/jobs", s.beginJob)
	handle(mux, "GET /v1/jobs/{job}", s.showJob)
	handle(mux, "PUT /v1/jobs/{job}", s.reportJob)
	handle(mux, "POST /v1/jobs/{job}/resume", s.resumeJob)
	handle(mux, "POST /v1/jobs/{job}/cancel", s.cancelJob)
	handle(mux, "GET /v1/users", s.listUsers)
	handle(mux, "POST /v1/users", s.addUser)
	handle(mux, "DELETE /v1/users/{user}", s.removeUser)
	handle(mux, "PUT /v1/users/{user}/password", s.setPassword)
	handle(mux, "PUT /v1/users/{user}/grants", s.setGrant)
	handle(mux, "PUT /v1/users/{user}/locked", s.setLocked)
	handle(mux, "POST /v1/users/{user}/rename", s.renameUser)
	handle(mux, "GET /v1/transactions", s.listTransactions)
	handle(mux, "POST /v1/transactions/{gtrid}/resolve", s.settleTransaction)
	handle(mux, "POST /v1/adopt", s.adopt)
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) {
		respondError(w, notFound("%s %s is no call of the admin API", r.Method, r.URL.Path))
	})
	if s.opts.Routes != nil {
		s.opts.Routes(mux)
	}
	all := http.NewServeMux()
	all.Handle("/", s.guard(mux))
	// For load balancers, who have no token: this API answers. It does so
	// without etcd, too, since status still has something to say then.
	all.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, struct {
			Ready bool `json:"ready"`
		}{Ready: true})
	})
	return all
}
