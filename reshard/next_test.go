package reshard

import (
	"testing"
	"time"

	"github.com/shardway/shardway/topology"
)

func TestNext(t *testing.T) {
	copying := topology.Move{Phase: topology.MoveCopying}
	verified := copying
	verified.VerifiedAt = time.Unix(1, 0)
	stopped := copying
	stopped.Stopped = "somebody changed a table"
	following := topology.Move{Phase: topology.MoveFollowing, VerifiedAt: time.Unix(1, 0)}
	turned := following
	turned.Switched, turned.Turns = true, 1
	unverified := turned
	unverified.VerifiedAt = time.Time{}
	locked := following
	locked.Locked = []string{"g1"}
	flowing := observation{prepared: true, flowing: true}
	copied := observation{prepared: true, flowing: true, copied: true}
	for name, c := range map[string]struct {
		m    topology.Move
		o    observation
		want step
	}{
		"a new move":                               {copying, observation{}, stepPrepare},
		"the tables are there":                     {copying, observation{prepared: true}, stepFlow},
		"rows are copied":                          {copying, flowing, stepWait},
		"all are copied":                           {copying, copied, stepVerify},
		"they are equal":                           {verified, copied, stepFollow},
		"a flow cannot go on":                      {copying, observation{prepared: true, stopped: true}, stepWait},
		"another controller found that":            {stopped, observation{}, stepWait},
		"a new controller, after the copy":         {following, observation{}, stepFlow},
		"the other side follows":                   {following, copied, stepWait},
		"it has followed since a change over":      {unverified, observation{prepared: true, flowing: true, copied: true, retired: true}, stepVerify},
		"a new controller, after a change over":    {turned, observation{}, stepRetire},
		"and then the other way round":             {turned, observation{retired: true}, stepFlow},
		"a fence is left":                          {locked, copied, stepUnlock},
		"whoever changed over died":                {topology.Move{Phase: topology.MoveSwitching}, copied, stepRelease},
		"whoever changed back died":                {topology.Move{Phase: topology.MoveSwitching, Switched: true, Turns: 1}, observation{}, stepRelease},
		"complete":                                 {topology.Move{Phase: topology.MoveCompleting, Switched: true, Turns: 1}, copied, stepDrop},
		"cancel, also one that cannot go on":       {topology.Move{Phase: topology.MoveCancelling, Stopped: "x"}, observation{}, stepDrop},
		"a phase that only a later release writes": {topology.Move{Phase: "resting"}, copied, stepWait},
	} {
		if got := next(&c.m, c.o); got != c.want {
			t.Errorf("%s: step %d, want %d", name, got, c.want)
		}
	}
}
