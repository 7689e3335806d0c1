package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// who names a process of the scene when a step is carried out.
type who struct {
	name string
	find func(ctx context.Context, s *scene) (Process, error)
}

// The processes that steps are about.
func thePrimary() who {
	return who{"the primary", func(_ context.Context, s *scene) (Process, error) { return Process{KindInstance, s.primary}, nil }}
}

func aReplica() who {
	return who{"a replica", func(ctx context.Context, s *scene) (Process, error) { return s.replica(ctx) }}
}

func theLeader() who {
	return who{"the leading controller", func(ctx context.Context, s *scene) (Process, error) { return s.leader(ctx) }}
}

func theChosen() who {
	return who{"the replica that takes over", func(_ context.Context, s *scene) (Process, error) {
		if s.chosen == "" {
			return Process{}, errors.New("nobody was chosen")
		}
		return Process{KindInstance, s.chosen}, nil
	}}
}

func aProxy() who {
	return who{"a proxy", func(_ context.Context, s *scene) (Process, error) {
		return Process{KindProxy, s.site.Proxies[0].ID}, nil
	}}
}

func theEtcd() who {
	return who{"etcd", func(context.Context, *scene) (Process, error) { return Process{Kind: KindEtcd}, nil }}
}

// kill ends a process; whoever runs it starts it again.
func kill(w who) Step {
	return Step{"kill -9 " + w.name, func(ctx context.Context, s *scene) error {
		p, err := w.find(ctx, s)
		if err != nil {
			return err
		}
		s.say("%s is killed", p)
		return s.cluster.Kill(ctx, p)
	}}
}

// together says what a step does while others are carried out.
func together(does string, meanwhile []Step) string {
	for _, m := range meanwhile {
		does += ", " + m.Does
	}
	return does
}

// freeze pauses a process for as long as some steps take.
func freeze(w who, meanwhile ...Step) Step {
	does := together("stop "+w.name+" (SIGSTOP)", meanwhile)
	return Step{does + ", let it go on", func(ctx context.Context, s *scene) error {
		p, err := w.find(ctx, s)
		if err != nil {
			return err
		}
		s.say("%s is paused", p)
		if err := s.cluster.Pause(ctx, p); err != nil {
			return err
		}
		return s.during(ctx, func(ctx context.Context) error {
			s.say("%s goes on", p)
			return s.cluster.Resume(ctx, p)
		}, meanwhile)
	}}
}

// during carries steps out, and ends what they are within, whatever happens.
func (s *scene) during(ctx context.Context, end func(ctx context.Context) error, steps []Step) (err error) {
	defer func() { err = errors.Join(err, end(context.WithoutCancel(ctx))) }()
	for _, step := range steps {
		if err := step.do(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", step.Does, err)
		}
	}
	return nil
}

func wait10ths(n int) Step {
	d := time.Duration(n) * 100 * time.Millisecond
	return Step{"wait " + d.String(), func(ctx context.Context, _ *scene) error { return pause(ctx, d) }}
}

// times repeats steps.
func times(n int, steps ...Step) Step {
	does := ""
	for at, step := range steps {
		if at > 0 {
			does += ", "
		}
		does += step.Does
	}
	return Step{fmt.Sprintf("%d times: %s", n, does), func(ctx context.Context, s *scene) error {
		for range n {
			for _, step := range steps {
				if err := step.do(ctx, s); err != nil {
					return err
				}
			}
		}
		return nil
	}}
}

// outage marks the time that steps take, and until writes go on after them, as
// one in which something is broken.
func outage(steps ...Step) Step {
	does := ""
	for at, step := range steps {
		if at > 0 {
			does += ", "
		}
		does += step.Does
	}
	return Step{does, func(ctx context.Context, s *scene) error {
		from := time.Now()
		for _, step := range steps {
			if err := step.do(ctx, s); err != nil {
				return err
			}
		}
		if err := s.writes(ctx); err != nil {
			return err
		}
		s.outages = append(s.outages, span{from, time.Now()})
		return nil
	}}
}

// another waits until the group has another primary and no operation.
func another() Step {
	return Step{"wait for another primary", func(ctx context.Context, s *scene) error {
		return s.until(ctx, "another primary", lookPause, func(g admin.GroupInfo) bool {
			if g.Primary == s.primary || g.Operation != nil {
				return false
			}
			s.say("%s is the primary, term %d", g.Primary, g.Term)
			return true
		})
	}}
}

