package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shardway/shardway/internal/bank"
	"github.com/shardway/shardway/topology"
)

// strikes has faults strike until it is time to compare.
func (k *soak) strikes(ctx context.Context, end time.Time) error {
	if err := k.writes(ctx); err != nil {
		return err
	}
	if soon := time.Now().Add(calmMin); k.due.Before(soon) {
		k.due = soon // comparing has taken its time
	}
	until := time.Now().Add(k.o.Check)
	if until.After(end) {
		until = end
	}
	for k.due.Before(until) || len(k.r.Struck) == k.first && k.due.Before(end) {
		if err := pause(ctx, time.Until(k.due)); err != nil {
			return err
		}
		if late := time.Since(k.due); late > time.Second {
			k.r.Late++
			k.due = time.Now()
		}
		k.due = k.due.Add(k.o.Every)
		if err := k.strike(ctx, k.faults[k.random.IntN(len(k.faults))]); err != nil {
			return err
		}
	}
	return pause(ctx, time.Until(until))
}

// strike carries a fault out, and waits until nothing of it is left.
func (k *soak) strike(ctx context.Context, f fault) error {
	g, err := k.look(ctx)
	if err != nil {
		return err
	}
	k.primary, k.chosen = g.Primary, ""
	from := time.Now()
	struck := Struck{Millis: from.Sub(k.began).Milliseconds(), Fault: f.name}
	k.say("fault %d, %s", len(k.r.Struck)+1, f.name)
	k.outages = nil
	for _, step := range f.steps {
		if err = step.do(ctx, k.scene); err != nil {
			err = fmt.Errorf("fault %s: %s: %w", f.name, step.Does, err)
			break
		}
	}
	broken := time.Now()
	mended := err
	if err == nil {
		var c condition
		if c, mended = k.mend(ctx); mended == nil {
			mended = k.decided(ctx, c)
		}
	}
	struck.WholeMillis = time.Since(broken).Milliseconds()
	k.dark = append(k.dark, bank.Outage{From: from, To: time.Now()})
	k.spans = append(k.spans, span{from, time.Now()})
	if len(k.outages) == 1 {
		k.spans[len(k.spans)-1] = k.outages[0]
	}
	changed := k.count(ctx, f, &struck)
	k.r.Struck = append(k.r.Struck, struck)
	return errors.Join(mended, changed)
}

// mend waits until the cluster is whole with all its servers: one that was shut
// out is filled anew.
func (k *soak) mend(ctx context.Context) (condition, error) {
	for try := 0; ; try++ {
		c, err := k.whole(ctx)
		if err != nil || len(c.quarantined) == 0 {
			return c, err
		}
		if try == mendMax {
			return c, fmt.Errorf("%w: filled anew %d times, and shut out again: %v", errBroken, mendMax, c.quarantined)
		}
		for _, id := range c.quarantined {
			k.r.Rebuilt++
			if err := k.rebuild(ctx, id); err != nil {
				return c, err
			}
		}
	}
}

// decided waits until no branch is prepared any more that is so now.
func (k *soak) decided(ctx context.Context, c condition) error {
	ctx, cancel := context.WithTimeout(ctx, settleMax)
	defer cancel()
	for group, db := range k.primariesOf(c) {
		var before map[string]bool
		for {
			now, err := prepared(ctx, db)
			if err == nil && before == nil {
				before = now
			}
			left := 0
			for name := range now {
				if before[name] {
					left++
				}
			}
			if err == nil && left == 0 {
				break
			}
			if pause(ctx, 5*lookPause) != nil {
				return errors.Join(fmt.Errorf("%w: on group %s %d transactions are still prepared after %s", errBroken, group, left, settleMax), err)
			}
		}
	}
	return nil
}

// count counts the changes of primary that a fault has made.
func (k *soak) count(ctx context.Context, f fault, struck *Struck) error {
	changes, err := k.changes(ctx, k.known)
	if err != nil {
		return fmt.Errorf("%w: changes of primary: %w", errNotTold, err)
	}
	for _, c := range changes {
		k.known[c.ID] = true
		if c.Outcome != topology.OutcomeDone || c.Kind != topology.OperationFailover && c.Kind != topology.OperationSwitchover {
			continue // undone, or a server that was filled anew
		}
		if struck.Changes++; struck.Changes > f.changes.Max {
			struck.Unasked = append(struck.Unasked, c.Reason)
		}
	}
	return nil
}
