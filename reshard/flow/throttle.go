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
	return a.f.limit.wait(ctx)
}

// held reports whether the next chunk has to wait.
func (a *attempt) held() bool {
	a.pause.mu.Lock()
	defer a.pause.mu.Unlock()
	return a.pause.reason != "" || a.f.limit.pause() > 0
}

// spent counts what was copied against the operator's limit.
func (a *attempt) spent(bytes int64) { a.f.limit.spend(time.Now(), bytes) }

// limiter spreads bytes over time.
type limiter struct {
	mu        sync.Mutex
	perSecond int64
	// free is when the next bytes may go.
	free time.Time
	// changed is closed when there is another limit.
	changed chan struct{}
}

func newLimiter(perSecond int64) *limiter {
	return &limiter{perSecond: perSecond, changed: make(chan struct{})}
}

// set changes the limit; 0 lifts it. Who waits for the old one goes on.
func (l *limiter) set(perSecond int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if perSecond == l.perSecond {
		return
	}
	l.perSecond, l.free = perSecond, time.Time{}
	close(l.changed)
	l.changed = make(chan struct{})
}

// pause is how long it is until more bytes may go.
func (l *limiter) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.free)
}

// wait returns when more bytes may go.
func (l *limiter) wait(ctx context.Context) error {
	for {
		l.mu.Lock()
		pause, changed := time.Until(l.free), l.changed
		l.mu.Unlock()
		if pause <= 0 {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
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
