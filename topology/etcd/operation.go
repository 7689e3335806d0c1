package etcd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/shardway/shardway/topology"
)

func (s *Store) operationKey(group string) string {
	return s.key(operationFolder + url.PathEscape(group) + "/")
}

// Operations returns the ended operations of a group, the newest first.
func (s *Store) Operations(ctx context.Context, group string) ([]topology.Operation, error) {
	return newest[topology.Operation](ctx, s, s.operationKey(group))
}

// AddStep adds a step to the timeline of an ended operation, unless it is gone.
func (s *Store) AddStep(ctx context.Context, group, operation string, step topology.OperationStep) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	key := s.operationKey(group) + operation
	answer, err := s.client.Get(ctx, key)
	if err != nil || len(answer.Kvs) == 0 {
		return err
	}
	var o topology.Operation
	if err := json.Unmarshal(answer.Kvs[0].Value, &o); err != nil {
		return fmt.Errorf("operation %s: %w", key, err)
	}
	data, err := json.Marshal(o.With(step.Name, step.At))
	if err != nil {
		return err
	}
	_, err = s.client.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(key), "=", answer.Kvs[0].ModRevision)).
		Then(clientv3.OpPut(key, string(data))).Commit()
	return err
}

// ForgetOperations drops all but the newest operations of a group.
func (s *Store) ForgetOperations(ctx context.Context, group string) error {
	return s.forgetOldest(ctx, s.operationKey(group))
}
