package reshard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/reshard/flow"
	"github.com/shardway/shardway/topology"
)

const (
	// taskTick is how often a move is looked at when nothing has changed, retryPause
	// how long what has failed rests.
	taskTick   = 200 * time.Millisecond
	retryPause = time.Second
	// parkedSettles is how long rows that wait for those of other flows get when all
	// are copied: those that wait for good are known as such by then.
	parkedSettles = 5 * time.Second
)

// task is what the leader does about one keyspace's move. All of it happens in
// one goroutine but flows and comparisons, which it owns.
type task struct {
	mover    *Mover
	keyspace string
	requests chan request

	seen observation
	// comparing ends with the outcome of a comparison; nil if none is under way.
	comparing chan error
	// compareFrom is when a comparison that failed may be tried again.
	compareFrom time.Time

	mu    sync.Mutex
	flows map[string]*running // by source
	doing string
}

// request is what an operator asks of a move; the task answers once.
type request struct {
	do     func(ctx context.Context, k *topology.Keyspace) error
	answer chan error
}

// running is a flow at work.
type running struct {
	*flow.Flow
	cancel context.CancelFunc
	done   chan struct{}
	err    error // set when done is closed
}

func newTask(m *Mover, keyspace string) *task {
	return &task{mover: m, keyspace: keyspace, requests: make(chan request), flows: make(map[string]*running)}
}

// run brings the move on until it has ended, or ctx has.
func (t *task) run(ctx context.Context) {
	defer t.endFlows()
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		if t.comparing != nil {
			<-t.comparing
		}
	}()
	for ctx.Err() == nil {
		changed := t.mover.opts.Source.Changed()
		seen := t.observe() // before the record is read: it stores what a comparison has found
		k := t.mover.opts.Source.Current().Keyspaces[t.keyspace]
		if k == nil || k.Move == nil {
			return
		}
		t.limit(k.Move.CopyLimit)
		wait := time.After(taskTick)
		if s := next(k.Move, seen); s != stepWait {
			err := t.perform(ctx, s, k)
			if err == nil {
				continue
			}
			if ctx.Err() == nil {
				t.say(err.Error())
				t.mover.opts.Log.Warn("a move does not go on", "keyspace", t.keyspace, "phase", k.Move.Phase, "err", err)
			}
			changed, wait = nil, time.After(retryPause)
		}
		select {
		case <-changed:
		case <-wait:
		case r := <-t.requests:
			// Whoever is asked sees what was stored last.
			k := t.mover.opts.Source.Current().Keyspaces[t.keyspace]
			if k == nil || k.Move == nil {
				r.answer <- errNoMove(t.keyspace)
				return
			}
			r.answer <- r.do(ctx, k)
		case <-ctx.Done():
		}
	}
}

// perform does one step.
func (t *task) perform(ctx context.Context, s step, k *topology.Keyspace) error {
	if s.needsLatest() {
		if err := t.upToDate(ctx, k); err != nil {
			return err
		}
	}
	switch s {
	case stepPrepare:
		t.say("making the tables on the new groups")
		return t.prepare(ctx, k)
	case stepFlow:
		return t.startFlows(ctx, k)
	case stepVerify:
		t.say("comparing all rows")
		t.compare(ctx)
		return nil
	case stepFollow:
		return t.follow(ctx, k)
	case stepRetire:
		return t.retire(ctx, k)
	case stepUnlock:
		t.say("letting proxies in again on " + strings.Join(k.Move.Locked, ", "))
		return t.unlock(ctx, k)
	case stepRelease:
		return t.release(ctx, k)
	case stepSwap:
		t.say("having tables change names")
		return t.swap(ctx, k)
	case stepDrop:
		t.say("dropping the side that does not serve")
		return t.drop(ctx, k)
	case stepWait:
	}
	return nil
}

// observe looks at what runs.
func (t *task) observe() observation {
	o := t.seen
	if t.comparing != nil {
		select {
		case err := <-t.comparing:
			t.comparing = nil
			t.compared(err)
		default:
			o.verifying = true
		}
	}
	o.verifying = o.verifying || time.Now().Before(t.compareFrom)
	t.mu.Lock()
	defer t.mu.Unlock()
	o.flowing = len(t.flows) > 0
	o.copied = o.flowing
	for _, f := range t.flows {
		select {
		case <-f.done:
			o.stopped = true
		default:
		}
		p := f.Progress()
		if p.Stuck != "" {
			o.stuck = p.Stuck
		}
		settling := p.Parked != "" && time.Since(p.CopiedAt) < parkedSettles
		o.copied = o.copied && p.Copied && !settling && p.Stuck == "" && p.Err == "" && p.LagSeconds >= 0 && p.LagSeconds <= t.mover.opts.Limits.Lag
	}
	return o
}

