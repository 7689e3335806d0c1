package pool

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// replicated is a group of three real servers: primary a, replicas b and c.
type replicated struct {
	servers map[string]*testkit.MySQL
	dbs     map[string]*sql.DB
	cluster *Cluster
}

func startReplicated(t *testing.T, o Options) *replicated {
	t.Helper()
	r := &replicated{servers: map[string]*testkit.MySQL{}, dbs: map[string]*sql.DB{}}
	s := &topology.Snapshot{
		Groups:    map[string]*topology.Group{"g1": {ID: "g1", Primary: "a"}},
		Instances: map[string]*topology.Instance{},
		Accounts:  map[string]topology.Account{"g1": {User: "proxy", Password: topology.NewSecret("secret")}},
	}
	for _, id := range []string{"a", "b", "c"} {
		m := testkit.OwnServer(t, testkit.Options{Name: id})
		r.servers[id], r.dbs[id] = m, m.DB(t, "")
		testkit.Exec(t, r.dbs[id], "RESET BINARY LOGS AND GTIDS")
		s.Instances[id] = &topology.Instance{ID: id, Host: m.Host, Port: m.Port, Group: "g1", Role: topology.RoleReplica}
	}
	for _, id := range []string{"b", "c"} {
		testkit.Exec(t, r.dbs[id],
			fmt.Sprintf("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=%d, SOURCE_USER='%s', SOURCE_PASSWORD='%s', "+
				"SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1",
				r.servers["a"].Port, r.servers["a"].User, r.servers["a"].Password),
			"START REPLICA")
	}
	// A session has the privileges that its account had when it began, so the account
	// is there with all it may, or not at all.
	testkit.Exec(t, r.dbs["a"],
		"CREATE USER nascent IDENTIFIED BY 'secret'",
		"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON *.* TO nascent", "RENAME USER nascent TO proxy",
		"CREATE DATABASE shop", "CREATE TABLE shop.t (a INT PRIMARY KEY)")
	r.cluster = New(o)
	t.Cleanup(r.cluster.Close)
	r.cluster.Apply(s)
	until(t, r.cluster, "all servers in use", func() bool { return r.healthy("a") && r.healthy("b") && r.healthy("c") })
	return r
}

func (r *replicated) progress(id string) *Progress {
	i, err := r.cluster.Instance(id)
	if err != nil {
		return &Progress{}
	}
	return i.Progress()
}

func (r *replicated) healthy(id string) bool { return r.progress(id).Healthy }

