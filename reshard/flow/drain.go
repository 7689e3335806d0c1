package flow

import (
	"context"

	"github.com/shardway/shardway/mysql"
)

// Drain returns when every target has committed everything of the source that
// is in a set of GTIDs, and the position that says so. Of several flows into one
// target all must be drained at a time: a row of one may wait for another. It ends with ctx, or with
// the error that ended Run. Before the rows are copied it waits for what is
// executed all the same; Progress says when they are.
func (f *Flow) Drain(ctx context.Context, gtidSet string) error {
	set, err := mysql.ParseGTIDSet(gtidSet)
	if err != nil {
		return err
	}
	for {
		a, err := f.attempt(ctx)
		if err != nil {
			return err
		}
		if done, err := a.drain(ctx, set); done || err != nil {
			return err
		}
	}
}

// drain reports false if the attempt ended before.
func (a *attempt) drain(ctx context.Context, set mysql.GTIDSet) (bool, error) {
	a.wants(1)
	defer a.wants(-1)
	for {
		a.state.Lock()
		done, over, moved := true, a.over, a.moved
		for _, t := range a.targets {
			done = done && t.stored.Contains(set) && !t.parked
		}
		a.state.Unlock()
		if done || over {
			return done, nil
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-moved:
		}
	}
}

// wants counts those who wait for positions to be stored, and wakes the targets.
func (a *attempt) wants(more int) {
	a.state.Lock()
	defer a.state.Unlock()
	a.draining += more
	close(a.hurry)
	a.hurry = make(chan struct{})
}

// wanted reports whether somebody waits for the position to be stored.
func (a *attempt) wanted() (bool, <-chan struct{}) {
	a.state.Lock()
	defer a.state.Unlock()
	return a.draining > 0, a.hurry
}
