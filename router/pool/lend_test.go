package pool

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// alone is a cluster of one real server, the primary of g1.
func alone(t *testing.T, o Options) (*Cluster, *Instance, *testkit.MySQL) {
	t.Helper()
	s := testkit.Server(t, testkit.Options{})
	c := New(o)
	t.Cleanup(c.Close)
	c.Apply(&topology.Snapshot{
		Groups:    map[string]*topology.Group{"g1": {ID: "g1", Primary: "a"}},
		Instances: map[string]*topology.Instance{"a": {ID: "a", Host: s.Host, Port: s.Port, Group: "g1"}},
		Accounts:  map[string]topology.Account{"g1": {User: s.User, Password: topology.NewSecret(s.Password)}},
	})
	i, err := c.Primary("g1")
	if err != nil {
		t.Fatal(err)
	}
	return c, i, s
}

// until waits for a condition that a change of the cluster brings about.
func until(t *testing.T, c *Cluster, what string, ok func() bool) {
	t.Helper()
	end := time.After(20 * time.Second)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		changed := c.Changed()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-poll.C:
		case <-end:
			for _, s := range c.Stats() {
				t.Logf("%s: %+v", s.ID, s.Progress)
			}
			t.Fatalf("%s: never came true", what)
		}
	}
}

func get(t *testing.T, i *Instance, w Want) *Backend {
	t.Helper()
	b, err := i.Get(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGetReusesTheConnectionUsedLast(t *testing.T) {
	_, i, _ := alone(t, Options{})
	x, y := get(t, i, Want{}), get(t, i, Want{})
	if x.ConnectionID == y.ConnectionID {
		t.Fatal("one connection was lent twice")
	}
	x.State.Schema = "shop"
	x.Release()
	y.Release()
	if b := get(t, i, Want{}); b != y {
		t.Error("not the one used last")
	} else {
		b.Release()
	}
	if b := get(t, i, Want{Schema: "shop"}); b != x {
		t.Error("not the one with the schema asked for")
	} else {
		b.Release()
	}
	if b := get(t, i, Want{Schema: "other"}); b != x {
		t.Error("not the one used last")
	} else {
		b.Release()
	}
	other := get(t, i, Want{Variant: mysql.Variant{DeprecateEOF: true}})
	if other == x || other == y {
		t.Error("a connection of another variant")
	}
	other.Release()
}

func TestReleaseDestroysWhatIsNotClean(t *testing.T) {
	c, i, _ := alone(t, Options{})
	b := get(t, i, Want{})
	if err := errors.Join(b.WriteQuery("SELECT 1"), b.Flush()); err != nil {
		t.Fatal(err)
	}
	b.Release()
	again := get(t, i, Want{})
	if again == b {
		t.Error("a connection with an answer outstanding was lent")
	}
	again.Destroy()
	if s := c.Stats()[0]; s.Idle != 0 || s.Outstanding != 0 || s.Dials != 2 {
		t.Errorf("%+v", s)
	}
	defer func() {
		if recover() == nil {
			t.Error("a second Destroy passed")
		}
	}()
	again.Destroy()
}

func TestGetIsBounded(t *testing.T) {
	_, i, _ := alone(t, Options{MaxPerInstance: 2, MaxWaiters: 1})
	x, y := get(t, i, Want{}), get(t, i, Want{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := i.Get(ctx, Want{})
	var where *InstanceError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &where) || where.Instance != "a" {
		t.Error(err)
	}
	type got struct {
		b   *Backend
		err error
	}
	waiting := make(chan got)
	go func() {
		b, err := i.Get(t.Context(), Want{Variant: mysql.Variant{FoundRows: true}})
		waiting <- got{b, err}
	}()
	for i.waiters.Load() == 0 {
		runtime.Gosched()
	}
	if _, err := i.Get(t.Context(), Want{}); !errors.Is(err, ErrTooManyWaiters) {
		t.Error(err)
	}
	x.Release() // another variant: it must give way
	g := <-waiting
	if g.err != nil {
		t.Fatal(g.err)
	}
	if len(i.idle) != 0 {
		t.Error("three connections exist where two may")
	}
	g.b.Release()
	y.Release()
}

func TestGetSkipsDeadConnections(t *testing.T) {
	_, i, _ := alone(t, Options{})
	b, admin := get(t, i, Want{}), get(t, i, Want{})
	if _, err := admin.Query(fmt.Sprintf("KILL %d", b.ConnectionID)); err != nil {
		t.Fatal(err)
	}
	for b.Alive() {
		if _, err := admin.Query("SELECT 1"); err != nil {
			t.Fatal(err)
		}
	}
	b.Release()
	i.mu.Lock()
	b.idleFrom = b.idleFrom.Add(-trustIdle)
	i.mu.Unlock()
	fresh := get(t, i, Want{})
	if fresh == b {
		t.Fatal("a killed connection was lent")
	}
	if _, err := fresh.Query("SELECT 1"); err != nil {
		t.Error(err)
	}
	fresh.Release()
	admin.Release()
	i.sweep(time.Now().Add(time.Hour))
	if len(i.idle) != 0 {
		t.Error("idle for an hour and still there")
	}
}

func TestConnectionsOutliveNeitherServerNorCluster(t *testing.T) {
	c, i, _ := alone(t, Options{})
	lent, idle := get(t, i, Want{}), get(t, i, Want{})
	idle.Release()
	c.Close()
	if _, err := idle.Query("SELECT 1"); err == nil {
		t.Error("an idle connection outlived the cluster")
	}
	if _, err := lent.Query("SELECT 1"); err != nil {
		t.Errorf("a lent connection was closed under its holder: %v", err)
	}
	lent.Release()
	if _, err := lent.Query("SELECT 1"); err == nil {
		t.Error("a connection was kept after the end")
	}
	c.Close()
}

func TestGetFromWhereNobodyListens(t *testing.T) {
	c := New(Options{})
	defer c.Close()
	c.Apply(&topology.Snapshot{
		Groups:    map[string]*topology.Group{"g1": {ID: "g1", Primary: "a"}},
		Instances: map[string]*topology.Instance{"a": {ID: "a", Host: "127.0.0.1", Port: 1, Group: "g1"}},
		Accounts:  map[string]topology.Account{"g1": {User: "u"}},
	})
	_, err := c.Get(t.Context(), "a", Want{})
	var where *InstanceError
	if !errors.As(err, &where) || where.Op != "connect" {
		t.Error(err)
	}
	if s := c.Stats()[0]; s.Progress.Healthy || s.Outstanding != 0 || s.Errors == 0 {
		t.Errorf("%+v", s)
	}
	if _, err := c.Get(t.Context(), "b", Want{}); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

func BenchmarkGetRelease(b *testing.B) {
	s := testkit.Server(b, testkit.Options{})
	c := New(Options{})
	defer c.Close()
	c.Apply(&topology.Snapshot{
		Groups:    map[string]*topology.Group{"g1": {ID: "g1", Primary: "a"}},
		Instances: map[string]*topology.Instance{"a": {ID: "a", Host: s.Host, Port: s.Port, Group: "g1"}},
		Accounts:  map[string]topology.Account{"g1": {User: s.User, Password: topology.NewSecret(s.Password)}},
	})
	i, err := c.Primary("g1")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		conn, err := i.Get(b.Context(), Want{})
		if err != nil {
			b.Fatal(err)
		}
		conn.Release()
	}
}
