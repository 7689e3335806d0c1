package reshard

import "github.com/shardway/shardway/topology"

// step is what a move needs next.
type step uint8

const (
	// stepWait: nothing but time, or the operator, brings it further.
	stepWait step = iota
	// stepPrepare makes schema and tables on the groups that have none yet.
	stepPrepare
	// stepFlow starts the flows from the serving side to the other.
	stepFlow
	// stepVerify compares all rows.
	stepVerify
	// stepFollow says that both sides may serve.
	stepFollow
	// stepRetire keeps proxies that have missed the change over away from the
	// side that serves no longer.
	stepRetire
	// stepUnlock lets proxies in again where a fence was left.
	stepUnlock
	// stepRelease lets proxies go on as before: whoever began to change over died.
	stepRelease
	// stepSwap has tables change names on groups where they have not yet.
	stepSwap
	// stepDrop drops the side that does not serve.
	stepDrop
)

// needsLatest reports whether a step would do harm by an older state of etcd.
func (s step) needsLatest() bool {
	return s == stepPrepare || s == stepFlow || s == stepRetire || s == stepDrop
}

// observation is what is known of a move besides its record.
type observation struct {
	// upToDate: etcd is known not to have been restored from an older state.
	upToDate bool
	// prepared: the other side has schema and tables. flowing: flows run that
	// bring it what the serving side has. retired: the account of before the
	// last change over is locked out.
	prepared, flowing, retired bool
	// copied: all flows have copied everything, and lag little.
	copied bool
	// verifying: rows are being compared. stopped: a flow has ended for good.
	verifying, stopped bool
	// stuck says which row cannot be put in place, as another group has the same
	// value of a unique key; nothing goes on before that is put right.
	stuck string
}

// next says what a move needs next. It looks at nothing else, so that any
// controller comes to the same.
func next(m *topology.Move, o observation) step {
	switch m.Phase {
	case topology.MoveSwitching:
		return stepRelease
	case topology.MoveSwapping:
		return stepSwap
	case topology.MoveCompleting, topology.MoveCancelling:
		return stepDrop
	case topology.MoveCopying, topology.MoveFollowing:
	default:
		return stepWait // a newer Shardway's
	}
	switch {
	case len(m.Locked) > 0:
		return stepUnlock
	case m.Turns > 0 && !o.retired:
		return stepRetire
	case m.Stopped != "" || o.stopped:
		return stepWait
	case !o.prepared && m.Phase == topology.MoveCopying:
		return stepPrepare
	case !o.flowing:
		return stepFlow
	case !o.copied || o.verifying:
		return stepWait
	case m.VerifiedAt.IsZero():
		return stepVerify
	case m.Phase == topology.MoveFollowing:
		return stepWait
	}
	return stepFollow
}
