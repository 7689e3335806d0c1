package failover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// observeTimeout bounds the questions to one instance, hungTimeout those to one
// that did not answer before, replacedTimeout those to a dead primary that is being
// replaced: each step of that begins with such questions.
const (
	observeTimeout  = time.Second
	hungTimeout     = 200 * time.Millisecond
	replacedTimeout = 50 * time.Millisecond
)

// urgentPause is how soon a group is looked at again in which something is wrong,
// operationPause one whose primary is being changed, since clients wait, unless
// that takes longer than operationHurry.
const (
	urgentPause    = 100 * time.Millisecond
	operationPause = 20 * time.Millisecond
	operationHurry = 10 * time.Second
)

// slowAction is when it is logged how long an action took.
const slowAction = 300 * time.Millisecond

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
	// unsynced is Instance.Unsynced, by id.
	unsynced map[string]string
	// executed is what each instance had executed when it last answered.
	executed map[string]string
	// owed is what the primary had executed at the last look, by the replicas that
	// were connected to it.
	owed map[string]owed
	// barred is since when a replica acknowledges nothing to the primary.
	barred map[string]barred
	// failedOver is when a dead primary was last replaced, recalled whether the
	// record was asked what other controllers have done.
	failedOver time.Time
	recalled   bool
	// stored is the version of the topology that this controller has stored last
	// for the group.
	stored int64
	// unwritten is the ended operation whose new primary, of a term, has
	// acknowledged no heartbeat yet; empty if there is none.
	unwritten     string
	unwrittenTerm int64
	// said is what was last logged, so that it is not repeated each second.
	said string
	beat heartbeat
}

// owed is what a primary had executed.
type owed struct{ primary, executed string }

// hearing is what a replica's receiver had got, and since when.
type hearing struct {
	progress string
	at       time.Time
}

