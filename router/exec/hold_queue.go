package exec

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/shardway/shardway/mysql"
)

// HoldLimits bound what a proxy holds back while a group has no primary that
// takes statements.
type HoldLimits struct {
	// Window is how long one statement waits at most; 0 holds nothing.
	Window time.Duration
	// Statements and Bytes bound what waits for one group.
	Statements int
	Bytes      int64
}

// HoldOutcome says how the wait of a held statement ended.
type HoldOutcome string

// The outcomes.
const (
	// HoldReleased: it was sent.
	HoldReleased HoldOutcome = "released"
	// HoldExpired: the window was over.
	HoldExpired HoldOutcome = "expired"
	// HoldFull: too many or too much waited already.
	HoldFull HoldOutcome = "full"
	// HoldInterrupted: the client went, or somebody stopped it, or the proxy.
	HoldInterrupted HoldOutcome = "interrupted"
	// HoldFailed: the new primary could not be had for another reason.
	HoldFailed HoldOutcome = "failed"
)

// HoldOutcomes lists all outcomes.
func HoldOutcomes() []HoldOutcome {
	return []HoldOutcome{HoldReleased, HoldExpired, HoldFull, HoldInterrupted, HoldFailed}
}

// HoldStats is what a proxy holds back at one moment, by group, and how the
// waits of all statements that it has held have ended.
type HoldStats struct {
	Now   map[string]int
	Ended map[HoldOutcome]uint64
}

var errDraining = errors.New("the proxy stops")

// holds are the statements that wait for groups' primaries. The zero value is
// ready.
type holds struct {
	mu     sync.Mutex
	groups map[string]*queue
	ended  map[HoldOutcome]uint64
	// ctx ends when nothing is to wait any more.
	ctx context.Context
	end context.CancelFunc
}

// queue has what waits for one group, in the order of arrival.
type queue struct {
	tickets []*ticket
	bytes   int64
}

// ticket is one waiting statement. first is closed when nobody is before it.
type ticket struct {
	group string
	bytes int64
	since time.Time
	first chan struct{}
}

// join puts a statement at the end of a group's queue.
func (h *holds) join(group string, bytes int64, limits *HoldLimits) (*ticket, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	q := h.groups[group]
	if q == nil {
		q = &queue{}
		if h.groups == nil {
			h.groups = map[string]*queue{}
		}
		h.groups[group] = q
	}
	switch {
	case len(q.tickets) >= limits.Statements:
		h.count(HoldFull)
		return nil, mysql.NewError(mysql.ErCapacityExceeded, "group %s has no primary that takes statements at the moment, and %d statements wait for it already, which is the most that this proxy holds (--hold-max-statements); nothing of this one was sent, repeat it later", group, len(q.tickets))
	case q.bytes+bytes > limits.Bytes:
		h.count(HoldFull)
		return nil, mysql.NewError(mysql.ErCapacityExceeded, "group %s has no primary that takes statements at the moment, and the statements that wait for it already have %d bytes; this proxy holds %d (--hold-max-bytes); nothing of this one was sent, repeat it later", group, q.bytes, limits.Bytes)
	}
	t := &ticket{group: group, bytes: bytes, since: now(), first: make(chan struct{})}
	q.bytes += bytes
	q.tickets = append(q.tickets, t)
	if len(q.tickets) == 1 {
		close(t.first)
	}
	return t, nil
}

// leave takes a statement out of its queue, if it is there; whoever is first
// then may go on.
func (h *holds) leave(t *ticket, outcome HoldOutcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	q := h.groups[t.group]
	for i, o := range q.tickets {
		if o != t {
			continue
		}
		h.count(outcome)
		q.tickets = append(q.tickets[:i], q.tickets[i+1:]...)
		q.bytes -= t.bytes
		if i == 0 && len(q.tickets) > 0 {
			close(q.tickets[0].first)
		}
		return
	}
}

func (h *holds) count(outcome HoldOutcome) {
	if h.ended == nil {
		h.ended = map[HoldOutcome]uint64{}
	}
	h.ended[outcome]++
}

// life ends when nothing is to wait any more.
func (h *holds) life() context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lifeLocked()
}

func (h *holds) lifeLocked() context.Context {
	if h.ctx == nil {
		h.ctx, h.end = context.WithCancel(context.Background())
	}
	return h.ctx
}

// outcomeOf tells a statement that goes on from one that cannot.
func outcomeOf(err error) HoldOutcome {
	if err != nil {
		return HoldFailed
	}
	return HoldReleased
}

// EndHolding has nothing wait any more: the proxy stops.
func (e *Environment) EndHolding() {
	h := &e.holds
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lifeLocked()
	h.end()
}

// HoldStats says what is held now, and what was.
func (e *Environment) HoldStats() HoldStats {
	h := &e.holds
	h.mu.Lock()
	defer h.mu.Unlock()
	stats := HoldStats{Now: map[string]int{}, Ended: maps.Clone(h.ended)}
	for group, q := range h.groups {
		if len(q.tickets) > 0 {
			stats.Now[group] = len(q.tickets)
		}
	}
	return stats
}
