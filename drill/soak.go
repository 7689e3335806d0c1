package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/shardway/shardway/internal/bank"
)

// SoakOptions say how long a group is broken again and again, how often and how.
type SoakOptions struct {
	Options
	// For is how long; 30 minutes. Every is from the begin of one fault to that
	// of the next, or longer where the cluster is not whole by then; 20 s.
	For, Every time.Duration
	// Check is how often clients rest and everything is compared; 2 minutes.
	Check time.Duration
	// Seed chooses the faults.
	Seed uint64
	// Only are the names of the faults to choose from; all that the cluster can
	// have if empty.
	Only []string
	// Checked is told what there is after each comparison; it may be nil.
	Checked func(*SoakReport)
}

func (o *SoakOptions) fill(site Site) error {
	for _, d := range []struct {
		value   *time.Duration
		name    string
		without time.Duration
	}{{&o.For, "long", 30 * time.Minute}, {&o.Every, "time between faults", 20 * time.Second}, {&o.Check, "time between comparisons", 2 * time.Minute}} {
		if *d.value == 0 {
			*d.value = d.without
		}
		if *d.value < time.Second {
			return fmt.Errorf("drill: %s of %s; a second at least", d.name, *d.value)
		}
	}
	return o.Options.fill(site)
}

// calmMin is how long clients write after a comparison before the next fault, and
// mendMax how often servers may be shut out that were filled anew after a fault.
const (
	calmMin = time.Second
	mendMax = 3
)

// soak is one that is under way.
type soak struct {
	*scene
	o       SoakOptions
	r       *SoakReport
	random  *rand.Rand
	faults  []fault
	known   map[string]bool // changes of primary that have been counted
	samples *sampler
	began   time.Time
	due     time.Time // when the next fault is
	// spans are the outages of this round, one for each fault from first on,
	// dark when decided branches may not have been there in it.
	first int
	spans []span
	dark  []bank.Outage
}

// Soak has clients write for a long time while a random fault strikes again and
// again, each undone before the next, and compares all the while. It ends early
// when a promise is broken. The error says why it could not begin; everything
// else is in the report.
func Soak(ctx context.Context, cluster Cluster, o SoakOptions) (*SoakReport, error) {
	site, err := cluster.Site(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.fill(site); err != nil {
		return nil, err
	}
	possible, err := choose(o.Only, site, o.Group)
	if err != nil {
		return nil, err
	}
	s, err := newScene(cluster, site, o.Group)
	if err != nil {
		return nil, err
	}
	defer s.close()
	s.say = func(format string, args ...any) {
		if o.Say != nil {
			o.Say(fmt.Sprintf(format, args...))
		}
	}
	k := &soak{
		scene: s, o: o, faults: possible, random: rand.New(rand.NewPCG(o.Seed, 0)), samples: newSampler(s),
		r: &SoakReport{Seed: o.Seed, Group: o.Group, Began: time.Now().UTC(), Struck: []Struck{}, Growths: []Growth{}},
	}
	defer k.samples.close()
	if k.known, err = s.prepare(ctx, o.Options); err != nil {
		return nil, err
	}
	k.r.Keyspace = s.load.keyspace
	k.judge(k.run(ctx))
	if k.r.Verdict == Held {
		s.tidy(ctx)
	}
	return k.r, nil
}

// run goes from round to round.
func (k *soak) run(ctx context.Context) error {
	k.began = time.Now()
	k.due = k.began.Add(k.o.Every)
	end := k.began.Add(k.o.For)
	for {
		if err := k.round(ctx, end); err != nil || len(k.r.Broken) > 0 {
			return err
		}
		if k.o.Checked != nil {
			k.o.Checked(k.r)
		}
		if !time.Now().Before(end) {
			return nil
		}
		if err := k.load.renew(ctx); err != nil {
			return fmt.Errorf("%w: %w", errNotTold, err)
		}
	}
}

// round has clients write and faults strike until everything is to be compared,
// and compares.
func (k *soak) round(ctx context.Context, end time.Time) error {
	k.first, k.spans, k.dark = len(k.r.Struck), nil, nil
	k.load.begin(ctx)
	watched, unwatch := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() { k.samples.work(watched) })
	failed := k.strikes(ctx, end)
	c, err := k.mend(ctx)
	unwatch()
	wait.Wait()
	rest := time.Now()
	k.load.end(endMax)
	k.load.hangUp()
	k.tally()
	if err == nil {
		k.samples.quiet(ctx)
		err = k.compare(ctx, c)
	}
	k.r.CheckMillis += time.Since(rest).Milliseconds()
	k.r.LastedSeconds = int64(time.Since(k.began).Seconds())
	k.r.Growths = growths(k.samples.all, time.Since(k.began))
	return errors.Join(failed, err)
}
