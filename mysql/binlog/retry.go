package binlog

import "time"

const (
	backoffMin = 100 * time.Millisecond
	backoffMax = 5 * time.Second
)

// retry says how long to wait before the next connection, and when to give up.
type retry struct {
	patience time.Duration
	// since is when the server was last known to answer.
	since   time.Time
	backoff time.Duration
}

// next is called when a connection is lost at now; heard is set if it received
// any event, progress if it completed a transaction. An idle server is no
// reason to give up, however long it has been idle.
func (r *retry) next(heard, progress bool, now time.Time) (wait time.Duration, giveUp bool) {
	if heard {
		r.since = now
	}
	if progress || r.backoff == 0 {
		r.backoff = backoffMin
	} else {
		r.backoff = min(2*r.backoff, backoffMax)
	}
	return r.backoff, now.Sub(r.since) > r.patience
}
