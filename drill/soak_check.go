package drill

import (
	"context"
	"errors"
	"fmt"

	"github.com/shardway/shardway/internal/bank"
)

// tally counts what clients were told so far, and how long writes stood still
// in each fault of this round. The load has ended.
func (k *soak) tally() {
	k.r.Told = k.load.told(k.r.Lost)
	for _, log := range k.load.logs {
		k.r.Transfers += log.Count(bank.Acknowledged)
	}
	acknowledged := k.load.acknowledged()
	for n, o := range k.spans {
		k.r.Struck[k.first+n].OutageMillis = longestGap(acknowledged, o.from, o.to).Milliseconds()
	}
}

// compare compares what clients were told, from the beginning on, with what the
// servers have; what was seen of registers and of the bank, of this round. The
// load has ended and the cluster is whole.
func (k *soak) compare(ctx context.Context, c condition) error {
	f, err := k.check(ctx, c, k.dark)
	k.r.Lost = f.lost
	k.r.Broken = append(k.r.Broken, f.broken...)
	if f.lost > 0 {
		k.r.Broken = append(k.r.Broken, fmt.Sprintf("%d acknowledged writes are lost", f.lost))
	}
	if err != nil {
		return err
	}
	k.r.Checks++
	for _, r := range k.load.registrars {
		k.r.RegisterOps += len(r.history)
	}
	k.say("compared: %d writes acknowledged, %d lost, %d faults so far", k.r.Acknowledged, k.r.Lost, len(k.r.Struck))
	return nil
}

// judge makes the verdict.
func (k *soak) judge(err error) { k.r.judge(err, k.o) }

func (r *SoakReport) judge(err error, o SoakOptions) {
	judged := map[Kind]bool{}
	for _, g := range r.Growths {
		if o.For >= flatMin {
			r.Broken = append(r.Broken, g.Grew...)
		}
		judged[g.Process.Kind] = judged[g.Process.Kind] || g.Judged
	}
	flatUntold := o.For >= flatMin && !(judged[KindProxy] && judged[KindController])
	switch {
	case errors.Is(err, errNotTold), errors.Is(err, context.Canceled), errors.Is(err, ErrUnable):
		r.Verdict, r.Why = Untold, err.Error()
	case err != nil:
		r.Broken = append(r.Broken, err.Error())
	case r.Acknowledged == 0 || len(r.Struck) == 0:
		r.Verdict, r.Why = Untold, fmt.Sprintf("%d writes were acknowledged, and %d faults struck", r.Acknowledged, len(r.Struck))
	case flatUntold:
		r.Verdict, r.Why = Untold, "no proxy, or no controller, lived long enough for its memory to be judged"
	case o.For < flatMin:
		r.Why = fmt.Sprintf("memory and goroutines are judged from %s on", flatMin)
	}
	if len(r.Broken) > 0 {
		r.Verdict = Broken
	} else if r.Verdict == "" {
		r.Verdict = Held
	}
}
