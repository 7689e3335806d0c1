package flow

import (
	"context"
	"slices"
	"sync"

	"github.com/shardway/shardway/mysql"
)

// item is one place in a target's queue.
type item struct {
	// gtids are complete when the item is executed. Items without ops may stand
	// for many transactions.
	gtids mysql.GTIDSet
	ops   []op
	// part is set for a piece of a transaction whose end follows.
	part bool
	// chunk is rows that are copied; done is told when they are written.
	chunk *chunk
	done  *chunkDone
	bytes int64
}

// idle reports whether there is nothing to execute.
func (i *item) idle() bool { return len(i.ops) == 0 && i.chunk == nil }

// queue is what waits for one target, in order. There is one reader; writers
// take turns by the attempt's lock.
type queue struct {
	max int64

	mu    sync.Mutex
	items []*item
	bytes int64
	// changed is closed and made anew at each change.
	changed chan struct{}
}

func newQueue(maxBytes int64) *queue { return &queue{max: maxBytes, changed: make(chan struct{})} }

func (q *queue) signal() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// push appends an item and waits while there is no room.
func (q *queue) push(ctx context.Context, i *item) error {
	for {
		q.mu.Lock()
		if q.bytes == 0 || q.bytes+i.bytes <= q.max {
			q.append(i)
			q.mu.Unlock()
			return nil
		}
		changed := q.changed
		q.mu.Unlock()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

// append joins idle items: a source that writes elsewhere needs no memory.
func (q *queue) append(i *item) {
	if n := len(q.items); n > 0 && i.idle() && q.items[n-1].idle() {
		last := *q.items[n-1]
		last.gtids = last.gtids.Union(i.gtids)
		q.items[n-1] = &last
		return
	}
	q.items = append(q.items, i)
	q.bytes += i.bytes
	q.signal()
}

// headMax is how many items are looked at at a time.
const headMax = 4096

// head returns the first items, without taking them, and a channel that is
// closed when there are more.
func (q *queue) head() ([]*item, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.items[:min(len(q.items), headMax)]), q.changed
}

// take removes the first items, as head returned them. The last idle one may
// have grown since; what it has gained is left.
func (q *queue) take(items []*item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, it := range items {
		q.bytes -= it.bytes
		if q.items[i] != it {
			rest := *q.items[i]
			rest.gtids = rest.gtids.Subtract(it.gtids)
			q.items = append([]*item{&rest}, q.items[i+1:]...)
			q.signal()
			return
		}
	}
	q.items = q.items[len(items):]
	q.signal()
}
