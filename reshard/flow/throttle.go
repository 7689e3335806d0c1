package flow

import (
	"context"
	"sync"
	"time"
)

// notLooked is the reason to pause until the servers have been looked at.
const notLooked = "the servers have not been looked at yet"

// pause is why copying must wait; it is decided from time to time.
type pause struct {
	mu      sync.Mutex
	reason  string
	changed chan struct{}
}

// decide notes whether copying may go on.
func (a *attempt) decide(reason string) {
	a.pause.mu.Lock()
	defer a.pause.mu.Unlock()
	a.note.throttled(reason)
	if a.pause.reason != reason {
		a.pause.reason = reason
		close(a.pause.changed)
		a.pause.changed = make(chan struct{})
	}
}

// throttle waits until the next chunk may be read.
func (a *attempt) throttle(ctx context.Context) error {
	for {
		a.pause.mu.Lock()
		reason, changed := a.pause.reason, a.pause.changed
		a.pause.mu.Unlock()
		if reason == "" {
			break
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
	return sleep(ctx, a.f.limit.wait(time.Now()))
}

// spent counts what was copied against the operator's limit.
func (a *attempt) spent(bytes int64) { a.f.limit.spend(time.Now(), bytes) }

// limiter spreads bytes over time.
type limiter struct {
	mu        sync.Mutex
	perSecond int64
	// free is when the next bytes may go.
	free time.Time
}

func (l *limiter) set(perSecond int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.perSecond, l.free = perSecond, time.Time{}
}

// wait is how long to wait before more bytes may go.
func (l *limiter) wait(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.free.Sub(now), 0)
}

// spend counts bytes that have gone.
func (l *limiter) spend(now time.Time, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perSecond <= 0 {
		return
	}
	if l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(float64(bytes) / float64(l.perSecond) * float64(time.Second)))
}
