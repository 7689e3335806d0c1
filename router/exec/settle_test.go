package exec

import (
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/topology"
)

// unreachable is a group whose primary nobody can reach, and a keyspace that each
// version of the topology changes.
func unreachable(version int64, op *topology.Operation) *topology.Snapshot {
	return &topology.Snapshot{
		Version: version, Accounts: map[string]topology.Account{"g": {User: "u", Password: topology.NewSecret("p")}},
		Groups:    map[string]*topology.Group{"g": {ID: "g", Primary: "a", Term: 1, Operation: op}},
		Instances: map[string]*topology.Instance{"a": {ID: "a", Host: "127.0.0.1", Port: 1, Group: "g", Role: topology.RolePrimary}},
		Keyspaces: map[string]*topology.Keyspace{"k": {Name: "k", SchemaVersion: version}},
	}
}

// Before it reads, a session sees to a branch that it owes; it is held meanwhile,
// and shards move. That is nothing to a branch; and when the session has given
// up, nobody waits behind it.
func TestABranchIsSeenToWhileShardsMove(t *testing.T) {
	pools := pool.New(pool.Options{})
	defer pools.Close()
	source := topology.NewSource()
	publish := func(version int64, op *topology.Operation) {
		source.Publish(unreachable(version, op))
		pools.Apply(source.Current())
	}
	publish(1, &topology.Operation{ID: "x", Kind: topology.OperationSwitchover, Phase: topology.PhaseAnnounced, From: "a", To: "b"})
	env := &Environment{Topology: source, Pools: pools, Log: slog.New(slog.DiscardHandler)}
	env.Limits.Hold = HoldLimits{Window: time.Second, Statements: 2, Bytes: 100}
	s := NewSession(env, mysql.NewConn(nil, mysql.ConnOptions{}), Identity{}, "")
	s.Starts(1)
	s.replan = true // a SELECT
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("a defect: %v", r)
		}
		if n := env.HoldStats().Now["g"]; n != 0 {
			t.Errorf("%d statements still wait", n)
		}
	}()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for env.HoldStats().Now["g"] == 0 && t.Context().Err() == nil {
			<-tick.C
		}
		publish(2, nil) // what was held is tried again
	})
	var my *mysql.Error
	if _, err := s.plainly(t.Context(), "g"); !errors.As(err, &my) || my.Code != mysql.ErLockWaitTimeout {
		t.Errorf("the primary does not answer: %v", err)
	}
	if !s.replan || s.began == nil {
		t.Error("the client's statement has forgotten when it was planned")
	}
}
