package flow

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Flow is one flow of a job. A second one of the same job and source, in this
// process or another, takes over where the first one is, and the first one
// stops with a *StopError.
type Flow struct {
	spec    Spec
	servers Servers
	o       Options
	note    notes
	limit   *limiter
	// statementsOnly is set once LOAD DATA did not go smoothly.
	statementsOnly atomic.Bool

	// offSince is since when the source lacks something; Run's alone.
	offSince time.Time

	mu sync.Mutex
	// current is the attempt under way, nil between two.
	current *attempt
	// over is why Run has ended, nil before.
	over error
	// changed is closed when one of these changes.
	changed chan struct{}
}

// New makes a flow; it connects to nothing.
func New(spec Spec, servers Servers, options Options) (*Flow, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	options.setDefaults()
	f := &Flow{spec: spec, servers: servers, o: options, limit: newLimiter(options.CopyBytesPerSecond), changed: make(chan struct{})}
	f.note.lag(-1, -1)
	return f, nil
}

// Run copies, then applies changes until ctx ends, whose cause it returns. Lost
// servers are looked for again without end. What cannot be gone on from exactly
// ends it with a *StopError. Run is called once.
func (f *Flow) Run(ctx context.Context) error {
	f.note.mu.Lock()
	f.note.progress.Since = time.Now()
	f.note.mu.Unlock()
	err := f.attempts(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = err
	f.signal()
	return err
}

func (f *Flow) attempts(ctx context.Context) error {
	wait := retryMin
	for {
		a := &attempt{
			f: f, note: &f.note, moved: make(chan struct{}), hurry: make(chan struct{}),
			pause: pause{reason: notLooked, changed: make(chan struct{})},
		}
		begun := time.Now()
		err := a.run(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var stopped *StopError
		if errors.As(err, &stopped) {
			f.o.Log.Error("flow stopped", "job", f.spec.Job, "source", f.spec.Source, "reason", stopped.Reason)
			f.note.failed(err)
			return err
		}
		if time.Since(begun) > retryMax {
			wait = retryMin
		}
		f.note.failed(err)
		f.o.Log.Warn("flow goes on after an error", "job", f.spec.Job, "source", f.spec.Source, "error", err, "wait", wait)
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, retryMax)
	}
}

// signal wakes those who wait for an attempt. The caller holds mu.
func (f *Flow) signal() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// began makes an attempt the current one.
func (f *Flow) began(a *attempt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current = a
	f.signal()
}

func (f *Flow) ended(a *attempt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current = nil
	f.signal()
	a.state.Lock()
	defer a.state.Unlock()
	a.over = true
	a.signal()
}

// attempt returns the one under way, and waits for one.
func (f *Flow) attempt(ctx context.Context) (*attempt, error) {
	for {
		f.mu.Lock()
		current, over, changed := f.current, f.over, f.changed
		f.mu.Unlock()
		switch {
		case over != nil:
			return nil, over
		case current != nil:
			return current, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-changed:
		}
	}
}

// Progress returns how far the flow is. It asks no server.
func (f *Flow) Progress() Progress { return f.note.snapshot(time.Now()) }

// SetCopyLimit changes Options.CopyBytesPerSecond; 0 lifts the limit.
func (f *Flow) SetCopyLimit(bytesPerSecond int64) { f.limit.set(bytesPerSecond) }
