package exec

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shardway/shardway/router/pool"
)

// askAcks finds those of some sessions of a server that wait for a replica's
// acknowledgement, by the name that every version of MySQL begins it with, or for
// their turn to commit behind one that does.
const askAcks = "SELECT PROCESSLIST_ID FROM performance_schema.threads WHERE PROCESSLIST_ID IN (%s) AND (PROCESSLIST_STATE LIKE 'Waiting for semi-sync ACK from %%' " +
	"OR PROCESSLIST_STATE = 'waiting for handler commit' AND EXISTS (SELECT 1 FROM performance_schema.threads WHERE PROCESSLIST_STATE LIKE 'Waiting for semi-sync ACK from %%'))"

// AckLook is how often a statement that runs long is looked after.
func (l *Limits) AckLook() time.Duration { return max(l.CommitWait/10, time.Millisecond) }

// LookForAcks ends connections on which the running statement has been waiting
// for an acknowledgement longer than Limits.CommitWait: its outcome is unknown
// then (safety rule 34). A statement that is only slow is not waiting. It may be
// called from any goroutine.
func (s *Session) LookForAcks() {
	s.running.mu.Lock()
	defer s.running.mu.Unlock()
	ids := map[*pool.Instance][]string{}
	for _, l := range s.running.leases {
		if l.primary {
			ids[l.b.Instance()] = append(ids[l.b.Instance()], strconv.Itoa(int(l.b.ConnectionID)))
		}
	}
	for i, list := range ids {
		waiting := s.waitForAcks(i, list)
		for _, l := range s.running.leases {
			switch {
			case l.b.Instance() != i:
			case !waiting[strconv.Itoa(int(l.b.ConnectionID))]:
				l.ackFrom = time.Time{}
			case l.ackFrom.IsZero():
				l.ackFrom = now()
			case now().Sub(l.ackFrom) >= s.env.Limits.CommitWait:
				_ = l.b.Conn.Close() // who reads from it learns that it is lost
			}
		}
	}
}

// waitForAcks asks a server which of its sessions wait.
func (s *Session) waitForAcks(i *pool.Instance, ids []string) map[string]bool {
	ctx, cancel := context.WithTimeout(context.Background(), killTimeout)
	defer cancel()
	b, err := i.Get(ctx, pool.Want{Variant: s.variant})
	if err != nil {
		return nil
	}
	_ = b.SetDeadline(now().Add(killTimeout))
	res, err := b.Query(fmt.Sprintf(askAcks, strings.Join(ids, ", ")))
	if err != nil {
		b.Destroy()
		return nil
	}
	_ = b.SetDeadline(time.Time{})
	b.Release()
	waiting := map[string]bool{}
	for row := range res.Rows {
		waiting[res.Value(row, 0)] = true
	}
	return waiting
}
