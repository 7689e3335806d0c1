package drill

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shardway/shardway/admin"
)

// many names processes of the scene when a step is carried out.
type many struct {
	name string
	find func(ctx context.Context, s *scene) ([]Process, error)
}

// The ends of a link that is cut.
func everybody() many {
	return many{"everybody", func(context.Context, *scene) ([]Process, error) { return nil, nil }}
}

func theReplicas() many {
	return many{"its replicas", func(ctx context.Context, s *scene) ([]Process, error) {
		g, err := s.look(ctx)
		var all []Process
		for _, i := range g.Instances {
			if i.ID != g.Primary {
				all = append(all, Process{KindInstance, i.ID})
			}
		}
		return all, err
	}}
}

func theControllers() many {
	return many{"the controllers", func(_ context.Context, s *scene) ([]Process, error) {
		var all []Process
		for _, c := range s.site.Controllers {
			all = append(all, Process{KindController, c.ID})
		}
		return all, nil
	}}
}

func oneProxy() many {
	return many{"a proxy", func(_ context.Context, s *scene) ([]Process, error) {
		return []Process{{KindProxy, s.site.Proxies[0].ID}}, nil
	}}
}

// cutLink cuts a process from others for as long as steps take.
func cutLink(a who, way Way, b many, meanwhile ...Step) Step {
	does := fmt.Sprintf("cut %s from %s", a.name, b.name)
	switch way {
	case In:
		does += " (it hears nothing)"
	case Out:
		does += " (nothing of its is heard)"
	case BothWays:
	}
	return disturb(does, a, b, Link{Way: way, Loss: 100}, meanwhile)
}

// loseSome has packets between a process and everybody get lost while steps go on.
func loseSome(a who, percent int, meanwhile ...Step) Step {
	return disturb(fmt.Sprintf("have %d %% of the packets from and to %s get lost", percent, a.name), a, everybody(), Link{Loss: percent}, meanwhile)
}

// narrow bounds how much a process can send while steps go on.
func narrow(a who, kilobits int, meanwhile ...Step) Step {
	return disturb(fmt.Sprintf("have %s send at most %d kbit/s", a.name, kilobits), a, everybody(), Link{Way: Out, Kilobits: kilobits}, meanwhile)
}

// delay has everything that a process sends come late while steps go on.
func delay(a who, late time.Duration, meanwhile ...Step) Step {
	return disturb(fmt.Sprintf("have all that %s sends come %s late", a.name, late), a, everybody(), Link{Way: Out, Delay: late}, meanwhile)
}

func disturb(does string, a who, b many, l Link, meanwhile []Step) Step {
	return Step{together(does, meanwhile) + ", mend it", func(ctx context.Context, s *scene) (err error) {
		l := l
		if l.A, err = a.find(ctx, s); err != nil {
			return err
		}
		if l.B, err = b.find(ctx, s); err != nil {
			return err
		}
		if err := l.Check(); err != nil {
			return err
		}
		mend, err := s.cluster.Cut(ctx, l)
		if err != nil {
			return err
		}
		s.say("%s", l)
		return s.during(ctx, func(ctx context.Context) error {
			s.say("no longer so: %s", l)
			return mend(ctx)
		}, meanwhile)
	}}
}

// probeMax is how long a server that must acknowledge nothing is watched.
const probeMax = 2 * time.Second

// acknowledgesNothing writes to the primary that was, directly, which must not
// be acknowledged: nobody else can have it.
func acknowledgesNothing() Step {
	return Step{"write to the old primary directly, in vain", func(ctx context.Context, s *scene) error {
		ctx, cancel := context.WithTimeout(ctx, probeMax)
		defer cancel()
		_, err := s.servers[s.primary].ExecContext(ctx, fmt.Sprintf("INSERT INTO `%s`.seq VALUES (%d, 1)", s.load.keyspace, s.load.spare))
		if err == nil {
			return fmt.Errorf("%w: %s is not the primary any more, and acknowledged a write", errBroken, s.primary)
		}
		s.say("%s acknowledges nothing: %v", s.primary, err)
		return nil
	}}
}

// nobodyElse sees to it that no other server of the group takes writes.
func nobodyElse() Step {
	return Step{"see that no other server takes writes", func(ctx context.Context, s *scene) error {
		for _, i := range s.site.Instances {
			if i.Group != s.group || i.ID == s.primary {
				continue
			}
			state, err := askServer(ctx, s.servers[i.ID])
			if err != nil {
				return fmt.Errorf("%w: %s: %w", errNotTold, i.ID, err)
			}
			if !state.readOnly {
				return fmt.Errorf("%w: %s takes writes, and %s is the primary", errBroken, i.ID, s.primary)
			}
		}
		return nil
	}}
}

// within carries steps out, which must not take longer than a bound.
func within(bound time.Duration, what string, steps ...Step) Step {
	return Step{together("within "+bound.String(), steps), func(ctx context.Context, s *scene) error {
		from := time.Now()
		for _, step := range steps {
			if err := step.do(ctx, s); err != nil {
				return err
			}
		}
		took := time.Since(from)
		s.say("%s after %d ms", what, took.Milliseconds())
		if took > bound {
			return fmt.Errorf("%w: %s after %s, it was to be within %s", errBroken, what, took.Round(time.Millisecond), bound)
		}
		return nil
	}}
}

// writesAgain waits until clients' writes are acknowledged.
func writesAgain() Step {
	return Step{"wait until clients write", func(ctx context.Context, s *scene) error { return s.writes(ctx) }}
}

// replacedOrBack waits until the group's primary takes writes: another one, or
// the one that was.
func replacedOrBack() Step {
	return Step{"wait until the group has a primary that takes writes", func(ctx context.Context, s *scene) error {
		if err := s.writes(ctx); err != nil {
			return err
		}
		return s.until(ctx, "no operation is under way", lookPause, func(g admin.GroupInfo) bool {
			at := slices.IndexFunc(s.site.Instances, func(i Instance) bool { return i.ID == g.Primary })
			if g.Operation != nil || at < 0 {
				return false
			}
			s.say("%s is the primary, term %d", g.Primary, g.Term)
			return true
		})
	}}
}
