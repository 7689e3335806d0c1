package etcd

import (
	"context"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Ticket returns a number that nobody has had before under that name: 1, 2, 3
// and so on. It is etcd's own count of the writes to a key.
func (s *Store) Ticket(ctx context.Context, name string) (uint64, error) {
	key := s.key("tickets/" + name)
	answer, err := s.client.Txn(ctx).Then(clientv3.OpPut(key, ""), clientv3.OpGet(key)).Commit()
	if err != nil {
		return 0, s.unavailable("ticket of "+name, err)
	}
	found := answer.Responses[1].GetResponseRange().GetKvs()
	if len(found) != 1 {
		return 0, fmt.Errorf("ticket of %s: the key is gone", name)
	}
	return uint64(found[0].GetVersion()), nil
}