// run looks after the group once per interval until ctx ends.
func (g *group) run(ctx context.Context, interval time.Duration) {
	g.links, g.down, g.heard, g.executed = make(map[string]*link), make(map[string]time.Time), make(map[string]hearing), make(map[string]string)
	g.barred, g.unsynced = make(map[string]barred), make(map[string]string)
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
		changed, pause := g.tick(ctx)
		if changed && quick < quickTicks && ctx.Err() == nil {
			quick++
			continue
		}
		quick = 0
		var soon <-chan time.Time
		if pause > 0 {
			soon = time.After(pause)
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
// and how soon the group is to be looked at again; 0 is at the next interval.
func (g *group) tick(ctx context.Context) (changed bool, pause time.Duration) {
	snap := g.source.Current()
	view, ok := g.look(ctx, snap)
	if !ok {
		return false, 0
	}
	if g.id == "" {
		g.report(statusOf(view, nil), view)
		return false, 0
	}
	if !g.recalled {
		g.recall(ctx)
		view.FailedOver = g.failedOver
	}
	policy := g.policy
	policy.Revision = snap.Version
	actions := Decide(view, policy, time.Now())
	switch {
	case view.Group.Operation != nil && time.Since(view.Group.Operation.Began()) < operationHurry:
		pause = operationPause
	case view.Group.Operation != nil:
		pause = urgentPause
	case Diagnose(view, policy, time.Now()).Code != Sound:
		pause = urgentPause
	}
	var lines, meaning []string
	var failed error
	alarm := false
	for n := 0; n < len(actions) && failed == nil; {
		batch := actions[n : n+atOnce(actions[n:])]
		n += len(batch)
		errs, took := g.performAll(ctx, view, batch)
		for i, a := range batch {
			lines, meaning = append(lines, a.String()+slowly(took[i])), append(meaning, a.meaning())
			alarm = alarm || a.Alarm
			if errs[i] != nil {
				lines = append(lines, "  failed: "+errs[i].Error())
				meaning = append(meaning, "failed: "+errs[i].Error())
				failed = errs[i]
				continue
			}
			changed = changed || a.Verb != VerbNote
		}
	}
	if ctx.Err() == nil {
		g.say(lines, meaning, alarm || failed != nil)
		g.report(statusOf(view, lines), view)
	}
	g.beat.follow(ctx, g, view)
	g.noteFirstWrite(ctx)
	if changed && failed == nil {
		g.awaitTopology(ctx)
		return true, pause
	}
	return false, pause
}

// recall finds out when the group last failed over: it may have been another
// controller that saw to it. What cannot be asked now is asked again.
func (g *group) recall(ctx context.Context) {
	list, err := g.store.Operations(ctx, g.id)
	if err != nil {
		return
	}
	g.recalled = true
	for n := range list { // the newest first
		if o := &list[n]; o.Kind == topology.OperationFailover && o.Outcome == topology.OutcomeDone && o.To != o.From {
			g.failedOver = lastStep(o)
			return
		}
	}
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

// performAll carries out actions at the same time, and returns how each went and how
// long it took.
func (g *group) performAll(ctx context.Context, v View, actions []Action) (errs []error, took []time.Duration) {
	errs, took = make([]error, len(actions)), make([]time.Duration, len(actions))
	var wait sync.WaitGroup
	for i, a := range actions {
		wait.Go(func() {
			began := time.Now()
			errs[i] = g.perform(ctx, v, a)
			took[i] = time.Since(began)
		})
	}
	wait.Wait()
	return errs, took
}

// slowly says how long an action took if that is more than clients of a group whose
// primary changes should wait for all of them.
func slowly(took time.Duration) string {
	if took < slowAction {
		return ""
	}
	return fmt.Sprintf(" (took %s)", took.Round(time.Millisecond))
}

// atOnce is how many of the next actions are carried out at the same time: each
// takes its time, on a server of its own, and none needs what another does.
func atOnce(actions []Action) int {
	first, n := actions[0].Verb, 1
	for n < len(actions) {
		next := actions[n].Verb
		if !(first == VerbStopReceiver && next == VerbStopReceiver || first == VerbDemote && next == VerbClose || first == VerbDetach && next == VerbFollow) {
			break
		}
		n++
	}
	return n
}

// awaitTopology waits, briefly, for what was just stored to come back.
func (g *group) awaitTopology(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, _ = g.source.WaitFor(ctx, g.stored)
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
		patience := g.patience(&v.Group, member.ID)
		wait.Go(func() { g.ask(ctx, &v.Instances[i], patience) })
	}
	patience := g.patience(&v.Group, v.Group.Primary)
	wait.Go(func() { v.BeatSince, v.BeatState = g.beat.waiting(ctx, patience) })
	wait.Wait()
	g.compare(ctx, &v)
	for i := range v.Instances {
		g.remember(&v.Instances[i])
	}
	g.owe(&v)
	g.proveStrikes(&v, beaten)
	v.FailedOver = g.failedOver
	return v, true
}

// patience bounds the questions to an instance. One that was down gets less time
// while an operation is under way that has begun to change something, and a primary always, so that its replicas'
// word on it is heard before their receivers begin to look for it, which takes
// seconds to stop.
func (g *group) patience(group *topology.Group, instance string) time.Duration {
	o := group.Operation
	_, down := g.down[instance]
	idle := o == nil || o.Phase == topology.PhaseRequested
	switch {
	case !down || idle && instance != group.Primary:
		return observeTimeout
	case o != nil && o.Kind == topology.OperationFailover && o.From == instance:
		return replacedTimeout
	}
	return hungTimeout
}

// ask fills in an instance's facts.
func (g *group) ask(ctx context.Context, i *Instance, timeout time.Duration) {
	l := g.links[i.ID]
	if l == nil {
		i.Err = "its administrator's account is not known"
		return
	}
	i.StartedAt, i.DemotedAt, i.SkippedAt, i.Copying = l.startedAt, l.demotedAt, l.skippedAt, l.copying()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	copied := i.Job != nil && i.Job.Phase == topology.InstanceCloning
	facts, err := observe(ctx, l.db, copied)
	if errno(err) == mysql.ErAccessDenied && i.Job != nil {
		if g.relogin(l, i.Job) == nil {
			facts, err = observe(ctx, l.db, copied)
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
		i.Refused, i.Full = errno(err) != 0, isFull(err)
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
	i.Unsynced = g.unsyncedOf(i)
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

// owe keeps what replicas must have received by the next look.
func (g *group) owe(v *View) {
	before := g.owed
	g.owed = make(map[string]owed, len(v.Instances))
	p := v.instance(v.Group.Primary)
	if p == nil || !p.Up() {
		return
	}
	for _, r := range v.replicas() {
		if !r.Up() || !r.Source.points(p) || !r.Source.running() {
			continue
		}
		if was, known := before[r.ID]; known && was.primary == p.ID {
			r.Owed = &was.executed
		}
		g.owed[r.ID] = owed{p.ID, p.Executed}
	}
}

// unsyncedOf keeps what a replica had received before it was seen to sync its relay log.
func (g *group) unsyncedOf(i *Instance) string {
	switch _, known := g.unsynced[i.ID]; {
	case !i.Up() || i.Source == nil || !i.SyncsRelay:
		delete(g.unsynced, i.ID)
	case !known:
		g.unsynced[i.ID] = i.Source.Retrieved
	}
	return g.unsynced[i.ID]
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
