package flow

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Bytes are spread over time, and who waits goes on at once when the limit is lifted.
func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1000)
		took := func() time.Duration {
			begun := time.Now()
			if err := l.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			return time.Since(begun)
		}
		if d := took(); d != 0 {
			t.Errorf("the first bytes wait for %s", d)
		}
		l.spend(time.Now(), 2000)
		l.spend(time.Now(), 1000)
		if d := took(); d != 3*time.Second {
			t.Errorf("after three thousand bytes the next wait for %s", d)
		}
		l.spend(time.Now(), 1e9)
		time.AfterFunc(time.Minute, func() { l.set(1000) })
		time.AfterFunc(2*time.Minute, func() { l.set(0) })
		if d := took(); d != 2*time.Minute {
			t.Errorf("with the limit lifted after two minutes they wait for %s", d)
		}
		l.spend(time.Now(), 1e9)
		if d := took(); d != 0 {
			t.Errorf("without a limit they wait for %s", d)
		}
	})
}

func TestLimiterIsCancelled(t *testing.T) {
	l := newLimiter(1)
	l.spend(time.Now(), 1e9)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.wait(ctx); err == nil {
		t.Error("it does not end with its context")
	}
}
