package failover

import "time"

// Policy bounds what Decide may ask for.
type Policy struct {
	// Revision is the topology's version; a new term is at least that.
	Revision int64
	// RetryAfter is how long a failed start of replication rests; 5 s.
	RetryAfter time.Duration
}

// DefaultPolicy returns the policy at a topology version.
func DefaultPolicy(revision int64) Policy {
	return Policy{Revision: revision, RetryAfter: 5 * time.Second}
}
