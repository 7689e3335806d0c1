package pool

import (
	"context"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shardway/shardway/topology"
)

// target is what makes a server the same one across snapshots.
type target struct {
	id, host    string
	port        int
	zone, group string
	account     topology.Account
}

// Instance is one server: its connections, its health and its counters. Safe
// for concurrent use.
type Instance struct {
	cluster  *Cluster
	target   target
	group    atomic.Pointer[group]
	progress atomic.Pointer[Progress]
	// failedAt is when somebody last reported the server, as Cluster.since has
	// it: only a probe that began later puts the server back.
	failedAt atomic.Int64
	kick     chan struct{}   // asks for a probe now
	life     context.Context // ends with remove
	end      context.CancelFunc
	slots    chan struct{} // one entry per lent connection
	waiters  atomic.Int64
	share    atomic.Int64 // the weight, 0 stands for 1
	counters counters

	mu      sync.Mutex
	removed bool
	idle    []*Backend // the one released last at the end
	lent    int        // connections that exist and are not idle
	// epoch grows when idle connections are dropped: one that was lent then is not
	// kept when it comes back.
	epoch uint64
}

func newInstance(c *Cluster, t target) *Instance {
	i := &Instance{
		cluster: c, target: t,
		kick:  make(chan struct{}, 1),
		slots: make(chan struct{}, c.opts.MaxPerInstance),
	}
	i.life, i.end = context.WithCancel(c.life)
	i.progress.Store(&Progress{Lag: LagUnknown})
	return i
}

// ID is the server's id in the topology.
func (i *Instance) ID() string { return i.target.id }

// Group is the id of the group that the server belongs to.
func (i *Instance) Group() string { return i.target.group }

// User is the account that connections to the server log in with; it differs
// from one route epoch of the group to the next.
func (i *Instance) User() string { return i.target.account.User }

// Zone is where the server is.
func (i *Instance) Zone() string { return i.target.zone }

// Addr is the server's host:port.
func (i *Instance) Addr() string {
	return net.JoinHostPort(i.target.host, strconv.Itoa(i.target.port))
}

// Progress is what the last probe found, or Failed said since.
func (i *Instance) Progress() *Progress { return i.progress.Load() }

// Healthy reports whether the last probe succeeded and nobody has reported the
// server since.
func (i *Instance) Healthy() bool { return i.progress.Load().Healthy }

// Removed reports whether the server has left the topology, or became another
// one by a change of address or account.
func (i *Instance) Removed() bool { return i.life.Err() != nil }

// Failed reports what went wrong on a connection to the server. If it says that
// the server does not serve, the server is left out at once, until a probe
// that begins after this succeeds. Anything else is only counted.
func (i *Instance) Failed(err error) {
	i.counters.errors.Add(1)
	if !serverGone(err) {
		return
	}
	now := time.Now()
	i.failedAt.Store(i.cluster.since(now))
	if !i.leaveOut(now, err) {
		return
	}
	select {
	case i.kick <- struct{}{}:
	default:
	}
}

// leaveOut publishes that the server does not serve, and reports whether that
// is news.
func (i *Instance) leaveOut(at time.Time, err error) bool {
	for {
		was := i.progress.Load()
		next := *was
		next.At, next.Healthy, next.Err = at, false, err
		// The lag is kept as a bound for the later moment.
		next.Lag = was.LagAt(at)
		if !i.progress.CompareAndSwap(was, &next) {
			continue
		}
		if was.Healthy {
			i.out(err)
		}
		return was.Healthy
	}
}

// out closes idle connections of a server that does not serve: what they lead
// to is not what they were opened for.
func (i *Instance) out(err error) {
	i.cluster.opts.Log.Warn("server left out", "instance", i.target.id, "group", i.target.group, "error", err)
	i.dropIdle()
	i.cluster.notify()
}

// remove ends the server's use: idle connections are closed now, lent ones
// when they come back.
func (i *Instance) remove() {
	i.mu.Lock()
	i.removed = true
	i.mu.Unlock()
	i.end()
	i.dropIdle()
}

func (i *Instance) dropIdle() {
	i.mu.Lock()
	idle := i.idle
	i.idle = nil
	i.epoch++
	i.mu.Unlock()
	for _, b := range idle {
		_ = b.Conn.Close()
	}
}
