package etcd

import (
	"context"
	"math"
)

// Advance makes the next value of a sequence at least atLeast and returns what
// it was before: nobody has been given a value from there on, and nobody will
// be given one below atLeast (safety rule 23).
func (s *Store) Advance(ctx context.Context, keyspace, id string, atLeast uint64) (previous uint64, err error) {
	_, err = s.moveSequence(ctx, keyspace, id, func(next uint64) (uint64, error) {
		if previous = next; next == 0 { // every value has been given
			previous = math.MaxUint64
			return 0, nil
		}
		return max(next, atLeast), nil
	})
	return previous, err
}
