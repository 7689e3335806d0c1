package exec

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/mysql"
)

// The queue of each group is bounded by itself, in order, and whoever leaves lets
// the next one go first.
func TestTheQueueOfAGroup(t *testing.T) {
	var h holds
	limits := &HoldLimits{Window: time.Minute, Statements: 3, Bytes: 100}
	join := func(group string, bytes int64) *ticket {
		tk, err := h.join(group, bytes, limits)
		if err != nil {
			t.Fatal(err)
		}
		return tk
	}
	isFirst := func(tk *ticket) bool {
		select {
		case <-tk.first:
			return true
		default:
			return false
		}
	}
	refused := func(group string, bytes int64) {
		t.Helper()
		var my *mysql.Error
		if _, err := h.join(group, bytes, limits); !errors.As(err, &my) || my.Code != mysql.ErCapacityExceeded {
			t.Errorf("%v, want a refusal", err)
		}
	}
	a, b := join("g1", 40), join("g1", 40)
	refused("g1", 21)
	c := join("g1", 20)
	refused("g1", 0)
	other := join("g2", 100)
	if !isFirst(a) || isFirst(b) || isFirst(c) || !isFirst(other) {
		t.Error("not those that came first are first")
	}
	h.leave(b, HoldInterrupted)
	if isFirst(c) {
		t.Error("c is first before a has left")
	}
	h.leave(a, HoldReleased)
	h.leave(a, HoldFailed) // it has left
	if !isFirst(c) {
		t.Error("c is not first")
	}
	join("g1", 80)
	env := &Environment{}
	env.holds.groups, env.holds.ended = h.groups, h.ended
	stats := env.HoldStats()
	if stats.Now["g1"] != 2 || stats.Now["g2"] != 1 || stats.Ended[HoldFull] != 2 || stats.Ended[HoldReleased] != 1 || stats.Ended[HoldInterrupted] != 1 || stats.Ended[HoldFailed] != 0 {
		t.Errorf("%+v", stats)
	}
}

// Many come and go at once: each has its turn.
func TestEveryoneInTheQueueHasATurn(t *testing.T) {
	var h holds
	limits := &HoldLimits{Window: time.Minute, Statements: 1000, Bytes: 1000}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			tk, err := h.join("g", 1, limits)
			if err != nil {
				t.Error(err)
				return
			}
			<-tk.first
			h.leave(tk, HoldReleased)
		})
	}
	all.Wait()
	if q := h.groups["g"]; len(q.tickets) != 0 || q.bytes != 0 || h.ended[HoldReleased] != 50 {
		t.Errorf("%+v, %v", q, h.ended)
	}
}

// What waits when the proxy stops, or begins to wait then, ends.
func TestEndHolding(t *testing.T) {
	var env Environment
	before := env.holds.life()
	env.EndHolding()
	if before.Err() == nil || env.holds.life().Err() == nil {
		t.Error("not ended")
	}
}
