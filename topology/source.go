package topology

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Source holds the newest snapshot. One writer publishes, many read: reading
// is one atomic load. It starts no goroutine.
type Source struct {
	current atomic.Pointer[Snapshot]
	// staleSince and confirmed are times in nanoseconds since 1970; 0 means up to
	// date, and that nobody confirms.
	staleSince, confirmed atomic.Int64

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each new version
}

// NewSource returns a source of an empty snapshot of version 0, which stands
// for "nothing known yet": every stored snapshot has a greater one.
func NewSource() *Source {
	s := &Source{changed: make(chan struct{})}
	empty, _ := Decode(0, nil) // no record, nothing to refuse
	s.current.Store(empty)
	return s
}

// Current returns the newest snapshot, never nil.
func (s *Source) Current() *Snapshot { return s.current.Load() }

// Changed returns a channel that is closed when the next version is published.
// Take it before Current, so that no version is missed.
func (s *Source) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Publish makes snap the current snapshot if it is newer, and reports whether
// it was. A version never goes back.
func (s *Source) Publish(snap *Snapshot) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if snap.Version <= s.current.Load().Version {
		return false
	}
	s.current.Store(snap)
	close(s.changed)
	s.changed = make(chan struct{})
	return true
}

// WaitFor returns the first snapshot of at least version, or ctx's error.
func (s *Source) WaitFor(ctx context.Context, version int64) (*Snapshot, error) {
	for {
		changed := s.Changed()
		if snap := s.Current(); snap.Version >= version {
			return snap, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// MarkStale says that the store has not been heard of since then. The first
// call after MarkFresh counts.
func (s *Source) MarkStale(since time.Time) {
	s.staleSince.CompareAndSwap(0, since.UnixNano())
}

// MarkFresh says that the current snapshot is the stored one.
func (s *Source) MarkFresh() { s.staleSince.Store(0) }

// Confirm says that the current snapshot was the stored one at some moment. Whoever
// confirms once does so again and again.
func (s *Source) Confirm(at time.Time) { s.confirmed.Store(at.UnixNano()) }

// Confirmed reports whether the current snapshot was the stored one within the last
// while, as far as anybody confirms that: it may have been lost touch with some time
// before it is marked as stale.
func (s *Source) Confirmed(now time.Time, within time.Duration) bool {
	at := s.confirmed.Load()
	return s.staleSince.Load() == 0 && (at == 0 || now.UnixNano()-at < int64(within))
}

// StaleSince returns since when the current snapshot may be out of date, and
// whether it may be.
func (s *Source) StaleSince() (time.Time, bool) {
	nanos := s.staleSince.Load()
	return time.Unix(0, nanos), nanos != 0
}
