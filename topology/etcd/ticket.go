package etcd

import (
	"context"
	"errors"
	"net/url"

	clientv3 "go.etcd.io/etcd/client/v3"
)

const ticketFolder = "tickets/"

// Ticket returns the next number of a kind, from 1 on: nobody else is given
// the same, ever. When etcd does not answer a number may be lost.
func (s *Store) Ticket(ctx context.Context, kind string) (uint64, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	key := s.key(ticketFolder + url.PathEscape(kind))
	// etcd itself counts how often a key was written.
	answer, err := s.client.Txn(ctx).Then(clientv3.OpPut(key, ""), clientv3.OpGet(key)).Commit()
	if err != nil {
		return 0, s.unavailable("ticket", err)
	}
	kvs := answer.Responses[1].GetResponseRange().GetKvs()
	if len(kvs) != 1 {
		return 0, errors.New("ticket: etcd did not return what was just written")
	}
	return uint64(kvs[0].Version), nil
}
