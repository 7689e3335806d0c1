package etcd

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// withSequence makes a table shop.t with a sequence and returns its id.
func withSequence(t *testing.T, store *Store) string {
	t.Helper()
	snap := must(t, store, func(d *topology.Draft) error {
		if err := oneGroup(d); err != nil {
			return err
		}
		return d.DeclareTable("shop", topology.Table{
			Name: "t", Kind: topology.KindSharded, Sequence: "id",
			ShardKey: shardkey.Key{{Name: "id", Type: "bigint"}},
		})
	})
	return snap.Keyspaces["shop"].Tables["t"].SequenceID
}

func TestSequenceBlocksAreDisjoint(t *testing.T) {
	server := startServer(t)
	id := withSequence(t, server.store())
	const takers, blocks, size = 4, 10, 7
	var mu sync.Mutex
	var all sync.WaitGroup
	seen := make(map[uint64]bool)
	for range takers {
		store := server.store()
		all.Go(func() {
			for range blocks {
				first, last, err := store.Take(patience(t), "shop", id, size)
				if err != nil || last-first != size-1 {
					t.Error(first, last, err)
					return
				}
				mu.Lock()
				for v := first; v <= last; v++ {
					if seen[v] {
						t.Errorf("%d was given twice", v)
					}
					seen[v] = true
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != takers*blocks*size || !seen[1] || seen[0] {
		t.Errorf("%d values, 1 given: %v", len(seen), seen[1])
	}
}

// Safety rule 23: only the call that moved the sequence past a value may use
// it unchecked.
func TestSequenceMoves(t *testing.T) {
	store := startServer(t).store()
	ctx := patience(t)
	id := withSequence(t, store)
	for _, step := range []struct {
		atLeast uint64
		moved   bool
	}{{101, true}, {101, false}, {50, false}, {102, true}} {
		moved, err := store.MoveTo(ctx, "shop", id, step.atLeast)
		if err != nil || moved != step.moved {
			t.Errorf("to %d: moved %v, %v", step.atLeast, moved, err)
		}
	}
	if first, last, err := store.Take(ctx, "shop", id, 2); first != 102 || last != 103 || err != nil {
		t.Error(first, last, err)
	}
}

func TestSequenceAdvances(t *testing.T) {
	store := startServer(t).store()
	ctx := patience(t)
	id := withSequence(t, store)
	for _, step := range []struct{ atLeast, previous uint64 }{{101, 1}, {50, 101}, {102, 101}, {0, 102}, {7, math.MaxUint64}} {
		if previous, err := store.Advance(ctx, "shop", id, step.atLeast); err != nil || previous != step.previous {
			t.Errorf("to %d: it was %d, %v", step.atLeast, previous, err)
		}
	}
	if _, err := store.Advance(ctx, "shop", id, 0); !errors.Is(err, ErrSequenceExhausted) {
		t.Error(err)
	}
	if _, err := store.Advance(ctx, "shop", "t", 7); !errors.Is(err, ErrNoSequence) {
		t.Error(err)
	}
}

func TestSequenceEnds(t *testing.T) {
	store := startServer(t).store()
	ctx := patience(t)
	id := withSequence(t, store)
	if _, err := store.MoveTo(ctx, "shop", id, math.MaxUint64-1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Take(ctx, "shop", id, 3); !errors.Is(err, ErrSequenceExhausted) {
		t.Error(err)
	}
	if first, last, err := store.Take(ctx, "shop", id, 2); first != math.MaxUint64-1 || last != math.MaxUint64 || err != nil {
		t.Error(first, last, err)
	}
	if _, _, err := store.Take(ctx, "shop", id, 1); !errors.Is(err, ErrSequenceExhausted) {
		t.Error(err)
	}
	if moved, err := store.MoveTo(ctx, "shop", id, 7); moved || err != nil {
		t.Error(moved, err)
	}
	if _, _, err := store.Take(ctx, "shop", id, 0); err == nil {
		t.Error("a block of nothing")
	}
	if _, _, err := store.Take(ctx, "shop", "t", 1); !errors.Is(err, ErrNoSequence) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := store.Take(ended, "shop", id, 1); err == nil {
		t.Error("a context that has ended")
	}
}

func TestTicketsAreUnique(t *testing.T) {
	server := startServer(t)
	ctx := patience(t)
	for want := uint64(1); want <= 3; want++ {
		if got, err := server.store().Ticket(ctx, "a/b"); got != want || err != nil {
			t.Error(got, err)
		}
	}
	if got, err := server.store().Ticket(ctx, "other"); got != 1 || err != nil {
		t.Error(got, err)
	}
	server.stop()
	if _, err := server.store().Ticket(ctx, "other"); err == nil {
		t.Error("a ticket from nobody")
	}
}