// write inserts a row on the primary and returns the GTID of that.
func (r *replicated) write(t *testing.T, value int) mysql.GTIDSet {
	t.Helper()
	b, err := r.cluster.Get(t.Context(), "a", Want{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	if _, err := b.Query("SET SESSION session_track_gtids = OWN_GTID"); err != nil {
		t.Fatal(err)
	}
	res, err := b.Query(fmt.Sprintf("INSERT INTO shop.t VALUES (%d)", value))
	if err != nil {
		t.Fatal(err)
	}
	set, err := mysql.ParseGTIDSet(res.GTID)
	if err != nil || set.IsZero() {
		t.Fatal(err, res.GTID)
	}
	return set
}

// choices counts what Choose picks in a hundred.
func (r *replicated) choices(t *testing.T, read Read) map[string]int {
	t.Helper()
	n := map[string]int{}
	for range 100 {
		c, err := r.cluster.Choose("g1", read)
		if err != nil {
			t.Fatal(err)
		}
		if c.Ready {
			n[c.Instance.ID()]++
		}
	}
	return n
}

// TestReplicas goes through a replica's life: late, stopped, frozen, killed
// (safety rules 12 and 13 rest on what is known here).
func TestReplicas(t *testing.T) {
	r := startReplicated(t, Options{})
	wrote := r.write(t, 1)
	until(t, r.cluster, "both replicas have the write", func() bool {
		n := r.choices(t, Read{Need: wrote})
		return n["b"] > 0 && n["c"] > 0
	})
	until(t, r.cluster, "both are within a second", func() bool {
		n := r.choices(t, Read{Need: wrote, MaxLag: time.Second})
		return n["b"] > 0 && n["c"] > 0
	})
	t.Run("late", func(t *testing.T) { lateReplica(t, r) })
	t.Run("stopped", func(t *testing.T) { stoppedReplica(t, r) })
	t.Run("frozen", func(t *testing.T) { frozenReplica(t, r) })
	t.Run("offline", func(t *testing.T) { offlineReplica(t, r) })
	t.Run("killed", func(t *testing.T) { killedReplica(t, r) })
}

// lateReplica: an applier held up by a lock falls behind, and reads that need
// the write go to the other replica alone.
func lateReplica(t *testing.T, r *replicated) {
	conn, err := r.dbs["b"].Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "LOCK TABLES shop.t WRITE"); err != nil {
		t.Fatal(err)
	}
	wrote := r.write(t, 2)
	until(t, r.cluster, "c has the write", func() bool { return r.choices(t, Read{Need: wrote})["c"] == 100 })
	until(t, r.cluster, "b lags", func() bool {
		p := r.progress("b")
		return p.Lag > 400*time.Millisecond && p.Lag < LagUnknown
	})
	if p := r.progress("c"); p.Lag > r.progress("b").Lag {
		t.Errorf("c lags by %v", p.Lag)
	}
	if _, err := conn.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	until(t, r.cluster, "b has the write", func() bool { return r.choices(t, Read{Need: wrote})["b"] > 0 })
}

func stoppedReplica(t *testing.T, r *replicated) {
	testkit.Exec(t, r.dbs["b"], "STOP REPLICA SQL_THREAD")
	until(t, r.cluster, "b is left out", func() bool { return r.choices(t, Read{})["b"] == 0 })
	testkit.Exec(t, r.dbs["b"], "START REPLICA", "STOP REPLICA IO_THREAD")
	until(t, r.cluster, "b is left out", func() bool { return r.progress("b").Stopped })
	testkit.Exec(t, r.dbs["b"], "START REPLICA")
	until(t, r.cluster, "b is back", func() bool { return r.choices(t, Read{})["b"] > 0 })
}

func frozenReplica(t *testing.T, r *replicated) {
	r.servers["b"].Process.Pause()
	until(t, r.cluster, "b is left out", func() bool { return !r.healthy("b") })
	if err := r.progress("b").Err; !errors.Is(err, errProbeTimeout) {
		t.Error(err)
	}
	r.servers["b"].Process.Resume()
	until(t, r.cluster, "b is back", func() bool { return r.healthy("b") })
}

func offlineReplica(t *testing.T, r *replicated) {
	b, err := r.cluster.Get(t.Context(), "b", Want{})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Exec(t, r.dbs["b"], "SET GLOBAL offline_mode = ON")
	until(t, r.cluster, "b is left out", func() bool { return !r.healthy("b") })
	if _, err := b.Query("SELECT 1"); err == nil {
		t.Error("offline, and it answers")
	}
	b.Release()
	_, err = r.cluster.Get(t.Context(), "b", Want{})
	var refused *mysql.Error
	if !errors.As(err, &refused) || refused.Code != mysql.ErServerOfflineMode {
		t.Error(err)
	}
	testkit.Exec(t, r.dbs["b"], "SET GLOBAL offline_mode = OFF")
	until(t, r.cluster, "b is back", func() bool { return r.healthy("b") })
}

// killedReplica: the first to see it takes it out for all, before any probe.
func killedReplica(t *testing.T, r *replicated) {
	b, err := r.cluster.Get(t.Context(), "b", Want{})
	if err != nil {
		t.Fatal(err)
	}
	r.servers["b"].Process.Kill()
	_, err = b.Query("SELECT 1")
	if err == nil {
		t.Fatal("killed, and it answers")
	}
	b.Instance().Failed(&mysql.SideError{Side: mysql.BackendSide, Op: "read answer", Err: err})
	b.Destroy()
	if n := r.choices(t, Read{}); n["c"] != 100 {
		t.Errorf("picked %v", n)
	}
	if r.progress("b").Err == nil {
		t.Error("no reason given")
	}
}
