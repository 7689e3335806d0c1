package drill

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/bank"
	"github.com/shardway/shardway/topology"
)

// Options say how a drill is carried out.
type Options struct {
	// Group is the one whose servers are broken; the first one if empty.
	Group string
	// Writers is how many clients write to that group; 16. Half of them write
	// single statements, half transactions of three.
	Writers int
	// Calm is how long clients write before anything is broken; 2 s.
	Calm time.Duration
	// Say is told what is done while it is done; it may be nil.
	Say func(text string)
}

// endMax is how long clients get to finish, cooldown how long after a failover
// controllers leave a group alone.
const (
	endMax   = 100 * time.Second
	cooldown = 10 * time.Second
)

func (o *Options) fill(site Site) error {
	if o.Writers == 0 {
		o.Writers = 16
	}
	if o.Calm == 0 {
		o.Calm = 2 * time.Second
	}
	if o.Writers < 2 || o.Writers > 200 {
		return fmt.Errorf("drill: %d writers; 2 to 200 are possible", o.Writers)
	}
	groups := map[string]bool{}
	for _, i := range site.Instances {
		groups[i.Group] = true
	}
	delete(groups, "")
	if o.Group == "" && len(groups) > 0 {
		o.Group = slices.Min(keys(groups))
	}
	if !groups[o.Group] {
		return fmt.Errorf("drill: there is no group %q", o.Group)
	}
	return nil
}

// Run carries a drill out on a cluster that is whole. The error says why it
// could not begin; everything else is in the report.
func Run(ctx context.Context, d Drill, cluster Cluster, o Options) (*Report, error) {
	site, err := cluster.Site(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.fill(site); err != nil {
		return nil, err
	}
	r := &Report{
		Drill: d.Name, Does: d.Does, Group: o.Group, Began: time.Now().UTC(), Changes: []topology.Operation{}, Steps: []Said{}, OutagesMillis: []int64{},
		MedianMillis: d.Median.Milliseconds(), WorstMillis: d.Worst.Milliseconds(),
	}
	if missing := d.Needs.missing(site, o.Group); missing != "" {
		r.Verdict, r.Why = Unable, missing
		return r, nil
	}
	s, err := newScene(cluster, site, o.Group)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if d.Follow > 0 {
		s.follow = d.Follow
	}
	began := time.Now()
	s.say = func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		r.Steps = append(r.Steps, Said{Millis: time.Since(began).Milliseconds(), What: text})
		if o.Say != nil {
			o.Say(text)
		}
	}
	before, err := s.prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	r.Keyspace = s.load.keyspace
	began = time.Now()
	err = s.perform(ctx, d, r, o, before)
	r.judge(d, err)
	if r.Verdict != Broken && r.Verdict != Untold {
		s.tidy(ctx)
	}
	return r, nil
}

func (n Needs) missing(site Site, group string) string {
	members := 0
	for _, i := range site.Instances {
		if i.Group == group {
			members++
		}
	}
	for _, need := range []struct {
		what      string
		has, want int
	}{
		{"controllers", len(site.Controllers), n.Controllers},
		{"proxies", len(site.Proxies), n.Proxies},
		{"replicas in group " + group, members - 1, n.Replicas},
		{"members of etcd", len(site.Etcd), n.Etcd},
	} {
		if need.has < need.want {
			return fmt.Sprintf("it needs %d %s, and there are %d", need.want, need.what, need.has)
		}
	}
	return ""
}

// prepare sees to it that the cluster is whole, makes a keyspace and the load,
// and returns the changes of the group's primary that there have been.
func (s *scene) prepare(ctx context.Context, o Options) (map[string]bool, error) {
	c, err := s.whole(ctx)
	for _, id := range c.quarantined { // an earlier drill has left it
		err = errors.Join(err, s.rebuild(ctx, id))
	}
	if err != nil {
		return nil, fmt.Errorf("a drill begins on a cluster that is whole: %w", err)
	}
	keyspace := "drill_" + strings.ToLower(rand.Text()[:8])
	leader, err := s.leader(ctx)
	if err != nil {
		return nil, err
	}
	api := s.admins[leader.ID]
	if _, err := api.CreateKeyspace(ctx, admin.NewKeyspace{Name: keyspace}, false); err != nil {
		return nil, err
	}
	shards, err := api.Shards(ctx, keyspace)
	if err != nil {
		return nil, err
	}
	if s.load, err = openLoad(ctx, s.site, keyspace, o.Group, shards, o.Writers); err != nil {
		return nil, err
	}
	g, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	s.primary = g.Primary
	before := map[string]bool{}
	changes, err := s.changes(ctx, nil)
	var last time.Time
	for _, c := range changes {
		before[c.ID] = true
		if c.Kind == topology.OperationFailover && len(c.Steps) > 0 {
			last = c.Steps[len(c.Steps)-1].At
		}
	}
	return before, errors.Join(err, pause(ctx, cooldown-o.Calm-time.Since(last)))
}

