package failover

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// observeTimeout bounds the questions to one instance, hungTimeout those to one
// that did not answer before.
const (
	observeTimeout = time.Second
	hungTimeout    = 200 * time.Millisecond
)

// urgentPause is how soon a group is looked at again in which something is
// wrong or under way.
const urgentPause = 100 * time.Millisecond

// quickTicks is how often in a row a group is looked at without a pause.
const quickTicks = 10

// group looks after one group, or with an empty id after the spares. It belongs
// to one goroutine.
type group struct {
	id         string
	store      Store
	source     *topology.Source
	stillLeads func(context.Context) error
	proxies    Proxies
	policy     Policy
	log        *slog.Logger
	report     func(GroupStatus, View)

	links map[string]*link
	// down is since when an instance does not answer.
	down map[string]time.Time
	// heard is when a replica was last seen to have got anything.
	heard map[string]hearing
	// executed is what each instance had executed when it last answered.
	executed map[string]string
	// barred is since when a replica acknowledges nothing to the primary.
	barred map[string]barred
	// failedOver is when this controller last replaced a dead primary.
	failedOver time.Time
	// unwritten is the ended operation whose new primary, of a term, has
	// acknowledged no heartbeat yet; empty if there is none.
	unwritten     string
	unwrittenTerm int64
	// said is what was last logged, so that it is not repeated each second.
	said string
	beat heartbeat
}

// hearing is what a replica's receiver had got, and since when.
type hearing struct {
	progress string
	at       time.Time
}

// run looks after the group once per interval until ctx ends.
func (g *group) run(ctx context.Context, interval time.Duration) {
	g.links, g.down, g.heard, g.executed = make(map[string]*link), make(map[string]time.Time), make(map[string]hearing), make(map[string]string)
	g.barred = make(map[string]barred)
	g.beat.kick = make(chan struct{}, 1)
	defer func() {
		g.beat.stop()
		for _, l := range g.links {
			l.close()
		}
	}()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for quick := 0; ; {
		asked := g.source.Changed() // perhaps an operation is asked for
		// When something was done, see at once what comes next; but what does
		// not get better by being done is not done in a tight loop.
		changed, urgent := g.tick(ctx)
		if changed && quick < quickTicks && ctx.Err() == nil {
			quick++
			continue
		}
		quick = 0
		var soon <-chan time.Time
		if urgent {
			soon = time.After(urgentPause)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-soon:
		case <-g.beat.kick:
		case <-asked:
		}
	}
}

// tick observes, decides and acts once. It reports whether it changed anything,
// and whether the group is to be looked at again soon.
func (g *group) tick(ctx context.Context) (changed, urgent bool) {
	snap := g.source.Current()
	view, ok := g.look(ctx, snap)
	if !ok {
		return false, false
	}
	if g.id == "" {
		g.report(statusOf(view, nil), view)
		return false, false
	}
	policy := g.policy
	policy.Revision = snap.Version
	actions := Decide(view, policy, time.Now())
	urgent = view.Group.Operation != nil || Diagnose(view, policy, time.Now()).Code != Sound
	var lines, meaning []string
	var failed error
	alarm := false
	stopped := g.stopReceivers(ctx, view, actions)
	for _, a := range actions {
		lines, meaning = append(lines, a.String()), append(meaning, a.meaning())
		alarm = alarm || a.Alarm
		err, done := stopped[a.Instance]
		if a.Verb != VerbStopReceiver || !done {
			err = g.perform(ctx, view, a)
		}
		if err != nil {
			lines = append(lines, "  failed: "+err.Error())
			meaning = append(meaning, "failed: "+err.Error())
			failed = err
			break
		}
		changed = changed || a.Verb != VerbNote
	}
	if ctx.Err() == nil {
		g.say(lines, meaning, alarm || failed != nil)
		g.report(statusOf(view, lines), view)
	}
	g.beat.follow(ctx, g, view)
	g.noteFirstWrite(ctx)
	if changed && failed == nil {
		g.awaitTopology(ctx, snap.Version, actions)
		return true, urgent
	}
	return false, urgent
}

// noteFirstWrite adds to the timeline of the last operation when the new primary
// first acknowledged a heartbeat.
func (g *group) noteFirstWrite(ctx context.Context) {
	if g.unwritten == "" {
		return
	}
	if at := g.beat.firstWrite(g.unwrittenTerm); !at.IsZero() {
		// A timeline that lacks a step does no harm.
		_ = g.store.AddStep(ctx, g.id, g.unwritten, topology.OperationStep{Name: "first write", At: at.UTC()})
		g.unwritten = ""
	}
}

// stopReceivers stops all receivers that are to be stopped at the same time: a
// server takes seconds for one whose source hangs. It returns how each went.
func (g *group) stopReceivers(ctx context.Context, v View, actions []Action) map[string]error {
	results := make(map[string]error)
	var mu sync.Mutex
	var wait sync.WaitGroup
	for _, a := range actions {
		if a.Verb == VerbStopReceiver {
			wait.Go(func() {
				err := g.perform(ctx, v, a)
				mu.Lock()
				defer mu.Unlock()
				results[a.Instance] = err
			})
		}
	}
	wait.Wait()
	return results
}

// awaitTopology waits, briefly, for what was just stored to come back.
func (g *group) awaitTopology(ctx context.Context, version int64, actions []Action) {
	for _, a := range actions {
		if slices.Contains([]Verb{VerbSetAckers, VerbWork, VerbDone, VerbSettle, VerbOpen, VerbBegin, VerbAnnounce, VerbAdvance, VerbEnd}, a.Verb) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, _ = g.source.WaitFor(ctx, version+1)
			return
		}
	}
}

