package etcd

import (
	"context"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"net/url"
	"strconv"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// The errors of sequences.
var (
	// ErrNoSequence: the table is gone, or was declared anew since.
	ErrNoSequence = errors.New("there is no such sequence")
	// ErrSequenceExhausted: no value is left.
	ErrSequenceExhausted = errors.New("the sequence has no values left")
)

// sequenceAttemptsMax bounds how often a block that others overtake is tried.
const sequenceAttemptsMax = 100

func (s *Store) sequencesOf(keyspace string) string {
	return s.key(sequenceFolder + url.PathEscape(keyspace) + "/")
}

func (s *Store) sequenceKey(keyspace, id string) string {
	return s.sequencesOf(keyspace) + url.PathEscape(id)
}

// Take takes the next n values of a sequence: first to last, both included.
// Nobody else ever gets them. id is the table's SequenceID. When etcd does not
// answer, a block may be lost; that leaves a gap and does no harm.
func (s *Store) Take(ctx context.Context, keyspace, id string, n uint64) (first, last uint64, err error) {
	if n == 0 {
		return 0, 0, fmt.Errorf("sequence %s of %s: a block of no values", id, keyspace)
	}
	_, err = s.moveSequence(ctx, keyspace, id, func(next uint64) (uint64, error) {
		if next == 0 || n-1 > math.MaxUint64-next {
			return 0, ErrSequenceExhausted
		}
		first, last = next, next+n-1
		return last + 1, nil // 0 after the very last value
	})
	return first, last, err
}

// MoveTo makes the next value of a sequence at least atLeast. It reports
// whether this very call moved it there: only then has nobody been given a
// value from atLeast-1 on, and nobody ever will (safety rule 23).
func (s *Store) MoveTo(ctx context.Context, keyspace, id string, atLeast uint64) (moved bool, err error) {
	return s.moveSequence(ctx, keyspace, id, func(next uint64) (uint64, error) {
		if next == 0 {
			return 0, nil
		}
		return max(next, atLeast), nil
	})
}

// Advance makes the next value of a sequence at least atLeast, 0 standing for
// "past the last one there is", and returns what it was before: values from
// there on were never given to anybody, and those below atLeast never will be
// (safety rule 23).
func (s *Store) Advance(ctx context.Context, keyspace, id string, atLeast uint64) (previous uint64, err error) {
	_, err = s.moveSequence(ctx, keyspace, id, func(next uint64) (uint64, error) {
		previous = next
		switch {
		case next == 0 && atLeast == 0:
			return 0, ErrSequenceExhausted
		case next == 0: // every value has been given
			previous = math.MaxUint64
			return 0, nil
		case atLeast == 0:
			return 0, nil
		}
		return max(next, atLeast), nil
	})
	return previous, err
}

// NextValue returns the value that a sequence will give next.
func (s *Store) NextValue(ctx context.Context, keyspace, id string) (uint64, error) {
	next, _, err := s.readSequence(ctx, keyspace, id)
	return next, err
}

// moveSequence replaces the next value by what step makes of it, by
// compare-and-swap, and reports whether it changed.
func (s *Store) moveSequence(ctx context.Context, keyspace, id string, step func(uint64) (uint64, error)) (bool, error) {
	key := s.sequenceKey(keyspace, id)
	for range sequenceAttemptsMax {
		next, revision, err := s.readSequence(ctx, keyspace, id)
		if err != nil {
			return false, err
		}
		after, err := step(next)
		if err != nil {
			return false, fmt.Errorf("sequence %s of %s: %w", id, keyspace, err)
		}
		if after == next {
			return false, nil
		}
		swapped, err := s.swap(ctx, key, revision, strconv.FormatUint(after, 10))
		if err != nil {
			return false, s.unavailable("sequence "+id+" of "+keyspace, err)
		}
		if swapped {
			return true, nil
		}
		select {
		case <-time.After(mathrand.N(updatePauseMax)):
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	return false, fmt.Errorf("sequence %s of %s: %w", id, keyspace, ErrConflict)
}

func (s *Store) readSequence(ctx context.Context, keyspace, id string) (next uint64, revision int64, err error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, s.sequenceKey(keyspace, id))
	if err != nil {
		return 0, 0, s.unavailable("sequence "+id+" of "+keyspace, err)
	}
	if len(answer.Kvs) == 0 {
		return 0, 0, fmt.Errorf("sequence %q of keyspace %s: %w", id, keyspace, ErrNoSequence)
	}
	next, err = strconv.ParseUint(string(answer.Kvs[0].Value), 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("sequence %s of %s: %w", id, keyspace, err)
	}
	return next, answer.Kvs[0].ModRevision, nil
}

func (s *Store) swap(ctx context.Context, key string, revision int64, value string) (bool, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Txn(ctx).
		If(clientv3.Compare(clientv3.ModRevision(key), "=", revision)).
		Then(clientv3.OpPut(key, value)).
		Commit()
	if err != nil {
		return false, err
	}
	return answer.Succeeded, nil
}
