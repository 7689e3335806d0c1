package flow

import (
	"cmp"
	"sync"
	"time"
)

// notes is what a flow tells of itself; it outlives attempts.
type notes struct {
	mu       sync.Mutex
	progress Progress
	// segments is how far each segment is, by table and number.
	segments map[string]map[int]segmentState
	// spent is what was copied lately, for the rate.
	spent []sample
}

type sample struct {
	at          time.Time
	rows, bytes int64
}

// rateWindow is how far back the rate of the copy looks.
const rateWindow = 10 * time.Second

// planned notes the tables as the source estimates them.
func (n *notes) planned(tables []*table) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range tables {
		p := n.table(t.id())
		p.RowsEstimated, p.BytesEstimated = max(t.rows, p.Rows), max(t.bytes, p.Bytes)
	}
}

// table finds or makes a table's progress. The caller holds mu.
func (n *notes) table(name string) *TableProgress {
	for i := range n.progress.Tables {
		if n.progress.Tables[i].Name == name {
			return &n.progress.Tables[i]
		}
	}
	n.progress.Tables = append(n.progress.Tables, TableProgress{Name: name})
	return &n.progress.Tables[len(n.progress.Tables)-1]
}

// segment notes where a segment's copy begins or goes on.
func (n *notes) segment(s *segment, state *segmentState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.set(s, state)
}

// set notes a segment's state and adds the table's up. The caller holds mu.
func (n *notes) set(s *segment, state *segmentState) {
	if n.segments == nil {
		n.segments = map[string]map[int]segmentState{}
	}
	if n.segments[s.id()] == nil {
		n.segments[s.id()] = map[int]segmentState{}
	}
	n.segments[s.id()][s.number] = *state
	p := n.table(s.id())
	p.Rows, p.Bytes, p.Copied = 0, 0, true
	for _, other := range n.segments[s.id()] {
		p.Rows += other.rows
		p.Bytes += other.bytes
		p.Copied = p.Copied && other.done
	}
	if p.Copied {
		p.RowsEstimated, p.BytesEstimated = p.Rows, p.Bytes
	}
	p.RowsEstimated, p.BytesEstimated = max(p.RowsEstimated, p.Rows), max(p.BytesEstimated, p.Bytes)
}

// wrote notes a chunk that every target has written.
func (n *notes) wrote(c *chunk) {
	n.mu.Lock()
	defer n.mu.Unlock()
	old := n.segments[c.id()][c.number]
	n.spent = append(n.spent, sample{at: time.Now(), rows: c.after.rows - old.rows, bytes: c.after.bytes - old.bytes})
	n.set(c.segment, &c.after)
}

func (n *notes) allCopied() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.progress.Copied {
		n.progress.CopiedAt = time.Now()
	}
	n.progress.Copied = true
	for i := range n.progress.Tables {
		n.progress.Tables[i].Copied = true
	}
}

func (n *notes) waiting(why string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress.Waiting = why
}

// parked notes why rows are parked, and which one seems to be for good; empty if
// none is.
func (n *notes) parked(why, stuck string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress.Parked, n.progress.Stuck = why, stuck
}

// waits notes that a row has been parked now.
func (n *notes) waits(why string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress.Parked = cmp.Or(n.progress.Parked, why)
}

func (n *notes) throttled(why string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress.Throttle = why
}

// lag notes how far the targets are behind; -1 for not known.
func (n *notes) lag(transactions int64, seconds float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress.LagTransactions, n.progress.LagSeconds = transactions, seconds
}

// failed notes an attempt that ended.
func (n *notes) failed(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress.Err = err.Error()
	n.progress.Retries++
	n.progress.Throttle, n.progress.Waiting = "", ""
	n.progress.LagTransactions, n.progress.LagSeconds = -1, -1
}

// well notes that the flow goes on.
func (n *notes) well() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress.Err, n.progress.Retries = "", 0
}

// snapshot returns what is known now.
func (n *notes) snapshot(now time.Time) Progress {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.progress
	p.Tables = append([]TableProgress(nil), p.Tables...)
	for len(n.spent) > 0 && now.Sub(n.spent[0].at) > rateWindow {
		n.spent = n.spent[1:]
	}
	if len(n.spent) > 0 {
		window := min(rateWindow, max(now.Sub(p.Since), time.Second)).Seconds()
		for _, s := range n.spent {
			p.RowsPerSecond += float64(s.rows) / window
			p.BytesPerSecond += float64(s.bytes) / window
		}
	}
	return p
}
