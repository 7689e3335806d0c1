package exec

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type sequenceStore struct {
	mu    sync.Mutex
	next  uint64
	takes int
	err   error
}

func (s *sequenceStore) Take(_ context.Context, _, _ string, n uint64) (first, last uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, 0, s.err
	}
	s.takes++
	first = max(s.next, 1)
	s.next = first + n
	return first, s.next - 1, nil
}

func (s *sequenceStore) Advance(_ context.Context, _, _ string, atLeast uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	was := max(s.next, 1)
	s.next = max(was, atLeast)
	return was, nil
}

// Two proxies that share a store never give a value twice, and a statement's
// values are in a row.
func TestSequencesNeverGiveAValueTwice(t *testing.T) {
	store := &sequenceStore{}
	var mu sync.Mutex
	seen := map[uint64]bool{}
	var wg sync.WaitGroup
	for range 2 {
		q := NewSequences(store, time.Now)
		for worker := range 4 {
			wg.Go(func() {
				for range 500 {
					n := uint64(1 + worker)
					first, err := q.Next(t.Context(), Sequence{Keyspace: "ks", ID: "id"}, n)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for v := first; v < first+n; v++ {
						if seen[v] || v == 0 {
							t.Errorf("%d was given twice", v)
						}
						seen[v] = true
					}
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	if len(seen) != 2*500*(1+2+3+4) {
		t.Errorf("%d values", len(seen))
	}
	if store.takes*1000 > 5*len(seen) {
		t.Errorf("%d blocks for %d values", store.takes, len(seen))
	}
}

func TestSequencesGoOnWithoutTheirStore(t *testing.T) {
	store := &sequenceStore{}
	q := NewSequences(store, time.Now)
	if _, err := q.Next(t.Context(), Sequence{Keyspace: "ks", ID: "id"}, 1); err != nil {
		t.Fatal(err)
	}
	store.err = errors.New("away")
	for range 100 {
		if _, err := q.Next(t.Context(), Sequence{Keyspace: "ks", ID: "id"}, 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.Next(t.Context(), Sequence{Keyspace: "ks", ID: "id"}, 1_000_000); !errors.Is(err, store.err) {
		t.Error(err)
	}
	if _, err := q.Next(t.Context(), Sequence{Keyspace: "ks", ID: "id"}, 1); err != nil {
		t.Error("a failed refill lost the block in hand:", err)
	}
}

// Safety rule 23: a value of the client's own is never generated later, and
// only one that nobody was given before is the client's alone.
func TestMovePast(t *testing.T) {
	store := &sequenceStore{}
	q := NewSequences(store, time.Now)
	first, err := q.Next(t.Context(), Sequence{Keyspace: "ks", ID: "id"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v    uint64
		free bool
	}{{first, false}, {first + 10, true}, {first + 10, false}, {first + 5, false}, {5_000_000, true}, {5_000_000, false}} {
		from, err := q.MovePast(t.Context(), Sequence{Keyspace: "ks", ID: "id"}, c.v)
		if err != nil {
			t.Fatal(err)
		}
		if free := c.v >= from; free != c.free {
			t.Errorf("%d: free is %v, want %v", c.v, free, c.free)
		}
		if next, err := q.Next(t.Context(), Sequence{Keyspace: "ks", ID: "id"}, 1); err != nil || next == c.v {
			t.Errorf("%d was generated after the client stored it: %v", next, err)
		}
	}
}

// While a keyspace has one shard MySQL counts: what a proxy has in hand from
// before is never given once there are several again.
func TestSequencesForgetTheirBlocksWhenShardsMove(t *testing.T) {
	store := &sequenceStore{}
	q := NewSequences(store, time.Now)
	next := func(epoch int64) uint64 {
		v, err := q.Next(t.Context(), Sequence{Keyspace: "ks", ID: "id", ShardEpoch: epoch}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := next(1)
	if _, err := store.Advance(t.Context(), "ks", "id", 7000); err != nil { // the move found these in the rows
		t.Fatal(err)
	}
	if v := next(2); v < 7000 {
		t.Errorf("%d was given, and MySQL may have counted that far", v)
	}
	if v := next(1); v < 7000 {
		t.Errorf("a plan of the old shard map was given %d, after %d", v, before)
	}
}
