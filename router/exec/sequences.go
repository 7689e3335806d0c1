package exec

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/shardway/shardway/topology"
)

// SequenceStore gives out blocks of values; etcd does.
type SequenceStore interface {
	// Take returns n values in a row, first to last.
	Take(ctx context.Context, keyspace, id string, n uint64) (first, last uint64, err error)
	// Advance makes the next value at least atLeast and returns what it was
	// before: values from there on were never given to anybody, and never will.
	Advance(ctx context.Context, keyspace, id string, atLeast uint64) (previous uint64, err error)
}

// Sequences feeds AUTO_INCREMENT columns from blocks of a SequenceStore. A
// block grows with the rate at which values are taken, so that it lasts about
// blockLasts at that rate and the store may be away for as long.
type Sequences struct {
	store SequenceStore
	clock func() time.Time

	mu     sync.Mutex
	blocks map[sequenceName]*block
}

type sequenceName struct{ keyspace, id string }

// Sequence names a sequence, and the shard map under which values are wanted.
type Sequence struct {
	Keyspace, ID string
	// ShardEpoch is the keyspace's: while it has one shard, MySQL itself counts,
	// and may pass values that a proxy still has in hand from before.
	ShardEpoch int64
}

func sequenceOf(ks *topology.Keyspace, t *topology.Table) Sequence {
	return Sequence{Keyspace: ks.Name, ID: t.SequenceID, ShardEpoch: ks.ShardEpoch}
}

// block holds the values [next, end). One goroutine at a time refills it.
type block struct {
	mu        sync.Mutex
	next, end uint64
	epoch     int64 // the latest shard epoch for which it was asked
	size      uint64
	taken     time.Time
}

// Bounds of a block.
const (
	blockMin   = 1_000
	blockMax   = 10_000_000
	blockLasts = 10 * time.Minute
)

// NewSequences returns an empty cache of blocks. clock is time.Now outside tests.
func NewSequences(store SequenceStore, clock func() time.Time) *Sequences {
	return &Sequences{store: store, clock: clock, blocks: map[sequenceName]*block{}}
}

// block returns a sequence's block, locked. Values from before a change of the
// shard map are given up.
func (q *Sequences) block(of Sequence) *block {
	b := q.find(sequenceName{of.Keyspace, of.ID})
	b.mu.Lock()
	if of.ShardEpoch > b.epoch {
		b.next, b.end, b.epoch = 0, 0, of.ShardEpoch
	}
	return b
}

func (q *Sequences) find(name sequenceName) *block {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.blocks[name]
	if b == nil {
		b = &block{size: blockMin}
		q.blocks[name] = b
	}
	return b
}

// Next returns the first of n values in a row.
func (q *Sequences) Next(ctx context.Context, of Sequence, n uint64) (uint64, error) {
	b := q.block(of)
	defer b.mu.Unlock()
	if b.end-b.next < n {
		if err := q.refill(ctx, b, of, n); err != nil {
			return 0, err
		}
	}
	first := b.next
	b.next += n
	return first, nil
}

// refill takes a new block; what is left of the old one is given up if the new
// one does not continue it.
func (q *Sequences) refill(ctx context.Context, b *block, of Sequence, n uint64) error {
	now := q.clock()
	if !b.taken.IsZero() {
		if used := now.Sub(b.taken); used < blockLasts/2 {
			b.size = min(b.size*4, blockMax)
		} else if used > 2*blockLasts {
			b.size = max(b.size/4, blockMin)
		}
	}
	first, last, err := q.store.Take(ctx, of.Keyspace, of.ID, max(b.size, n))
	if err != nil {
		return fmt.Errorf("take a block of values: %w", err)
	}
	if first != b.end || b.end == 0 {
		b.next = first
	}
	b.end, b.taken = last+1, now
	return nil
}

// MovePast makes sure that no value up to v is ever generated. Of the values
// up to v those from free on are nobody's, and this caller's alone to store;
// smaller ones may be stored already, or be about to be.
func (q *Sequences) MovePast(ctx context.Context, of Sequence, v uint64) (free uint64, err error) {
	b := q.block(of)
	defer b.mu.Unlock()
	if v < b.end { // values of our own block: skip them
		free = b.next
		b.next = max(b.next, v+1)
		return free, nil
	}
	previous, err := q.store.Advance(ctx, of.Keyspace, of.ID, v+1)
	if err != nil {
		return 0, fmt.Errorf("move the sequence past %d: %w", v, err)
	}
	b.next = b.end // as in MySQL, what is generated next is larger
	return previous, nil
}