// say logs what is done and what is wrong, once for each change of its meaning.
func (g *group) say(lines, meaning []string, bad bool) {
	text := strings.Join(lines, "; ")
	if said := strings.Join(meaning, "; "); said != g.said {
		g.said = said
	} else {
		return
	}
	switch {
	case bad:
		g.log.Warn("group", "group", g.id, "actions", text)
	case text == "":
		g.log.Info("group is healthy", "group", g.id)
	default:
		g.log.Info("group", "group", g.id, "actions", text)
	}
}

// look asks all members at the same time. It returns false when the group is
// no longer in the topology.
func (g *group) look(ctx context.Context, snap *topology.Snapshot) (View, bool) {
	var v View
	var members []*topology.Instance
	if g.id == "" {
		for _, instance := range snap.Instances {
			if instance.Role == topology.RoleSpare {
				members = append(members, instance)
			}
		}
	} else {
		record := snap.Groups[g.id]
		if record == nil {
			return v, false
		}
		v.Group, v.Account = *record, snap.Accounts[g.id].User
		members = snap.Members(g.id)
	}
	g.keepLinks(ctx, members)
	beaten := g.beat.acknowledged() // before anybody is asked
	v.Instances = make([]Instance, len(members))
	var wait sync.WaitGroup
	for i, member := range members {
		v.Instances[i] = Instance{ID: member.ID, Role: member.Role, Host: member.Host, Port: member.Port, Zone: member.Zone, Drained: member.Drained, Job: member.Job}
		hurry := v.Group.Operation != nil || member.ID == v.Group.Primary
		wait.Go(func() { g.ask(ctx, &v.Instances[i], hurry) })
	}
	patience := observeTimeout
	if _, down := g.down[v.Group.Primary]; down {
		patience = hungTimeout
	}
	wait.Go(func() { v.BeatSince, v.BeatState = g.beat.waiting(ctx, patience) })
	wait.Wait()
	g.compare(ctx, &v)
	for i := range v.Instances {
		g.remember(&v.Instances[i])
	}
	g.proveStrikes(&v, beaten)
	v.FailedOver = g.failedOver
	return v, true
}

// ask fills in an instance's facts. In a hurry, one that was down gets less time:
// while an operation is under way, and always a primary, so that its replicas'
// word on it is heard before their receivers begin to look for it, which takes
// seconds to stop.
func (g *group) ask(ctx context.Context, i *Instance, hurry bool) {
	l := g.links[i.ID]
	if l == nil {
		i.Err = "its administrator's account is not known"
		return
	}
	i.StartedAt, i.DemotedAt, i.Copying = l.startedAt, l.demotedAt, l.copying()
	timeout := observeTimeout
	if _, down := g.down[i.ID]; down && hurry {
		timeout = hungTimeout // the others must not wait for it
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	facts, err := observe(ctx, l.db)
	if errno(err) == mysql.ErAccessDenied && i.Job != nil {
		if g.relogin(l, i.Job) == nil {
			facts, err = observe(ctx, l.db)
		}
	}
	if err == nil && i.Job != nil {
		facts.Clone, err = askClone(ctx, l.db)
	}
	if err != nil {
		i.Err = err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			i.Err = "no answer within " + timeout.String()
		}
		i.Refused = errno(err) != 0
		return
	}
	i.Facts = facts
}

// compare asks the primary, or the one that is to be, what each other member
// has that it has not.
func (g *group) compare(ctx context.Context, v *View) {
	primary := v.leading()
	if primary == nil || !primary.Up() {
		return
	}
	retrieved := ""
	if primary.Source != nil {
		retrieved = primary.Source.Retrieved
	}
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	for r := range v.Instances {
		i := &v.Instances[r]
		if i == primary || !i.Up() {
			continue
		}
		extra, err := errant(ctx, g.links[primary.ID].db, primary.UUID, retrieved, i.Executed)
		if err != nil {
			// Not compared is not trusted.
			i.Err = "it could not be compared with the primary: " + err.Error()
			continue
		}
		i.Errant = extra
	}
}

// remember keeps since when an instance is down, and when it last heard of its
// source.
func (g *group) remember(i *Instance) {
	if i.Up() {
		g.executed[i.ID] = i.Executed
	}
	i.LastExecuted = g.executed[i.ID]
	if i.Up() {
		delete(g.down, i.ID)
		if i.Source == nil {
			delete(g.heard, i.ID)
			return
		}
		if was, known := g.heard[i.ID]; !known || was.progress != i.Source.Progress {
			g.heard[i.ID] = hearing{progress: i.Source.Progress, at: time.Now()}
		}
		i.HeardAt = g.heard[i.ID].at
		return
	}
	if _, known := g.down[i.ID]; !known {
		g.down[i.ID] = time.Now()
	}
	i.DownSince = g.down[i.ID]
}

// keepLinks makes and ends links so that there is one for each member.
func (g *group) keepLinks(ctx context.Context, members []*topology.Instance) {
	wanted := make(map[string]bool, len(members))
	for _, member := range members {
		wanted[member.ID] = true
		if l := g.links[member.ID]; l != nil {
			if l.instance.Host == member.Host && l.instance.Port == member.Port {
				continue
			}
			l.close()
			delete(g.links, member.ID)
		}
		l, err := newLink(ctx, g.store, *member)
		if err != nil {
			g.log.Warn("no way to an instance", "instance", member.ID, "err", err)
			continue
		}
		g.links[member.ID] = l
	}
	for id, l := range g.links {
		if !wanted[id] {
			l.close()
			delete(g.links, id)
		}
	}
}

// account returns the account that the group's proxies log in with.
func (g *group) account() topology.Account { return g.source.Current().Accounts[g.id] }
