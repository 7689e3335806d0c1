package pool

import (
	"math"
	"time"

	"github.com/shardway/shardway/mysql"
)

// Progress is what a probe found. It never changes once published.
type Progress struct {
	// At is when the probe began: everything in it was true then or later.
	At time.Time
	// Healthy: the server answered, and nobody has reported it since.
	Healthy bool
	// Since is when it was found healthy after it had not been.
	Since time.Time
	// Err is why it is not healthy.
	Err error
	// Beat is a moment after which the primary's heartbeat row was last written;
	// zero for replicas, and if it was not seen to change.
	Beat time.Time
	// GTIDs is @@global.gtid_executed, the last known one while unhealthy.
	GTIDs mysql.GTIDSet
	// ReadOnly is @@global.super_read_only.
	ReadOnly bool
	// Stopped: receiver or applier of a replica is known to be off. Where the
	// account may not ask, it is false.
	Stopped bool
	// Lag is an upper bound of how old the replica's data were at At: it had
	// executed all that the primary had executed so long before. LagUnknown if
	// no such moment is known. Zero for a primary.
	Lag time.Duration
}

// LagUnknown is the lag of a replica that nothing is known about.
const LagUnknown = time.Duration(math.MaxInt64)

// LagAt bounds the age of the replica's data at a later moment.
func (p *Progress) LagAt(now time.Time) time.Duration {
	if p.Lag == LagUnknown {
		return LagUnknown
	}
	return p.Lag + now.Sub(p.At)
}
