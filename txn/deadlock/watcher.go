package deadlock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

const (
	// defaultInterval is how often it is asked whether anybody waits.
	defaultInterval = 200 * time.Millisecond
	// askTimeout bounds asking one group whether anybody waits; one that does not
	// answer is left alone for restAfter. Who waits for whom may take longer to tell:
	// it is asked of those that have just answered, and on a busy server no look may
	// succeed otherwise.
	askTimeout  = 500 * time.Millisecond
	readTimeout = 2 * time.Second
	restAfter   = time.Second
	// After a look that took long there is a pause of twice that, up to pauseMax:
	// a queue of sessions is no reason to load the server.
	pauseMax = 600 * time.Millisecond
)

// Options are what a Watcher needs. Store, Source and StillLeads must be set.
type Options struct {
	Store control.Store
	// Source is kept up to date by somebody else.
	Source *topology.Source
	// StillLeads asks etcd whether this controller leads.
	StillLeads func(context.Context) error
	// Interval is how often it is asked whether anybody waits; 200 ms.
	Interval time.Duration
	Log      *slog.Logger
}

// Validate fills in what is left out and refuses what cannot work.
func (o *Options) Validate() error {
	if o.Store == nil || o.Source == nil || o.StillLeads == nil {
		return errors.New("txn/deadlock: a store, a source and a leadership are needed")
	}
	if o.Interval <= 0 {
		o.Interval = defaultInterval
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Watcher finds and ends circular waits while its controller leads.
type Watcher struct {
	opts    Options
	servers *control.Servers
	// groups and before belong to Run's goroutine.
	groups map[string]*watched
	before []Wait

	mu    sync.Mutex
	waits []Wait
}

// watched is one group.
type watched struct {
	primary topology.Instance
	term    int64
	// instrumented: the primary was told to note the names of branches.
	instrumented bool
	// restUntil is when a group that did not answer is asked again.
	restUntil time.Time
}

// New returns a watcher that has not begun.
func New(opts Options) (*Watcher, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	return &Watcher{opts: opts, servers: control.NewServers(opts.Store), groups: make(map[string]*watched)}, nil
}

// Run watches all groups until ctx, the leadership's context, ends. It can be
// called once.
func (w *Watcher) Run(ctx context.Context) {
	defer w.servers.Close()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		began := time.Now()
		w.look(ctx)
		pause.Reset(max(w.opts.Interval, min(2*time.Since(began), pauseMax)))
	}
}

// look asks once, and stops a statement of each circle that has lasted since
// the look before.
func (w *Watcher) look(ctx context.Context) {
	snap := w.opts.Source.Current()
	w.servers.Forget(snap)
	for id := range w.groups {
		if snap.Groups[id] == nil {
			delete(w.groups, id)
		}
	}
	waiting, told := w.waiting(ctx, snap)
	var now []Wait
	if len(waiting) >= 2 {
		now = w.read(ctx, snap, waiting, told)
	}
	victims := Victims(Lasting(w.before, now))
	w.before = Known(w.before, now, told)
	w.mu.Lock()
	w.waits = now
	w.mu.Unlock()
	for _, v := range victims {
		w.stop(ctx, snap, v)
	}
}

// waiting returns the groups in which somebody waits for a row lock, and told: those
// in which nobody does.
func (w *Watcher) waiting(ctx context.Context, snap *topology.Snapshot) (waiting []string, told map[string]bool) {
	var mu sync.Mutex
	told = make(map[string]bool)
	w.each(ctx, snap, askTimeout, slices.Collect(maps.Keys(snap.Groups)), func(ctx context.Context, group string, g *watched) error {
		conn, err := w.servers.Conn(ctx, &g.primary)
		if err != nil {
			return err
		}
		defer conn.Close()
		if !g.instrumented {
			if err := instrument(ctx, conn); err != nil {
				return err
			}
			g.instrumented = true
		}
		var any bool
		if err := conn.QueryRowContext(ctx, anyWaits).Scan(&any); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if told[group] = !any; any {
			waiting = append(waiting, group)
		}
		return nil
	})
	return waiting, told
}

// read reads who waits for whom in the given groups, and adds those that answer to told.
func (w *Watcher) read(ctx context.Context, snap *topology.Snapshot, groups []string, told map[string]bool) []Wait {
	var mu sync.Mutex
	var waits []Wait
	w.each(ctx, snap, readTimeout, groups, func(ctx context.Context, group string, g *watched) error {
		conn, err := w.servers.Conn(ctx, &g.primary)
		if err != nil {
			return err
		}
		defer conn.Close()
		list, err := readWaits(ctx, conn, group, &g.primary)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		told[group] = true
		waits = append(waits, list...)
		return nil
	})
	return waits
}

// each calls f for groups at the same time, on those whose primary answers, with
// that much time for each.
func (w *Watcher) each(ctx context.Context, snap *topology.Snapshot, timeout time.Duration, groups []string, f func(context.Context, string, *watched) error) {
	var wait sync.WaitGroup
	for _, group := range groups {
		primary, err := control.PrimaryOf(snap, group)
		if err != nil {
			continue
		}
		g := w.groups[group]
		if term := snap.Groups[group].Term; g == nil || g.primary != *primary || g.term != term {
			g = &watched{primary: *primary, term: term}
			w.groups[group] = g
		}
		if time.Now().Before(g.restUntil) {
			continue
		}
		wait.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			if err := f(ctx, group, g); err != nil && ctx.Err() != context.Canceled {
				// It may have been restarted.
				g.instrumented, g.restUntil = false, time.Now().Add(restAfter)
				w.opts.Log.Debug("waits are not known", "group", group, "err", err)
			}
		})
	}
	wait.Wait()
}

// stop ends the statement that a victim waits in.
func (w *Watcher) stop(ctx context.Context, snap *topology.Snapshot, v Victim) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	err := w.opts.StillLeads(ctx)
	if err == nil {
		err = w.kill(ctx, snap, v)
	}
	if err != nil {
		w.opts.Log.Warn("a deadlock over several groups could not be ended", "group", v.Group, "connection", v.Connection, "err", err)
		return
	}
	w.opts.Log.Info("a deadlock over several groups is ended: one statement was stopped", "group", v.Group, "connection", v.Connection,
		"transaction", v.Transaction.String(), "transactions", len(v.Circle))
}

func (w *Watcher) kill(ctx context.Context, snap *topology.Snapshot, v Victim) error {
	conn, err := w.servers.Primary(ctx, snap, v.Group)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, fmt.Sprintf("KILL QUERY %d", v.Connection))
	if control.Errno(err) == mysql.ErNoSuchThread {
		return nil // it is gone by itself
	}
	return err
}

// Waits says who was last seen waiting for whom; nobody unless sessions wait in
// several groups.
func (w *Watcher) Waits() []txn.LockWait {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]txn.LockWait, 0, len(w.waits))
	for _, wait := range w.waits {
		out = append(out, txn.LockWait{Group: wait.Group, Waiter: wait.Waiter.Transaction.String(), Blocker: wait.Blocker.Transaction.String()})
	}
	return out
}
