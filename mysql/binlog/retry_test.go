package binlog

import (
	"testing"
	"time"
)

func TestRetryIsBoundedAndIdleServersAreNotGivenUp(t *testing.T) {
	now := time.Unix(1000, 0)
	r := retry{patience: time.Minute, since: now}
	// Idle for an hour, then the connection breaks.
	now = now.Add(time.Hour)
	if wait, giveUp := r.next(true, false, now); giveUp || wait != backoffMin {
		t.Errorf("an idle server: wait %v, give up %v", wait, giveUp)
	}
	var wait time.Duration
	var giveUp bool
	for range 60 {
		now = now.Add(time.Second)
		if wait, giveUp = r.next(false, false, now); giveUp {
			t.Fatal("given up too early")
		}
	}
	if wait != backoffMax {
		t.Errorf("wait %v", wait)
	}
	if _, giveUp = r.next(false, false, now.Add(time.Second)); !giveUp {
		t.Error("never given up")
	}
	if wait, giveUp = r.next(true, true, now.Add(time.Second)); giveUp || wait != backoffMin {
		t.Errorf("after progress: wait %v, give up %v", wait, giveUp)
	}
}
