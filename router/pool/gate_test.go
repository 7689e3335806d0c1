package pool

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// Safety rule 33: once a gate is closed and nothing is open, nothing begins,
// however many try at that moment.
func TestSafetyRule33NothingBeginsBehindAClosedGate(t *testing.T) {
	i := &Instance{target: target{id: "a"}}
	for range 200 {
		g := &gate{open: map[*Backend]struct{}{}, primary: i}
		var over atomic.Bool // the operator has seen: closed, and nothing open
		var late atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				b := &Backend{instance: i}
				for g.enter(b, false) == entryOpen {
					if over.Load() {
						late.Add(1)
					}
					b.Rest()
				}
			})
		}
		g.follow(i, true)
		for g.count() > 0 {
			continue // the grace
		}
		over.Store(true)
		all.Wait()
		if late.Load() > 0 || g.count() != 0 {
			t.Fatalf("%d began behind the closed gate, %d are open", late.Load(), g.count())
		}
	}
}

// world of one group of two servers that nobody can reach.
func gatedSnapshot(version int64, primary string, op *topology.Operation) *topology.Snapshot {
	account := topology.Account{User: "u", Password: topology.NewSecret("p")}
	s := &topology.Snapshot{
		Version: version, Accounts: map[string]topology.Account{"g": account},
		Groups: map[string]*topology.Group{"g": {ID: "g", Primary: primary, Term: version, Operation: op}}, Instances: map[string]*topology.Instance{},
	}
	for _, id := range []string{"a", "b", "c"} {
		s.Instances[id] = &topology.Instance{ID: id, Host: "127.0.0.1", Port: 1, Group: "g", Role: topology.RoleReplica}
	}
	s.Instances[primary].Role = topology.RolePrimary
	return s
}

// Safety rule 33: what the operation's phases do to the gate, and when a version
// counts as known.
func TestSafetyRule33TheGateFollowsTheOperation(t *testing.T) {
	c := New(Options{ProbeEvery: time.Hour})
	defer c.Close()
	try := func() error {
		_, _, err := c.GetPrimary(t.Context(), "g", Want{Variant: mysql.Variant{DeprecateEOF: true}})
		return err
	}
	switchover := &topology.Operation{Kind: topology.OperationSwitchover, Phase: topology.PhaseRequested, From: "a", To: "b"}
	for version, phase := range []topology.OperationPhase{
		topology.PhaseRequested, topology.PhaseAnnounced, topology.PhaseFence, topology.PhasePromote, topology.PhasePromote,
	} {
		op := *switchover
		op.Phase = phase
		c.Apply(gatedSnapshot(int64(version+1), "a", &op))
		if held, want := errors.Is(try(), ErrHeld), phase != topology.PhaseRequested; held != want {
			t.Errorf("%s: held %v, want %v", phase, held, want)
		}
		if got := c.Version(); got != int64(version+1) {
			t.Errorf("version %d is in effect, want %d", got, version+1)
		}
	}
	refusal := Refusal{At: time.Now()}
	if c.Ready("g", refusal) || !c.Holding("g") {
		t.Error("ready while the operation holds")
	}
	changed := c.Changed()
	c.Apply(gatedSnapshot(9, "b", nil))
	select {
	case <-changed:
	default:
		t.Error("who waits is not told")
	}
	var failed *InstanceError
	if !c.Ready("g", refusal) || c.Holding("g") {
		t.Error("still held after the operation")
	}
	if err := try(); !errors.As(err, &failed) || failed.Instance != "b" {
		t.Errorf("%v, want a try on the new primary", err)
	}
}

// A new primary cuts what is open on the old one; another account of the same
// server does not.
func TestADeposedPrimaryLosesWhatIsOpen(t *testing.T) {
	a, again, b := &Instance{target: target{id: "a"}}, &Instance{target: target{id: "a"}}, &Instance{target: target{id: "b"}}
	g := &gate{open: map[*Backend]struct{}{}}
	g.follow(a, false)
	conn := &Backend{Backend: &mysql.Backend{Conn: mysql.NewConn(closedConn(t), mysql.ConnOptions{})}, instance: a}
	if g.enter(conn, false) != entryOpen {
		t.Fatal("not let in")
	}
	g.follow(again, false)
	if conn.Deposed() {
		t.Fatal("deposed by a change of account")
	}
	if g.enter(&Backend{instance: a}, false) != entryElsewhere {
		t.Error("a connection of the old account was let in")
	}
	g.follow(b, false)
	if !conn.Deposed() {
		t.Error("not deposed")
	}
	if g.count() != 1 {
		t.Error("its holder has not given it back, but it does not count")
	}
	conn.Rest()
	if g.count() != 0 {
		t.Error("given back, but it counts")
	}
}

