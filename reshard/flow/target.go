package flow

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/shardway/shardway/mysql"
)

// target executes one target's queue, round after round. Between rounds the
// position is exact: everything before it in the log is executed, nothing
// behind it. One goroutine runs it, and one for each lane of a round.
type target struct {
	*attempt
	spec   *Target
	at     int // in Spec.Targets
	server Server
	db     *sql.DB
	queue  *queue
	// owner is who writes, in this attempt; job and source name the state.
	owner, job, source string
	lanes              int
	// loads: rows that are copied may be written by LOAD DATA.
	loads bool

	// begun is set if there is stored state.
	begun bool
	// applied is what is executed; the attempt's lock guards it once the loop
	// runs. stored is how much of it is known to be stored.
	applied, stored mysql.GTIDSet
	storedAt        time.Time
	// parked is set while rows may be parked; triedAt is when they were last
	// tried. The attempt's lock guards both.
	parked  bool
	triedAt time.Time
	// blocked is since when each parked row is known to have one in its way.
	blocked map[string]time.Time
	conns   []*sql.Conn
}

// storeEvery is how often an idle target's position is stored.
const storeEvery = time.Second

// run executes the queue until ctx ends.
func (t *target) run(ctx context.Context) error {
	for range t.lanes {
		conn, err := t.db.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		t.conns = append(t.conns, conn)
	}
	for {
		if t.dueParked() {
			if err := t.unpark(ctx); err != nil && !isLocked(err) {
				return fmt.Errorf("group %s, %s: %w", t.spec.Group, t.server, err)
			}
		}
		items, changed := t.queue.head()
		if len(items) == 0 {
			if err := t.rest(ctx, changed); err != nil {
				return err
			}
			continue
		}
		n, stored, err := t.round(ctx, items)
		if err != nil {
			return fmt.Errorf("group %s, %s: %w", t.spec.Group, t.server, err)
		}
		t.finish(items[:n])
		if stored {
			t.setStored(t.applied)
		} else if t.due() {
			if err := t.store(ctx); err != nil {
				return err
			}
		}
	}
}

// due reports whether the position is to be stored by itself.
func (t *target) due() bool {
	if t.stored.Contains(t.applied) {
		return false
	}
	wanted, _ := t.wanted()
	return wanted || time.Since(t.storedAt) > storeEvery
}

// rest waits for work and stores the position meanwhile.
func (t *target) rest(ctx context.Context, changed <-chan struct{}) error {
	_, hurry := t.wanted()
	if t.due() {
		return t.store(ctx)
	}
	wait := time.Hour
	if !t.stored.Contains(t.applied) {
		wait = storeEvery - time.Since(t.storedAt)
	}
	if t.hasParked() {
		wait = min(wait, parkedPause)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-changed:
	case <-hurry:
	case <-timer.C:
	}
	return nil
}

// store writes the position alone.
func (t *target) store(ctx context.Context) error {
	applied := t.applied
	err := t.transaction(ctx, 0, mysql.GTIDSet{}, nil)
	if err != nil {
		return fmt.Errorf("group %s, %s: %w", t.spec.Group, t.server, err)
	}
	t.setStored(applied)
	return nil
}

// finish moves the position behind items that are executed.
func (t *target) finish(items []*item) {
	t.queue.take(items)
	applied := t.applied.Union(union(items))
	for _, i := range items {
		if i.done != nil {
			i.done.left <- struct{}{}
		}
	}
	t.setApplied(applied)
}

// round executes the first items and returns how many, and whether the
// position behind them is stored with that.
func (t *target) round(ctx context.Context, items []*item) (n int, stored bool, err error) {
	switch {
	case items[0].chunk != nil:
		n, err = t.chunkRound(ctx, items)
		return n, false, err
	case items[0].part:
		return 1, false, t.transaction(ctx, 0, mysql.GTIDSet{}, t.coalesce(items[:1]))
	}
	ops := 0
	for n < len(items) && items[n].chunk == nil && !items[n].part && ops < t.lanes*laneOps {
		ops += len(items[n].ops)
		n++
	}
	if ops == 0 {
		return n, false, nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for lane, share := range partition(items[:n], t.lanes) {
		group.Go(func() error {
			return t.transaction(ctx, lane, union(share), t.coalesce(share))
		})
	}
	return n, true, group.Wait()
}

// union is the transactions that items complete. Halves are joined, as joining
// one after the other would copy the whole each time.
func union(items []*item) mysql.GTIDSet {
	switch len(items) {
	case 0:
		return mysql.GTIDSet{}
	case 1:
		return items[0].gtids
	}
	half := len(items) / 2
	return union(items[:half]).Union(union(items[half:]))
}

// chunkRound writes chunks that have been read, those of different segments at
// once: nothing stands between them that must come before one and after another.
// What stands before them in the queue is executed.
func (t *target) chunkRound(ctx context.Context, items []*item) (int, error) {
	select {
	case <-items[0].chunk.ready:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	n := 0
	var order []*segment
	chunks := map[*segment][]*chunk{}
	for _, i := range items {
		if i.chunk == nil && !i.idle() || i.chunk != nil && !i.chunk.ended() {
			break
		}
		if i.chunk != nil {
			if i.chunk.err != nil {
				return 0, i.chunk.err
			}
			if chunks[i.chunk.segment] == nil {
				if len(order) == t.lanes {
					break
				}
				order = append(order, i.chunk.segment)
			}
			chunks[i.chunk.segment] = append(chunks[i.chunk.segment], i.chunk)
		}
		n++
	}
	group, ctx := errgroup.WithContext(ctx)
	for lane, s := range order {
		group.Go(func() error {
			for _, c := range chunks[s] {
				if err := t.transaction(ctx, lane, mysql.GTIDSet{}, t.chunkBatch(c)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return n, group.Wait()
}

// chunkBatch makes a batch of what a chunk has for the target.
func (t *target) chunkBatch(c *chunk) *batch {
	b := &batch{statements: c.statements[t.at], load: c.loads[t.at]}
	if rows := c.rows[t.at]; len(rows) > 0 {
		b = t.batch(rows)
	}
	b.chunk = c
	return b
}
