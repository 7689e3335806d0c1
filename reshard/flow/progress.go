package flow

import "time"

// Progress is what a flow has done so far.
type Progress struct {
	Tables []TableProgress
	// Copied is set when all rows are copied on every target; changes are
	// applied before that and after.
	Copied bool
	// CopiedAt is since when.
	CopiedAt time.Time
	// RowsPerSecond and BytesPerSecond are those of the copy, of late.
	RowsPerSecond, BytesPerSecond float64
	// LagTransactions is how many transactions the source has executed that not
	// every target has; LagSeconds is how old the oldest of them is. Both are -1
	// while the flow is not connected.
	LagTransactions int64
	LagSeconds      float64
	// Throttle says why copying pauses, empty if it does not.
	Throttle string
	// Waiting says what else keeps the flow from going on.
	Waiting string
	// Parked says which rows wait for flows from other groups; empty if none do.
	Parked string
	// Stuck says of one of them that it has waited for long: unless the flow of the
	// group that it waits for is behind, two groups have the same unique value, and
	// somebody has to decide which row keeps it.
	Stuck string
	// Err is what the present try to go on is for, empty if all is well; Retries
	// counts them since the last success.
	Err     string
	Retries int
	Since   time.Time // when Run began
}

// SecondsLeft is how long the copy still takes at the present speed, by MySQL's
// estimates of the tables' rows, which are taken to be as large as those that are
// copied; 0 if everything is copied, -1 if nothing was copied of late.
func (p *Progress) SecondsLeft() float64 {
	if p.Copied {
		return 0
	}
	if p.BytesPerSecond <= 0 {
		return -1
	}
	left := 0.0
	for i := range p.Tables {
		if t := &p.Tables[i]; t.Rows > 0 {
			left += float64(max(t.RowsEstimated-t.Rows, 0)) * float64(t.Bytes) / float64(t.Rows)
		} else {
			left += float64(t.BytesEstimated)
		}
	}
	return left / p.BytesPerSecond
}

// TableProgress is one table's part of the copy. Rows and bytes are those read
// on the source, each once; estimates are MySQL's.
type TableProgress struct {
	Name                  string
	Rows, RowsEstimated   int64
	Bytes, BytesEstimated int64
	Copied                bool
}