// What was open when an operation began may have been ended by the fence, also
// if the operation is given up; what began afterwards was not.
func TestWhatWasOpenInAnOperation(t *testing.T) {
	a := &Instance{target: target{id: "a"}}
	g := &gate{open: map[*Backend]struct{}{}}
	g.follow(a, false)
	before, after := &Backend{instance: a}, &Backend{instance: a}
	g.enter(before, false)
	g.follow(a, false)
	if before.Outheld() {
		t.Error("nothing was held")
	}
	g.follow(a, true)
	if !before.Outheld() {
		t.Error("held, and it does not know")
	}
	g.follow(a, false)
	g.enter(after, false)
	if !before.Outheld() || after.Outheld() {
		t.Errorf("given up: open before %t, open after %t", before.Outheld(), after.Outheld())
	}
}

// Readers leave the server that is about to be offline to those who have no other.
func TestTheNextPrimaryIsReadLast(t *testing.T) {
	c := New(Options{ProbeEvery: time.Hour})
	defer c.Close()
	c.Apply(gatedSnapshot(1, "a", &topology.Operation{Kind: topology.OperationSwitchover, Phase: topology.PhaseAnnounced, From: "a", To: "b"}))
	healthy := func(ids ...string) {
		for _, i := range c.Instances() {
			i.progress.Store(&Progress{Lag: LagUnknown})
		}
		for _, id := range ids {
			i, err := c.Instance(id)
			if err != nil {
				t.Fatal(err)
			}
			i.progress.Store(&Progress{At: time.Now(), Healthy: true})
		}
	}
	for _, want := range [][]string{{"c", "b", "c"}, {"b", "b"}} {
		healthy(want[1:]...)
		for range 20 {
			got, err := c.Choose("g", Read{})
			if err != nil || got.Instance.ID() != want[0] || !got.Ready {
				t.Fatalf("of %v: %v, %v, want %s", want[1:], got, err, want[0])
			}
		}
	}
	healthy()
	if _, err := c.Choose("g", Read{}); !errors.Is(err, ErrNoReplica) {
		t.Errorf("%v, want ErrNoReplica", err)
	}
}

func TestGetPrimaryEndsWithItsContext(t *testing.T) {
	c := New(Options{ProbeEvery: time.Hour})
	defer c.Close()
	c.Apply(gatedSnapshot(1, "a", nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.GetPrimary(ctx, "g", Want{}); err == nil {
		t.Error("no error")
	}
}

func closedConn(t *testing.T) net.Conn {
	t.Helper()
	near, far := net.Pipe()
	_ = far.Close()
	t.Cleanup(func() { _ = near.Close() })
	return near
}

// A connection that was lent while a fence ended the server's sessions is not kept
// when it comes back, though nobody has noticed anything on it.
func TestAConnectionFromBeforeAFenceIsNotKept(t *testing.T) {
	i := &Instance{target: target{id: "a"}}
	before, after := &Backend{instance: i, lent: true}, &Backend{instance: i, lent: true}
	i.dropIdle()
	after.epoch = i.epoch
	if i.keep(before) {
		t.Error("kept one from before")
	}
	if !i.keep(after) {
		t.Error("did not keep one from after")
	}
}

// Once a primary is held, nobody's connection to it is kept: whoever fences it ends
// few sessions while clients wait.
func TestAHeldPrimaryHasNoIdleConnections(t *testing.T) {
	c, i, s := alone(t, Options{})
	lent := get(t, i, Want{})
	get(t, i, Want{}).Release()
	snapshot := func(op *topology.Operation) *topology.Snapshot {
		return &topology.Snapshot{
			Groups:    map[string]*topology.Group{"g1": {ID: "g1", Primary: "a", Operation: op}},
			Instances: map[string]*topology.Instance{"a": {ID: "a", Host: s.Host, Port: s.Port, Group: "g1"}},
			Accounts:  map[string]topology.Account{"g1": {User: s.User, Password: topology.NewSecret(s.Password)}},
		}
	}
	op := topology.Operation{Kind: topology.OperationCutover, Phase: topology.PhaseRequested, From: "a"}
	c.Apply(snapshot(&op))
	if n := len(i.idle); n != 1 {
		t.Errorf("%d idle connections while nothing is held", n)
	}
	op.Phase = topology.PhaseAnnounced
	c.Apply(snapshot(&op))
	lent.Release()
	if n := len(i.idle); n != 0 {
		t.Errorf("%d idle connections while it is held", n)
	}
	c.Apply(snapshot(&op))
	get(t, i, Want{}).Release()
	if n := len(i.idle); n != 1 {
		t.Errorf("%d idle connections, of one that was opened after the announcement", n)
	}
}

// A transaction that is inside one closed gate comes to its end through another;
// nobody else does.
func TestWhoIsInsideComesToItsEnd(t *testing.T) {
	a := &Instance{target: target{id: "a"}}
	g := &gate{open: map[*Backend]struct{}{}}
	g.follow(a, true)
	if g.enter(&Backend{instance: a}, false) != entryClosed {
		t.Error("something began behind a closed gate")
	}
	b := &Backend{instance: a}
	if g.enter(b, true) != entryOpen || g.count() != 1 {
		t.Error("who was inside another gate was not let in, or is not counted")
	}
	if g.leave(b); g.count() != 0 {
		t.Error("it is counted still")
	}
}
