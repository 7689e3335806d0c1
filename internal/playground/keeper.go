package playground

import (
	"context"
	"sync"
	"time"
)

// The kinds of processes, in order of start.
type kind int

const (
	kindServer kind = iota
	kindController
	kindProxy
)

// The pauses before a process that ended is started again, and how long it may
// take to stop.
const (
	restartServerAfter  = 5 * time.Second
	restartProgramAfter = time.Second
	stopTimeout         = 20 * time.Second
)

// process is what a keeper keeps running.
type process interface {
	PID() int
	Done() <-chan struct{}
	ExitCode() int
	How() string
	Stop(ctx context.Context) error
}

// keeper keeps one process running until it is stopped. It owns one goroutine.
type keeper struct {
	kind  kind
	name  string
	start func(context.Context) (process, error)
	// restartAfter is the pause before the next start after an end.
	restartAfter func(exitCode int) time.Duration
	// changed is told the process id, 0 when the process has ended.
	changed func(pid int)
	say     func(format string, args ...any)

	cancel context.CancelFunc
	done   chan struct{}
}

// begin starts the process, and keeps it running if that succeeds.
func (k *keeper) begin(ctx context.Context) error {
	first, err := k.start(ctx)
	if err != nil {
		return err
	}
	k.changed(first.PID())
	// The keeper outlives the start; stop ends it.
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	k.done = make(chan struct{})
	go k.keep(ctx, first)
	return nil
}

func (k *keeper) keep(ctx context.Context, running process) {
	defer close(k.done)
	for {
		select {
		case <-running.Done():
		case <-ctx.Done():
			stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			if err := running.Stop(stopCtx); err != nil {
				k.say("%s: %v", k.name, err)
			}
			return
		}
		k.changed(0)
		pause := k.restartAfter(running.ExitCode())
		if pause > 0 {
			k.say("%s ended, %s; it is started again in %s", k.name, running.How(), pause)
		}
		next := k.again(ctx, pause)
		if next == nil {
			return
		}
		k.changed(next.PID())
		running = next
	}
}

// again starts the process after a pause, as often as it takes. It returns nil
// when ctx has ended.
func (k *keeper) again(ctx context.Context, pause time.Duration) process {
	for {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		startCtx, cancel := context.WithTimeout(ctx, startTimeout)
		next, err := k.start(startCtx)
		cancel()
		if err == nil {
			return next
		}
		if ctx.Err() != nil {
			return nil
		}
		pause = restartServerAfter
		k.say("%s did not start, next try in %s: %v", k.name, pause, err)
	}
}

// stopTogether stops all processes of a kind and waits for their end.
func stopTogether(keepers []*keeper, kind kind) {
	var wait sync.WaitGroup
	for _, k := range keepers {
		if k.kind == kind && k.cancel != nil {
			wait.Go(func() {
				k.cancel()
				<-k.done
			})
		}
	}
	wait.Wait()
}

// keep starts a process and remembers its keeper.
func (p *playground) keep(ctx context.Context, k *keeper) error {
	k.say = p.say
	if err := k.begin(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keepers = append(p.keepers, k)
	return nil
}
