package etcd

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// updateAttemptsMax bounds how often an update that others overtake is
	// made anew.
	updateAttemptsMax = 30
	// updatePauseMax is the longest random pause before it is.
	updatePauseMax = 50 * time.Millisecond
	// changesMax bounds the operations of one transaction; etcd's own default
	// limit is 128.
	changesMax = 120
	// recentWritesMax is how many of the latest writes the write key names:
	// so many others may come before an unknown outcome is looked up.
	recentWritesMax = 64
)

// ErrConflict: others changed the topology each time before this change could
// take effect.
var ErrConflict = errors.New("the topology kept changing under this change")

// writeRecord is the value of the write key: the ids of the latest writes,
// newest first. Whose id is in it has taken effect.
type writeRecord struct {
	Recent []string `json:"recent"`
}

func decodeWrite(data []byte) writeRecord {
	var w writeRecord
	// An unreadable one names no write; the next write replaces it.
	_ = json.Unmarshal(data, &w)
	return w
}

func (w writeRecord) next(id string) string {
	recent := append([]string{id}, w.Recent...)
	data, _ := json.Marshal(writeRecord{Recent: recent[:min(len(recent), recentWritesMax)]})
	return string(data)
}

// Update reads the topology, lets edit change a draft of it and writes the
// result in one transaction, which takes effect only if nothing was changed in
// between (and, for a leader's store, only while it leads). If something was,
// it starts again: edit may run several times and must have no effect but on
// the draft. An error of edit is returned as it is, nothing is written then.
//
// It returns the snapshot that it made, or the present one if nothing changed.
func (s *Store) Update(ctx context.Context, edit func(*topology.Draft) error) (*topology.Snapshot, error) {
	id := rand.Text()
	unknown := false // a transaction was sent and not answered
	for range updateAttemptsMax {
		snap, done, err := s.tryUpdate(ctx, id, unknown, edit)
		switch {
		case done:
			return snap, err
		case errors.Is(err, ErrOutcomeUnknown):
			// Looking is not enough, the transaction may still arrive. The next
			// attempt, under the same id, either sees it or excludes it.
			unknown = true
		}
		select {
		case <-time.After(mathrand.N(updatePauseMax)):
		case <-ctx.Done():
			if unknown {
				return nil, fmt.Errorf("%w: %w", ErrOutcomeUnknown, context.Cause(ctx))
			}
			return nil, context.Cause(ctx)
		}
	}
	if unknown {
		return nil, ErrOutcomeUnknown
	}
	return nil, ErrConflict
}

// tryUpdate makes one attempt. It reports done when the answer is final.
func (s *Store) tryUpdate(ctx context.Context, id string, unknown bool, edit func(*topology.Draft) error,
) (snap *topology.Snapshot, done bool, err error) {
	st, err := s.read(ctx)
	if err != nil {
		if unknown {
			return nil, false, ErrOutcomeUnknown
		}
		return nil, true, err
	}
	before, err := st.snapshot()
	if err != nil {
		return nil, true, err
	}
	if unknown && slices.Contains(st.write.Recent, id) {
		return before, true, nil
	}
	draft := before.Edit()
	if err := edit(draft); err != nil {
		return nil, true, err
	}
	after, err := draft.Finish()
	if err != nil {
		return nil, true, err
	}
	changes, err := s.changes(st, draft, after)
	if err != nil || len(changes.ops) == 0 && !unknown {
		return before, true, err
	}
	changes.ops = append(changes.ops, clientv3.OpPut(s.key(writeKey), st.write.next(id)))
	changes.compare(s.key(writeKey), st.writeRev)
	revision, err := s.commit(ctx, changes)
	if err != nil {
		return nil, errors.Is(err, ErrNotLeader), err
	}
	if revision == 0 {
		return nil, false, ErrConflict
	}
	// What was written is decoded again, so that no part of it is the draft's.
	snap, err = redecode(revision, after)
	return snap, true, err
}

func redecode(version int64, snap *topology.Snapshot) (*topology.Snapshot, error) {
	records, err := snap.Records()
	if err != nil {
		return nil, err
	}
	return topology.Decode(version, records)
}

// changeSet is one transaction: what must still be so, and what to do then.
type changeSet struct {
	compares []clientv3.Cmp
	ops      []clientv3.Op
}

func (c *changeSet) compare(key string, revision int64) {
	c.compares = append(c.compares, clientv3.Compare(clientv3.ModRevision(key), "=", revision))
}

// changes says what turns the stored state into the wanted snapshot.
func (s *Store) changes(st *state, draft *topology.Draft, after *topology.Snapshot) (*changeSet, error) {
	wanted, err := after.Records()
	if err != nil {
		return nil, err
	}
	var c changeSet
	dropped := s.dropKeyspaces(st, wanted, &c)
	for _, name := range slices.Sorted(maps.Keys(st.records)) {
		if _, kept := wanted[name]; !kept && !slices.ContainsFunc(dropped, func(f string) bool { return strings.HasPrefix(name, f) }) {
			c.compare(s.key(topologyFolder+name), st.modified[name])
			c.ops = append(c.ops, clientv3.OpDelete(s.key(topologyFolder+name)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if !bytes.Equal(wanted[name], st.records[name]) {
			c.compare(s.key(topologyFolder+name), st.modified[name])
			c.ops = append(c.ops, clientv3.OpPut(s.key(topologyFolder+name), string(wanted[name])))
		}
	}
	s.changeSequences(draft, after, st, &c)
	for instance, account := range draft.Credentials {
		key := s.key(credentialFolder + instance)
		if account.IsZero() {
			c.ops = append(c.ops, clientv3.OpDelete(key))
			continue
		}
		c.ops = append(c.ops, clientv3.OpPut(key, string(topology.EncodeAccount(account))))
	}
	if err := s.keepEnded(draft, &c); err != nil {
		return nil, err
	}
	if len(c.ops) > changesMax || len(c.compares) > changesMax {
		return nil, &topology.Refused{
			Code:    topology.CodeInvalid,
			Message: fmt.Sprintf("this changes %d records at once, more than %d", len(c.ops), changesMax),
			Hint:    "make the change in several steps",
		}
	}
	return &c, nil
}

// commit sends the transaction. It returns the revision that it made, or 0 if
// something had changed.
func (s *Store) commit(ctx context.Context, c *changeSet) (int64, error) {
	if s.leader != nil {
		c.compares = append(c.compares,
			clientv3.Compare(clientv3.CreateRevision(s.leader.Key), "=", s.leader.Revision))
	}
	reqCtx, cancel := s.bounded(ctx)
	defer cancel()
	answer, err := s.client.Txn(reqCtx).If(c.compares...).Then(c.ops...).Commit()
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	case answer.Succeeded:
		return answer.Header.Revision, nil
	case s.leader != nil:
		if err := s.leader.check(ctx, s); err != nil {
			return 0, err
		}
	}
	return 0, nil
}
