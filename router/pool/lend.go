package pool

import (
	"context"
	"time"

	"github.com/shardway/shardway/mysql"
)

// Want is the connection that somebody asks for. Variant must fit; among those
// that do, one whose state is already Schema and Settings is preferred.
type Want struct {
	Variant  mysql.Variant
	Schema   string
	Settings string
	// Inside: the transaction has a part on another primary that is held, and is
	// let in to a held one to come to its end within the grace.
	Inside bool
}

const (
	// trustIdle is how long an idle connection is taken to be alive unseen: what is
	// written to a dead one has an unknown outcome, and to look costs a microsecond.
	trustIdle = 2 * time.Millisecond
	// searchIdle bounds the idle connections looked through for a fitting state.
	searchIdle = 16
)

// Get lends a connection to an instance by its id.
func (c *Cluster) Get(ctx context.Context, instanceID string, w Want) (*Backend, error) {
	i, err := c.Instance(instanceID)
	if err != nil {
		return nil, err
	}
	return i.Get(ctx, w)
}

// Get lends a connection, an idle one or a new one; when all are lent it waits
// for one within ctx and Options.WaitTimeout. Errors are *InstanceError.
func (i *Instance) Get(ctx context.Context, w Want) (*Backend, error) {
	if err := i.takeSlot(ctx); err != nil {
		return nil, &InstanceError{Instance: i.target.id, Op: "wait for a connection", Err: err}
	}
	now := time.Now()
	for {
		b, excess, removed := i.takeIdle(w)
		switch {
		case removed:
			<-i.slots
			return nil, &InstanceError{Instance: i.target.id, Op: "connect", Err: ErrRemoved}
		case b == nil:
			if excess != nil {
				_ = excess.Conn.Close()
			}
			return i.dial(ctx, w.Variant)
		case now.Sub(b.idleFrom) < trustIdle || b.Alive():
			return b, nil
		}
		_ = b.Conn.Close()
		i.forget(b)
	}
}

// takeSlot waits for the right to hold a connection.
func (i *Instance) takeSlot(ctx context.Context) error {
	select {
	case i.slots <- struct{}{}:
		return nil
	default:
	}
	if i.waiters.Add(1) > int64(i.cluster.opts.MaxWaiters) {
		i.waiters.Add(-1)
		return ErrTooManyWaiters
	}
	defer i.waiters.Add(-1)
	ctx, cancel := context.WithTimeoutCause(ctx, i.cluster.opts.WaitTimeout, errWaitTimeout)
	defer cancel()
	select {
	case i.slots <- struct{}{}:
		return nil
	case <-i.life.Done():
		return ErrRemoved
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// takeIdle takes the best idle connection. If there is none, it reserves the
// place of a new one, and excess is an idle one of another variant that must be
// closed to make that place.
func (i *Instance) takeIdle(w Want) (b, excess *Backend, removed bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.removed {
		return nil, nil, true
	}
	i.lent++
	if at := i.findIdle(w); at >= 0 {
		b = i.idle[at]
		i.idle = append(i.idle[:at], i.idle[at+1:]...)
		b.lent = true
		return b, nil, false
	}
	if len(i.idle) > 0 && i.lent+len(i.idle) > i.cluster.opts.MaxPerInstance {
		excess = i.idle[0]
		i.idle = append(i.idle[:0], i.idle[1:]...)
	}
	return nil, excess, false
}

// findIdle looks from the end, where the connections are that were used last.
func (i *Instance) findIdle(w Want) int {
	fits := -1
	for at, seen := len(i.idle)-1, 0; at >= 0 && (fits < 0 || seen < searchIdle); at, seen = at-1, seen+1 {
		b := i.idle[at]
		if b.Variant != w.Variant {
			continue
		}
		if b.State.Schema == w.Schema && b.State.Settings == w.Settings {
			return at
		}
		if fits < 0 {
			fits = at
		}
	}
	return fits
}

// forget undoes takeIdle for a connection that turned out to be dead.
func (i *Instance) forget(b *Backend) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if b != nil {
		b.lent = false
	}
	i.lent--
}

// dial opens the connection whose place takeIdle reserved.
func (i *Instance) dial(ctx context.Context, v mysql.Variant) (*Backend, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, i.cluster.opts.DialTimeout, errDialTimeout)
	defer cancel()
	i.mu.Lock()
	epoch := i.epoch
	i.mu.Unlock()
	conn, err := i.connect(ctx, v)
	if err != nil {
		i.Failed(err)
		i.forget(nil)
		<-i.slots
		return nil, &InstanceError{Instance: i.target.id, Op: "connect", Err: err}
	}
	i.counters.dials.Add(1)
	return &Backend{Backend: conn, instance: i, lent: true, epoch: epoch}, nil
}

func (i *Instance) connect(ctx context.Context, v mysql.Variant) (*mysql.Backend, error) {
	return mysql.DialBackend(ctx, i.Addr(), mysql.DialOptions{
		User: i.target.account.User, Password: i.target.account.Password.Reveal(),
		Variant: v, TLS: i.cluster.opts.TLS,
	})
}
