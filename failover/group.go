package failover

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/topology"
)

// observeTimeout bounds the questions to one instance.
const observeTimeout = time.Second

// quickTicks is how often in a row a group is looked at without a pause.
const quickTicks = 10

// group looks after one group, or with an empty id after the spares. It belongs
// to one goroutine.
type group struct {
	id         string
	store      Store
	source     *topology.Source
	stillLeads func(context.Context) error
	log        *slog.Logger
	report     func(GroupStatus)

	links map[string]*link
	// down is since when an instance does not answer.
	down map[string]time.Time
	// said is what was last logged, so that it is not repeated each second.
	said string
	beat heartbeat
}

// run looks after the group once per interval until ctx ends.
func (g *group) run(ctx context.Context, interval time.Duration) {
	g.links, g.down = make(map[string]*link), make(map[string]time.Time)
	defer func() {
		g.beat.stop()
		for _, l := range g.links {
			l.close()
		}
	}()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for quick := 0; ; {
		// When something was done, see at once what comes next; but what does
		// not get better by being done is not done in a tight loop.
		if g.tick(ctx) && quick < quickTicks && ctx.Err() == nil {
			quick++
			continue
		}
		quick = 0
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tick observes, decides and acts once. It reports whether it changed anything.
func (g *group) tick(ctx context.Context) (changed bool) {
	snap := g.source.Current()
	view, ok := g.look(ctx, snap)
	if !ok {
		return false
	}
	if g.id == "" {
		g.report(statusOf(view, nil))
		return false
	}
	actions := Decide(view, DefaultPolicy(snap.Version), time.Now())
	var lines []string
	var failed error
	for _, a := range actions {
		lines = append(lines, a.String())
		err := g.perform(ctx, view, a)
		if err != nil {
			lines = append(lines, "  failed: "+err.Error())
			failed = err
			break
		}
		changed = changed || a.Verb != VerbNote
	}
	if ctx.Err() == nil {
		g.say(lines, failed)
		g.report(statusOf(view, lines))
	}
	g.beat.follow(ctx, g, view)
	if changed && failed == nil {
		g.awaitTopology(ctx, snap.Version, actions)
		return true
	}
	return false
}

// awaitTopology waits, briefly, for what was just stored to come back.
func (g *group) awaitTopology(ctx context.Context, version int64, actions []Action) {
	for _, a := range actions {
		if a.Verb == VerbSetAckers || a.Verb == VerbOpen {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, _ = g.source.WaitFor(ctx, version+1)
			return
		}
	}
}

// say logs what is done and what is wrong, once.
func (g *group) say(lines []string, failed error) {
	text := strings.Join(lines, "; ")
	if text == g.said {
		return
	}
	g.said = text
	switch {
	case failed != nil:
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
	v.Instances = make([]Instance, len(members))
	uuids := make([]string, len(members))
	var wait sync.WaitGroup
	for i, member := range members {
		v.Instances[i] = Instance{ID: member.ID, Role: member.Role, Host: member.Host, Port: member.Port}
		wait.Go(func() { uuids[i] = g.ask(ctx, &v.Instances[i]) })
	}
	wait.Wait()
	g.compare(ctx, v.Instances, uuids)
	for i := range v.Instances {
		g.remember(&v.Instances[i])
	}
	return v, true
}

// ask fills in an instance's facts and returns its server_uuid.
func (g *group) ask(ctx context.Context, i *Instance) string {
	l := g.links[i.ID]
	if l == nil {
		i.Err = "its administrator's account is not known"
		return ""
	}
	i.StartedAt = l.startedAt
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	facts, uuid, err := observe(ctx, l.db)
	if err != nil {
		i.Err = err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			i.Err = "no answer within " + observeTimeout.String()
		}
		return ""
	}
	i.Facts = facts
	return uuid
}

// compare asks the primary what each replica has that it has not.
func (g *group) compare(ctx context.Context, instances []Instance, uuids []string) {
	for p := range instances {
		if instances[p].Role != topology.RolePrimary || !instances[p].Up() {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, observeTimeout)
		defer cancel()
		for r := range instances {
			if instances[r].Role != topology.RoleReplica || !instances[r].Up() {
				continue
			}
			extra, err := errant(ctx, g.links[instances[p].ID].db, uuids[p], instances[r].Executed)
			if err != nil {
				// Not compared is not trusted.
				instances[r].Err = "it could not be compared with the primary: " + err.Error()
				continue
			}
			instances[r].Errant = extra
		}
	}
}

// remember keeps since when an instance is down.
func (g *group) remember(i *Instance) {
	if i.Up() {
		delete(g.down, i.ID)
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
