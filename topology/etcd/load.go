package etcd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/shardway/shardway/topology"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Folders and keys below the prefix.
const (
	topologyFolder   = "topology/"
	writeKey         = "topology/write"
	credentialFolder = "credentials/"
	sequenceFolder   = "sequences/"
	memberFolder     = "members/"
	operationFolder  = "operations/"
	moveFolder       = "moves/"
	leaderFolder     = "leader"
)

// ErrInvalid: what is stored breaks an invariant of the topology. Nothing of
// it is used.
var ErrInvalid = errors.New("the stored topology is invalid")

// state is the topology as stored at one revision: each record with the
// revision that last changed it, and the last write.
type state struct {
	revision int64 // of etcd when it was read; the watch goes on after it
	version  int64 // the greatest revision that changed the topology
	records  map[string][]byte
	modified map[string]int64
	write    writeRecord
	writeRev int64
}

func newState() *state {
	return &state{version: 1, records: make(map[string][]byte), modified: make(map[string]int64)}
}

// put takes in a record, or the write key; key is relative to topologyFolder's
// parent.
func (st *state) put(key string, kv *mvccpb.KeyValue) {
	st.version = max(st.version, kv.ModRevision)
	if key == writeKey {
		st.write, st.writeRev = decodeWrite(kv.Value), kv.ModRevision
		return
	}
	name := strings.TrimPrefix(key, topologyFolder)
	st.records[name] = kv.Value
	st.modified[name] = kv.ModRevision
}

func (st *state) remove(key string, revision int64) {
	st.version = max(st.version, revision)
	if key == writeKey {
		st.write, st.writeRev = writeRecord{}, 0
		return
	}
	name := strings.TrimPrefix(key, topologyFolder)
	delete(st.records, name)
	delete(st.modified, name)
}

func (st *state) snapshot() (*topology.Snapshot, error) {
	snap, err := topology.Decode(st.version, st.records)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return snap, nil
}

// read lists the whole topology, as of one revision.
func (s *Store) read(ctx context.Context) (*state, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, s.key(topologyFolder), clientv3.WithPrefix())
	if err != nil {
		return nil, s.unavailable("read the topology", err)
	}
	st := newState()
	st.revision = answer.Header.Revision
	for _, kv := range answer.Kvs {
		st.put(strings.TrimPrefix(string(kv.Key), s.prefix), kv)
	}
	return st, nil
}

// Load reads the topology. An empty store gives an empty snapshot.
func (s *Store) Load(ctx context.Context) (*topology.Snapshot, error) {
	st, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return st.snapshot()
}

// Credential returns the administrator's account of an instance.
func (s *Store) Credential(ctx context.Context, instance string) (topology.Account, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Get(ctx, s.key(credentialFolder+instance))
	if err != nil {
		return topology.Account{}, s.unavailable("read the account of "+instance, err)
	}
	if len(answer.Kvs) == 0 {
		return topology.Account{}, &topology.Refused{
			Code:    topology.CodeNotFound,
			Message: fmt.Sprintf("no administrator's account is stored for instance %q", instance),
			Hint:    "'shardway instance list' shows the instances",
		}
	}
	account, err := topology.DecodeAccount(answer.Kvs[0].Value)
	if err != nil {
		return topology.Account{}, fmt.Errorf("account of %s: %w", instance, err)
	}
	return account, nil
}
