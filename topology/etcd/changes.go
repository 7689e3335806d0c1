package etcd

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/shardway/shardway/topology"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// dropKeyspaces adds, for each keyspace that goes, one deletion of all its
// tables and one of all its sequences, however many there are. It returns the
// beginnings of the records that are dealt with.
func (s *Store) dropKeyspaces(st *state, wanted map[string][]byte, c *changeSet) []string {
	var folders []string
	for _, name := range slices.Sorted(maps.Keys(st.records)) {
		_, kept := wanted[name]
		escaped, isKeyspace := strings.CutPrefix(name, "keyspaces/")
		keyspace, err := url.PathUnescape(escaped)
		if kept || !isKeyspace || err != nil {
			continue
		}
		folder := topology.TableRecordsOf(keyspace)
		c.ops = append(c.ops,
			clientv3.OpDelete(s.key(topologyFolder+folder), clientv3.WithPrefix()),
			clientv3.OpDelete(s.sequencesOf(keyspace), clientv3.WithPrefix()))
		folders = append(folders, folder)
	}
	return folders
}

// changeSequences begins the draft's sequences and ends those whose table is
// gone, in keyspaces that stay.
func (s *Store) changeSequences(draft *topology.Draft, after *topology.Snapshot, st *state, c *changeSet) {
	used := sequencesIn(after)
	before, err := st.snapshot()
	if err == nil {
		for _, key := range sortedKeys(sequencesIn(before)) {
			if _, kept := used[key]; !kept && after.Keyspaces[key.Keyspace] != nil {
				c.ops = append(c.ops, clientv3.OpDelete(s.sequenceKey(key.Keyspace, key.ID)))
			}
		}
	}
	for _, key := range sortedKeys(draft.Sequences) {
		if _, kept := used[key]; kept {
			first := strconv.FormatUint(draft.Sequences[key], 10)
			c.ops = append(c.ops, clientv3.OpPut(s.sequenceKey(key.Keyspace, key.ID), first))
		}
	}
}

func sequencesIn(snap *topology.Snapshot) map[topology.SequenceKey]uint64 {
	keys := make(map[topology.SequenceKey]uint64)
	for name, keyspace := range snap.Keyspaces {
		for _, table := range keyspace.Tables {
			if table.SequenceID != "" {
				keys[topology.SequenceKey{Keyspace: name, ID: table.SequenceID}] = 0
			}
		}
	}
	return keys
}

func sortedKeys(keys map[topology.SequenceKey]uint64) []topology.SequenceKey {
	return slices.SortedFunc(maps.Keys(keys), func(a, b topology.SequenceKey) int {
		return cmp.Or(cmp.Compare(a.Keyspace, b.Keyspace), cmp.Compare(a.ID, b.ID))
	})
}
