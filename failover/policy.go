package failover

import "time"

// Policy bounds what Decide may ask for.
type Policy struct {
	// Revision is the topology's version; a new term is at least that.
	Revision int64
	// RetryAfter is how long a failed start of replication rests; 5 s.
	RetryAfter time.Duration
	// DeafAfter is when a replica counts as cut from its source that gets
	// neither transactions nor heartbeats, which come every second; 3 s.
	DeafAfter time.Duration
	// CutAfter is when a primary that answers but gets no acknowledgement, as
	// every replica has lost it, is replaced; 4 s.
	CutAfter time.Duration
	// StallAfter is when a primary is replaced that answers but writes nothing,
	// though its replicas hear it; 15 s.
	StallAfter time.Duration
	// Cooldown is how long after a failover of a group no other one begins by
	// itself; 10 s.
	Cooldown time.Duration
	// StrikeAfter is when a dead replica is struck off the ackers, if that can be
	// proved safe; 5 s.
	StrikeAfter time.Duration
	// UndoAfter is when a switchover is given up whose new primary is not ready
	// to be chosen; 3 s after the old one was closed.
	UndoAfter time.Duration
	// CatchUp is how long a switchover waits for replicas that are behind before it
	// begins all the same; 5 s.
	CatchUp time.Duration
	// Grace is how long open transactions may go on after a switchover was
	// announced; 300 ms.
	Grace time.Duration
}

// DefaultPolicy returns the policy at a topology version.
func DefaultPolicy(revision int64) Policy {
	return Policy{
		Revision: revision, RetryAfter: 5 * time.Second, DeafAfter: 3 * time.Second, CutAfter: 4 * time.Second,
		StallAfter: 15 * time.Second, Cooldown: 10 * time.Second, StrikeAfter: 5 * time.Second, UndoAfter: 3 * time.Second,
		CatchUp: 5 * time.Second, Grace: 300 * time.Millisecond,
	}
}
