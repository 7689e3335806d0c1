package reshard

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/reshard/flow"
	"github.com/shardway/shardway/topology"
)

// MoveStore is what moving shards needs of the topology's store. All of it works
// only as long as this controller leads.
type MoveStore interface {
	Store
	// Credential returns the administrator's account of an instance.
	Credential(ctx context.Context, instance string) (topology.Account, error)
	// OpenJob returns the definition that is under way in a keyspace, or nil.
	OpenJob(ctx context.Context, keyspace string) (*topology.Job, error)
	// ForgetMoves drops the oldest ended moves of a keyspace when there are many.
	ForgetMoves(ctx context.Context, keyspace string) error
}

// Proxies are told before shards change over.
type Proxies interface {
	// Known waits, bounded, until every proxy that is alive routes by at least
	// that version of the topology.
	Known(ctx context.Context, version int64) error
	// Open returns how many transactions and statements are open on the groups'
	// primaries, over all proxies that are alive.
	Open(ctx context.Context, groups ...string) (int, error)
}

// MoverOptions are what a Mover needs. Store, Source, StillLeads and Proxies must
// be set.
type MoverOptions struct {
	Store MoveStore
	// Source is kept up to date by somebody else.
	Source *topology.Source
	// StillLeads asks etcd whether this controller leads.
	StillLeads func(context.Context) error
	Proxies    Proxies
	// Limits bound the pause when shards change over; the zero value stands for
	// DefaultLimits.
	Limits Limits
	Flow   flow.Options
	Log    *slog.Logger
}

// Limits bound how long proxies hold statements when shards change over.
type Limits struct {
	// Pause is when a change over is given up that is not through; 2 s.
	Pause time.Duration
	// Grace is what open transactions get to end by themselves; 300 ms.
	Grace time.Duration
	// Lag is how far the side that follows may be behind, in seconds, for a
	// change over to begin; 1 s.
	Lag float64
}

// DefaultLimits are the limits that nobody changed.
func DefaultLimits() Limits {
	return Limits{Pause: 2 * time.Second, Grace: 300 * time.Millisecond, Lag: 1}
}

// Mover moves shards to other groups while it leads.
type Mover struct {
	opts    MoverOptions
	servers *control.Servers

	mu    sync.Mutex
	tasks map[string]*task // by keyspace
	// life is the context of Run; nil before it.
	life context.Context
}

// NewMover returns a mover that has not begun.
func NewMover(opts MoverOptions) (*Mover, error) {
	if opts.Store == nil || opts.Source == nil || opts.StillLeads == nil || opts.Proxies == nil {
		return nil, errors.New("reshard: a store, a source, a leadership and proxies are needed")
	}
	if opts.Limits == (Limits{}) {
		opts.Limits = DefaultLimits()
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Flow.Log == nil {
		opts.Flow.Log = opts.Log
	}
	return &Mover{opts: opts, servers: control.NewServers(opts.Store), tasks: make(map[string]*task)}, nil
}

// Run goes on with every move that there is until ctx, the leadership's context,
// ends. It owns one goroutine per move and those of its flows; all have ended
// when it returns.
func (m *Mover) Run(ctx context.Context) {
	m.mu.Lock()
	m.life = ctx
	m.mu.Unlock()
	defer m.servers.Close()
	var wait sync.WaitGroup
	defer wait.Wait()
	for {
		changed := m.opts.Source.Changed()
		for name, k := range m.opts.Source.Current().Keyspaces {
			if k.Move == nil || m.task(name) != nil {
				continue
			}
			t := newTask(m, name)
			m.mu.Lock()
			m.tasks[name] = t
			m.mu.Unlock()
			wait.Go(func() {
				t.run(ctx)
				m.mu.Lock()
				delete(m.tasks, name)
				m.mu.Unlock()
			})
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

func (m *Mover) task(keyspace string) *task {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tasks[keyspace]
}

// MoveStatus is a move and how far its flows are.
type MoveStatus struct {
	Keyspace string `json:"keyspace"`
	topology.Move
	// Flows are by the group that they read from.
	Flows map[string]flow.Progress `json:"flows,omitempty"`
	// Doing says what is being done at the moment.
	Doing string `json:"doing,omitempty"`
}

// Status returns the move of a keyspace, false if it has none.
func (m *Mover) Status(keyspace string) (MoveStatus, bool) {
	k := m.opts.Source.Current().Keyspaces[keyspace]
	if k == nil || k.Move == nil {
		return MoveStatus{}, false
	}
	s := MoveStatus{Keyspace: keyspace, Move: *k.Move}
	if t := m.task(keyspace); t != nil {
		s.Flows, s.Doing = t.progress()
	}
	return s, true
}