// update changes the move's record, and returns when this controller sees it.
func (t *task) update(ctx context.Context, edit func(*topology.Draft) error) error {
	snap, err := t.mover.opts.Store.Update(ctx, edit)
	if err != nil {
		return err
	}
	_, err = t.mover.opts.Source.WaitFor(ctx, snap.Version)
	return err
}

// advance stores another phase, or whatever else change does to the record.
func (t *task) advance(ctx context.Context, m *topology.Move, step string, change func(*topology.Move)) error {
	return t.update(ctx, func(d *topology.Draft) error {
		present := d.Keyspaces[t.keyspace]
		if present == nil || present.Move == nil || present.Move.ID != m.ID {
			return errNoMove(t.keyspace)
		}
		next := present.Move.With(step, now())
		change(next)
		return d.AdvanceMove(t.keyspace, *next)
	})
}

// follow makes what tables do not have, views and routines, and says that both
// sides may serve.
func (t *task) follow(ctx context.Context, k *topology.Keyspace) error {
	if k.Move.Table == nil {
		l, err := t.layoutOf(ctx, k.Move.Serving()[0].Group)
		if err != nil {
			return err
		}
		for _, group := range topology.GroupsOf(k.Move.Following()) {
			if err := t.onPrimary(ctx, group, l.makePrograms); err != nil {
				return err
			}
		}
	}
	t.say("")
	return t.advance(ctx, k.Move, "in step", func(m *topology.Move) { m.Phase = topology.MoveFollowing })
}

// compare has all flows compare all rows.
func (t *task) compare(ctx context.Context) {
	outcome := make(chan error, 1)
	t.comparing = outcome
	t.mu.Lock()
	defer t.mu.Unlock()
	flows := make(map[string]*running, len(t.flows))
	for source, f := range t.flows {
		flows[source] = f
	}
	go func() { outcome <- verifyAll(ctx, flows) }()
}

func verifyAll(ctx context.Context, flows map[string]*running) error {
	for source, f := range flows {
		report, err := f.Verify(ctx)
		if err != nil {
			return fmt.Errorf("comparing the rows of group %s: %w", source, err)
		}
		if !report.Equal() {
			return &differenceError{source: source, report: report}
		}
	}
	return nil
}

// differenceError says that rows are not the same on both sides.
type differenceError struct {
	source string
	report flow.Report
}

func (e *differenceError) Error() string {
	n := int64(0)
	for _, table := range e.report.Tables {
		n += table.Different
	}
	text := fmt.Sprintf("%d rows of group %s are not on the other side as they are there", n, e.source)
	if len(e.report.Differences) > 0 {
		d := e.report.Differences[0]
		text += fmt.Sprintf("; the first: table %s on group %s, key %v: %v there, %v here", d.Table, d.Group, d.Key, d.Source, d.Target)
		if d.Misplaced {
			text += " (a group that does not own it)"
		}
	}
	return text
}

// compared takes the outcome of a comparison.
func (t *task) compared(err error) {
	k := t.mover.opts.Source.Current().Keyspaces[t.keyspace]
	if k == nil || k.Move == nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.mover.life, retryPause)
	defer cancel()
	var different *differenceError
	switch {
	case err == nil:
		err = t.advance(ctx, k.Move, "verified", func(m *topology.Move) { m.VerifiedAt = now() })
	case errors.As(err, &different):
		err = t.advance(ctx, k.Move, "different", func(m *topology.Move) {
			m.VerifiedAt, m.Stopped = time.Time{}, different.Error()
		})
	}
	if err != nil {
		t.say(err.Error()) // it is compared again
		t.compareFrom = time.Now().Add(retryPause)
		return
	}
	t.say("")
}

func now() time.Time { return time.Now().UTC() }

func (t *task) say(doing string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doing = doing
}

func (t *task) progress() (map[string]flow.Progress, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	flows := make(map[string]flow.Progress, len(t.flows))
	for source, f := range t.flows {
		flows[source] = f.Progress()
	}
	return flows, t.doing
}

func errNoMove(keyspace string) error {
	return &topology.Refused{
		Code: topology.CodeNotFound, Message: fmt.Sprintf("no shards of keyspace %s are being moved", keyspace),
		Hint: "'shardway reshard split' or 'shardway reshard merge' begins that",
	}
}