// changes lists the changes of the group's primary that are not known, the
// oldest first.
func (s *scene) changes(ctx context.Context, known map[string]bool) ([]topology.Operation, error) {
	list, err := ask(ctx, s, func(ctx context.Context, c *admin.Client) ([]topology.Operation, error) {
		return c.Operations(ctx, s.group)
	})
	slices.Reverse(list)
	return slices.DeleteFunc(list, func(o topology.Operation) bool { return known[o.ID] }), err
}

// perform has clients write, breaks things, waits until all is whole, and
// compares.
func (s *scene) perform(ctx context.Context, d Drill, r *Report, o Options, before map[string]bool) error {
	s.load.begin(ctx)
	if err := errors.Join(pause(ctx, o.Calm), s.writes(ctx)); err != nil {
		return fmt.Errorf("%w: before anything was broken: %w", errNotTold, err)
	}
	calm := time.Now()
	var failed error
	for _, step := range d.Steps {
		if failed = step.do(ctx, s); failed != nil {
			failed = fmt.Errorf("%s: %w", step.Does, failed)
			break
		}
	}
	broken := time.Now()
	c, err := s.whole(ctx)
	r.WholeMillis = time.Since(broken).Milliseconds()
	if err == nil {
		s.say("the cluster is whole")
		err = s.writes(ctx)
	}
	s.load.end(endMax)
	s.tally(r, calm)
	r.Quarantined = c.quarantined
	changes, askErr := s.changes(ctx, before)
	r.Changes = append(r.Changes, changes...)
	if failed != nil || err != nil || askErr != nil {
		return errors.Join(failed, err, askErr)
	}
	f, err := s.check(ctx, c, s.dark())
	r.Lost, r.Broken = f.lost, f.broken
	for _, id := range c.quarantined {
		err = errors.Join(err, s.rebuild(ctx, id))
	}
	return err
}

// tally counts what clients were told.
func (s *scene) tally(r *Report, calm time.Time) {
	r.Told = s.load.told(r.Lost)
	acknowledged := s.load.acknowledged()
	for _, o := range s.outages {
		r.OutagesMillis = append(r.OutagesMillis, longestGap(acknowledged, o.from, o.to).Milliseconds())
	}
	r.CalmMillis = longestGap(acknowledged, s.load.begun.Add(calm.Sub(s.load.begun)/2), calm).Milliseconds()
}

// judge makes the verdict.
func (r *Report) judge(d Drill, err error) {
	done := 0
	for _, c := range r.Changes {
		if c.Outcome == topology.OutcomeDone {
			done++
		}
	}
	if r.Lost > 0 {
		r.Broken = append(r.Broken, fmt.Sprintf("%d acknowledged writes are lost", r.Lost))
	}
	if err == nil && (done < d.Changes.Min || done > d.Changes.Max) {
		r.Broken = append(r.Broken, fmt.Sprintf("the primary changed %d times, %d to %d were to be", done, d.Changes.Min, d.Changes.Max))
	}
	if d.Quiet && len(r.Errors) > 0 {
		r.Broken = append(r.Broken, fmt.Sprintf("clients were told errors: %v", r.Examples))
	}
	switch {
	case errors.Is(err, ErrUnable):
		r.Verdict, r.Why = Unable, err.Error()
		return
	case errors.Is(err, errNotTold) || errors.Is(err, context.Canceled):
		r.Verdict, r.Why = Untold, err.Error()
	case err != nil:
		r.Broken = append(r.Broken, err.Error())
	}
	if len(r.Broken) > 0 {
		r.Verdict = Broken
	} else if r.Verdict == "" {
		r.Verdict = Held
	}
}

// dark is when branches that were decided may not have been there yet: from each
// outage on until the load ended.
func (s *scene) dark() []bank.Outage {
	var all []bank.Outage
	for _, o := range s.outages {
		all = append(all, bank.Outage{From: o.from, To: s.load.ended})
	}
	return all
}

// tidy drops the keyspace.
func (s *scene) tidy(ctx context.Context) {
	leader, err := s.leader(ctx)
	if err == nil {
		_, err = s.admins[leader.ID].DropKeyspace(ctx, s.load.keyspace, false)
	}
	if err != nil {
		s.say("keyspace %s is left: %v", s.load.keyspace, err)
	}
}

func keys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
