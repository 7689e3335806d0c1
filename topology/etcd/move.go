package etcd

import (
	"context"
	"net/url"

	"github.com/shardway/shardway/topology"
)

func (s *Store) moveKey(keyspace string) string {
	return s.key(moveFolder + url.PathEscape(keyspace) + "/")
}

// Moves returns the ended moves of a keyspace, the newest first.
func (s *Store) Moves(ctx context.Context, keyspace string) ([]topology.Move, error) {
	return newest[topology.Move](ctx, s, s.moveKey(keyspace))
}

// ForgetMoves drops all but the newest moves of a keyspace.
func (s *Store) ForgetMoves(ctx context.Context, keyspace string) error {
	return s.forgetOldest(ctx, s.moveKey(keyspace))
}
