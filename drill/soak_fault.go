package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/topology"
)

// fault is one way in which a soak breaks the group: short, and undone when its
// steps have ended. At its end the cluster can become whole by itself.
type fault struct {
	name  string
	needs Needs
	// changes bounds how often it makes the primary change; more than that was
	// not asked for.
	changes Between
	steps   []Step
}

// faults are what a soak chooses from. The first controller and all proxies but
// the first live through it, so that there is somebody whose memory can be
// judged.
func faults() []fault {
	whole := Needs{Replicas: 2, Controllers: 1, Proxies: 1}
	two := Needs{Replicas: 2, Controllers: 2, Proxies: 1}
	return []fault{
		{"kill-primary", whole, Between{0, 1}, []Step{outage(kill(thePrimary()), replaced())}},
		{"stop-primary", whole, Between{1, 1}, []Step{outage(freeze(thePrimary(), another(), wait10ths(20)))}},
		{"cut-replication", whole, Between{1, 1}, []Step{outage(loseReplicas(another(), wait10ths(10)))}},
		{"kill-replica", whole, Between{}, []Step{outage(kill(aReplica()), wait10ths(20))}},
		{"stop-replica", whole, Between{}, []Step{outage(freeze(aReplica(), wait10ths(50)))}},
		{"switchover", whole, Between{1, 1}, []Step{sound(), outage(switchover())}},
		{"double-failure", whole, Between{0, 3}, []Step{outage(kill(thePrimary()), replacing(topology.PhasePromote), killChosen(), replaced())}},
		{"acker-down", whole, Between{0, 1}, []Step{outage(freeze(aReplica(), wait10ths(10), kill(thePrimary()), wait10ths(30)))}},
		{"saturated", whole, Between{}, []Step{outage(saturate(wait10ths(50)))}},
		{"lose-controller", two, Between{}, []Step{outage(loseLeader(anotherLeads(), wait10ths(10)))}},
		{"lose-controller-in-failover", two, Between{0, 1}, []Step{outage(kill(thePrimary()), replacing(topology.PhaseFence), loseLeader(anotherLeads(), replaced()))}},
		{"stop-etcd", whole, Between{}, []Step{outage(freeze(theEtcd(), wait10ths(50)))}},
		{"kill-proxy", Needs{Proxies: 2}, Between{}, []Step{outage(kill(aProxy()), wait10ths(20))}},
		{"stale-proxy", Needs{Replicas: 2, Controllers: 1, Proxies: 2}, Between{1, 1}, []Step{outage(cutFromEtcd(wait10ths(10), freeze(thePrimary(), another()), wait10ths(20)))}},
	}
}

// Faults are the names of what a soak chooses from.
func Faults() []string {
	var names []string
	for _, f := range faults() {
		names = append(names, f.name)
	}
	return names
}

// choose returns the faults of some names, all if there are none, that a cluster
// can have.
func choose(only []string, site Site, group string) ([]fault, error) {
	for _, name := range only {
		if !slices.Contains(Faults(), name) {
			return nil, fmt.Errorf("drill: there is no fault %q; there are %s", name, strings.Join(Faults(), ", "))
		}
	}
	all := slices.DeleteFunc(faults(), func(f fault) bool {
		return len(only) > 0 && !slices.Contains(only, f.name) || f.needs.missing(site, group) != "" ||
			f.name == "stale-proxy" && site.Cuttable == ""
	})
	if len(all) == 0 {
		return nil, errors.New("drill: this cluster can have none of the faults")
	}
	return all, nil
}

// replaced waits until clients write again: on another primary, or on the one
// that was killed, if it was started again before it was sure that it is dead.
func replaced() Step {
	return Step{"wait until clients write again", func(ctx context.Context, s *scene) error {
		if err := s.writes(ctx); err != nil {
			return err
		}
		g, err := s.look(ctx)
		if err == nil && g.Primary == s.primary {
			s.say("%s is back, and still the primary", g.Primary)
		} else if err == nil {
			s.say("%s is the primary, term %d", g.Primary, g.Term)
		}
		return nil
	}}
}

// replacing waits as operation does, or until clients write again without one.
func replacing(phase topology.OperationPhase) Step {
	wanted := operation(phase)
	return Step{wanted.Does + ", or clients write again", func(ctx context.Context, s *scene) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		written := make(chan error, 1)
		go func() {
			written <- s.writes(ctx)
			cancel()
		}()
		err := wanted.do(ctx, s)
		cancel()
		if again := <-written; again == nil && s.chosen == "" {
			s.say("clients write again, and nobody was chosen")
			return nil
		}
		return err
	}}
}

// killChosen kills who was chosen to take over, if anybody was.
func killChosen() Step {
	return Step{"kill -9 the replica that takes over", func(ctx context.Context, s *scene) error {
		if s.chosen == "" {
			return nil
		}
		return kill(theChosen()).do(ctx, s)
	}}
}

// loseLeader kills the leading controller. The first controller is to live
// through a soak: it hangs instead, for as long as the steps take.
func loseLeader(meanwhile ...Step) Step {
	does := together("kill the leading controller", meanwhile)
	return Step{does, func(ctx context.Context, s *scene) error {
		leader, err := s.leader(ctx)
		if err != nil {
			return err
		}
		s.led = leader.ID
		if leader.ID == s.site.Controllers[0].ID {
			found := who{"the leading controller", func(context.Context, *scene) (Process, error) { return leader, nil }}
			return freeze(found, meanwhile...).do(ctx, s)
		}
		s.say("%s is killed", leader)
		if err := s.cluster.Kill(ctx, leader); err != nil {
			return err
		}
		return s.during(ctx, func(context.Context) error { return nil }, meanwhile)
	}}
}

// anotherLeads waits until another controller leads than the one that was lost.
func anotherLeads() Step {
	return Step{"wait until another controller leads", func(ctx context.Context, s *scene) error {
		ctx, cancel := context.WithTimeout(ctx, stepMax)
		defer cancel()
		for {
			leader, err := s.leader(ctx)
			if err == nil && leader.ID != s.led {
				s.say("%s leads", leader)
				return nil
			}
			if pause(ctx, lookPause) != nil {
				return errors.Join(fmt.Errorf("in vain, within %s: another controller than %s leads", stepMax, s.led), err)
			}
		}
	}}
}
