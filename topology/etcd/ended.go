package etcd

import (
	"context"
	"encoding/json"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/shardway/shardway/topology"
)

// endedMax is how many ended operations of a group, and moves of a keyspace, are
// kept.
const endedMax = 200

// keepEnded stores the operations and moves that end with an edit, in its
// transaction.
func (s *Store) keepEnded(draft *topology.Draft, c *changeSet) error {
	for _, o := range draft.Ended {
		if err := keep(c, s.operationKey(o.Group)+o.ID, o); err != nil {
			return err
		}
	}
	for _, m := range draft.EndedMoves {
		if err := keep(c, s.moveKey(m.Keyspace)+m.ID, m); err != nil {
			return err
		}
	}
	return nil
}

func keep(c *changeSet, key string, ended any) error {
	data, err := json.Marshal(ended)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	c.ops = append(c.ops, clientv3.OpPut(key, string(data)))
	return nil
}

// newest reads what is kept in a folder, the newest first.
func newest[T any](ctx context.Context, s *Store, folder string) ([]T, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, folder, clientv3.WithPrefix(), clientv3.WithSort(clientv3.SortByCreateRevision, clientv3.SortDescend))
	if err != nil {
		return nil, s.unavailable("read "+folder, err)
	}
	list := make([]T, len(answer.Kvs))
	for i, kv := range answer.Kvs {
		if err := json.Unmarshal(kv.Value, &list[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", kv.Key, err)
		}
	}
	return list, nil
}

// forgetOldest drops all but the newest in a folder.
func (s *Store) forgetOldest(ctx context.Context, folder string) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, folder, clientv3.WithPrefix(), clientv3.WithKeysOnly(),
		clientv3.WithSort(clientv3.SortByCreateRevision, clientv3.SortDescend))
	if err != nil {
		return s.unavailable("read "+folder, err)
	}
	for n := endedMax; n < len(answer.Kvs); n++ {
		if _, err := s.client.Delete(ctx, string(answer.Kvs[n].Key)); err != nil {
			return s.unavailable("forget in "+folder, err)
		}
	}
	return nil
}