// operation waits until a change of primary has come to a phase, or further, and
// takes note of who is chosen.
func operation(phase topology.OperationPhase) Step {
	return Step{"wait until a change of primary is in phase " + string(phase), func(ctx context.Context, s *scene) error {
		return s.until(ctx, "an operation in phase "+string(phase), closePause, func(g admin.GroupInfo) bool {
			if g.Primary != s.primary { // it was quicker
				s.chosen = g.Primary
				return true
			}
			if o := g.Operation; o == nil || o.Phase == topology.PhaseRequested || phase == topology.PhasePromote && o.Phase != phase {
				return false
			}
			s.chosen = g.Operation.To
			s.say("a %s is in phase %s, to %q", g.Operation.Kind, g.Operation.Phase, g.Operation.To)
			return true
		})
	}}
}

// switchoverTries is how often a switchover is asked for that is given up: that is
// no broken promise, and the pause it makes counts.
const switchoverTries = 5

// switchover has a replica take over, and takes the new primary for the one that
// is to be broken next.
func switchover() Step {
	return Step{"switch over to a replica", func(ctx context.Context, s *scene) error {
		leader, err := s.leader(ctx)
		if err != nil {
			return err
		}
		for try := 1; ; try++ {
			done, err := s.admins[leader.ID].Switchover(ctx, s.group, admin.Switchover{}, false)
			if _, refused := topology.AsRefused(err); refused && try < switchoverTries {
				s.say("%v", err)
				if err := sound().do(ctx, s); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			s.say("%s", done.Steps)
			g, err := s.look(ctx)
			s.primary = g.Primary
			return err
		}
	}}
}

// sound waits until a switchover would be done.
func sound() Step {
	return Step{"wait until the group is sound", func(ctx context.Context, s *scene) error {
		ctx, cancel := context.WithTimeout(ctx, stepMax)
		defer cancel()
		for {
			_, err := ask(ctx, s, func(ctx context.Context, c *admin.Client) (admin.Change, error) {
				return c.Switchover(ctx, s.group, admin.Switchover{}, true)
			})
			if err == nil {
				return nil
			}
			select {
			case <-time.After(5 * lookPause):
			case <-ctx.Done():
				return fmt.Errorf("group %s does not become ready for a switchover: %w", s.group, err)
			}
		}
	}}
}

// switchoverTo asks for a switchover, and carries steps out in the middle of it.
func switchoverTo(meanwhile ...Step) Step {
	does := together("ask for a switchover", meanwhile)
	return Step{does, func(ctx context.Context, s *scene) error {
		leader, err := s.leader(ctx)
		if err != nil {
			return err
		}
		asked := make(chan error, 1)
		go func() {
			_, err := s.admins[leader.ID].Switchover(ctx, s.group, admin.Switchover{}, false)
			asked <- err
		}()
		return s.during(ctx, func(context.Context) error {
			s.say("the switchover ended: %v", <-asked)
			return nil
		}, append([]Step{operation(topology.PhaseAnnounced)}, meanwhile...))
	}}
}

// cutFromEtcd cuts the proxy that can be from etcd, for as long as steps take.
func cutFromEtcd(meanwhile ...Step) Step {
	does := together("cut a proxy from etcd", meanwhile)
	return Step{does + ", let it reach etcd again", func(ctx context.Context, s *scene) error {
		if s.site.Cuttable == "" {
			return fmt.Errorf("%w: no proxy of this cluster can be cut from etcd", ErrUnable)
		}
		proxy, etcd := Process{KindProxy, s.site.Cuttable}, Process{Kind: KindEtcd}
		mend, err := s.cluster.Cut(ctx, Link{A: proxy, B: []Process{etcd}, Loss: 100})
		if err != nil {
			return err
		}
		s.say("%s is cut from etcd", proxy)
		return s.during(ctx, func(ctx context.Context) error {
			s.say("%s reaches etcd again", proxy)
			return mend(ctx)
		}, meanwhile)
	}}
}

// killEverything kills all but etcd.
func killEverything() Step {
	return Step{"kill -9 all servers, proxies and controllers", func(ctx context.Context, s *scene) error {
		var all []Process
		for _, i := range s.site.Instances {
			all = append(all, Process{KindInstance, i.ID})
		}
		for _, p := range s.site.Proxies {
			all = append(all, Process{KindProxy, p.ID})
		}
		for _, c := range s.site.Controllers {
			all = append(all, Process{KindController, c.ID})
		}
		s.say("everything is killed")
		for _, p := range all {
			if err := s.cluster.Kill(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}}
}
