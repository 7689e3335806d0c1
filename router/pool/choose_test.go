package pool

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

const testUUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562"

func gtids(t *testing.T, upTo int) mysql.GTIDSet {
	t.Helper()
	s, err := mysql.ParseGTIDSet(fmt.Sprintf("%s:1-%d", testUUID, upTo))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// still is a cluster without probers, whose replicas are as the test says.
func still(zone string, replicas map[string]Progress) *Cluster {
	c := New(Options{Zone: zone})
	g := &group{id: "g1", history: &history{}, turns: new(atomic.Uint64)}
	v := &view{instances: map[string]*Instance{}, groups: map[string]*group{"g1": g}}
	for id, p := range replicas {
		i := newInstance(c, target{id: id, zone: "zone-" + id[:1], group: "g1"})
		i.progress.Store(&p)
		v.instances[id] = i
		g.replicas = append(g.replicas, i)
	}
	c.view.Store(v)
	return c
}

func TestChooseRanksReplicas(t *testing.T) {
	now := time.Now()
	healthy := func(upTo int, lag time.Duration) Progress {
		return Progress{At: now, Healthy: true, GTIDs: gtids(t, upTo), Lag: lag}
	}
	stopped := healthy(9, 0)
	stopped.Stopped = true
	out := healthy(9, 0)
	out.Healthy = false
	for name, c := range map[string]struct {
		replicas map[string]Progress
		read     Read
		want     string
		ready    bool
	}{
		"same zone":             {map[string]Progress{"a1": healthy(9, 0), "b1": healthy(9, 0)}, Read{Need: gtids(t, 5)}, "a1", true},
		"ready before near":     {map[string]Progress{"a1": healthy(4, 0), "b1": healthy(9, 0)}, Read{Need: gtids(t, 5)}, "b1", true},
		"near before far":       {map[string]Progress{"a1": healthy(4, 0), "b1": healthy(4, 0)}, Read{Need: gtids(t, 5)}, "a1", false},
		"behind before stopped": {map[string]Progress{"a1": stopped, "b1": healthy(4, 0)}, Read{Need: gtids(t, 5)}, "b1", false},
		"stopped at last":       {map[string]Progress{"a1": stopped, "b1": out}, Read{Need: gtids(t, 5)}, "a1", true},
		"stopped too early":     {map[string]Progress{"a1": stopped}, Read{Need: gtids(t, 10)}, "", false},
		"out":                   {map[string]Progress{"a1": out}, Read{}, "", false},
		"nothing needed":        {map[string]Progress{"a1": healthy(1, LagUnknown)}, Read{}, "a1", true},
		"within the lag":        {map[string]Progress{"a1": healthy(1, time.Hour), "b1": healthy(1, time.Second)}, Read{MaxLag: time.Minute}, "b1", true},
		"beyond the lag":        {map[string]Progress{"a1": healthy(1, time.Hour)}, Read{MaxLag: time.Minute}, "", false},
		"lag not known":         {map[string]Progress{"a1": healthy(1, LagUnknown)}, Read{MaxLag: time.Minute}, "", false},
	} {
		cluster := still("zone-a", c.replicas)
		got, err := cluster.Choose("g1", c.read)
		if c.want == "" {
			if !errors.Is(err, ErrNoReplica) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			continue
		}
		if err != nil || got.Instance.ID() != c.want || got.Ready != c.ready {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		if ok, ready := got.Instance.CanServe(c.read); !ok || ready != c.ready {
			t.Errorf("%s: CanServe says %v, %v", name, ok, ready)
		}
	}
}

func TestChooseExcludesAndSpreads(t *testing.T) {
	p := Progress{At: time.Now(), Healthy: true}
	c := still("zone-r", map[string]Progress{"r1": p, "r2": p})
	r1, err := c.Instance("r1")
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if got, err := c.Choose("g1", Read{Exclude: r1}); err != nil || got.Instance == r1 {
			t.Fatal(got, err)
		}
	}
	for range 20 {
		got, err := c.Choose("g1", Read{})
		if err != nil {
			t.Fatal(err)
		}
		got.Instance.Settle()
	}
	for _, s := range c.Stats() {
		if s.Sessions != 10 {
			t.Errorf("%s has %d of 20 sessions", s.ID, s.Sessions)
		}
	}
	if _, err := c.Choose("g2", Read{}); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

func TestHistoryBoundsTheLag(t *testing.T) {
	var h history
	begin := time.Now()
	if got := h.lag(begin, gtids(t, 1)); got != LagUnknown {
		t.Errorf("without a moment: %v", got)
	}
	for n := range historyLen + 50 {
		h.add(begin.Add(time.Duration(n)*time.Second), gtids(t, n+1))
	}
	end := begin.Add(time.Duration(historyLen+50) * time.Second)
	for upTo, want := range map[int]time.Duration{
		historyLen + 99: time.Second,
		historyLen + 50: time.Second,
		historyLen + 40: 11 * time.Second,
		51:              historyLen * time.Second,
		50:              LagUnknown,
	} {
		if got := h.lag(end, gtids(t, upTo)); got != want {
			t.Errorf("executed up to %d: lag %v, want %v", upTo, got, want)
		}
	}
}

func TestServerGone(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("connection reset"), true},
		{errProbeTimeout, true},
		{t.Context().Err(), false},
		{&mysql.SideError{Side: mysql.BackendSide, Err: errors.New("EOF")}, true},
		{&mysql.SideError{Side: mysql.ClientSide, Err: errors.New("EOF")}, false},
		{mysql.NewError(mysql.ErServerOfflineMode, "offline"), true},
		{mysql.NewError(mysql.ErDupEntry, "duplicate"), false},
		{&InstanceError{Err: mysql.NewError(mysql.ErConCount, "too many")}, false},
		{&mysql.MalformedError{What: "x"}, false},
	} {
		if got := serverGone(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

func TestApplyFollowsTheTopology(t *testing.T) {
	c := New(Options{})
	defer c.Close()
	snapshot := func(port int, primary string) *topology.Snapshot {
		return &topology.Snapshot{
			Groups: map[string]*topology.Group{"g1": {ID: "g1", Primary: primary}},
			Instances: map[string]*topology.Instance{
				"a": {ID: "a", Host: "127.0.0.1", Port: port, Group: "g1"},
				"b": {ID: "b", Host: "127.0.0.1", Port: 1, Group: "g1"},
				"s": {ID: "s", Host: "127.0.0.1", Port: 1},
			},
			Accounts: map[string]topology.Account{"g1": {User: "u", Password: topology.NewSecret("p")}},
		}
	}
	c.Apply(snapshot(1, ""))
	if _, err := c.Primary("g1"); !errors.Is(err, ErrNoPrimary) {
		t.Error(err)
	}
	a, err := c.Instance("a")
	if err != nil {
		t.Fatal(err)
	}
	changed := c.Changed()
	c.Apply(snapshot(1, "a"))
	<-changed
	if p, err := c.Primary("g1"); err != nil || p != a || a.Removed() {
		t.Error(p, err)
	}
	if len(c.Instances()) != 2 {
		t.Error("a spare is not in use")
	}
	c.Apply(snapshot(2, "a"))
	if p, err := c.Primary("g1"); err != nil || p == a || !a.Removed() {
		t.Error("another address is another server")
	}
	if _, err := a.Get(t.Context(), Want{}); !errors.Is(err, ErrRemoved) {
		t.Error(err)
	}
	c.Apply(&topology.Snapshot{})
	if _, err := c.Primary("g1"); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

// Safety rule 16: shards that have come to a group are read from none of its
// replicas that does not have them yet, at whatever level, nor is one kept.
func TestSafetyRule16NoReplicaBelowTheFloor(t *testing.T) {
	now := time.Now()
	cluster := still("zone-a", map[string]Progress{
		"a1": {At: now, Healthy: true, GTIDs: gtids(t, 5)},
		"b1": {At: now, Healthy: true, GTIDs: gtids(t, 9)},
	})
	g := cluster.view.Load().groups["g1"]
	g.floor, g.floorText = gtids(t, 8), "8"
	for _, i := range g.replicas {
		i.group.Store(g)
	}
	for _, read := range []Read{{}, {Need: gtids(t, 3)}, {MaxLag: time.Hour}} {
		if c, err := cluster.Choose("g1", read); err != nil || c.Instance.ID() != "b1" {
			t.Errorf("%+v: %v, %v", read, c.Instance, err)
		}
	}
	if ok, _ := cluster.view.Load().instances["a1"].CanServe(Read{}); ok {
		t.Error("a session goes on with a replica that lacks the shards")
	}
}

// shares is how often each of r1 (weight 1), r2 (weight 3) and r3 (weight 1) is picked.
func shares(t *testing.T, c *Cluster, rules topology.Balancing) map[string]int {
	t.Helper()
	picked := map[string]int{}
	for range 1000 {
		got, err := c.Choose("g1", Read{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		picked[got.Instance.ID()]++
		got.Instance.Settle()
	}
	return picked
}

func TestRulesShareReads(t *testing.T) {
	now := time.Now()
	up := Progress{At: now, Healthy: true, Since: now.Add(-time.Hour), Lag: time.Second}
	late := up
	late.Lag = time.Minute
	fresh := up
	fresh.Since = now.Add(-time.Minute)
	for name, c := range map[string]struct {
		r3    Progress
		rules topology.Balancing
		// r3's share of 1000, at least and at most; r2 has three times as much as r1.
		least, most int
	}{
		"two choices":        {up, topology.Balancing{}, 170, 230},
		"least connections":  {up, topology.Balancing{Policy: topology.BalanceLeast}, 199, 201},
		"round robin":        {up, topology.Balancing{Policy: topology.BalanceRoundRobin}, 200, 200},
		"a lag is allowed":   {late, topology.Balancing{Policy: topology.BalanceRoundRobin, MaxLag: time.Hour}, 200, 200},
		"too far behind":     {late, topology.Balancing{Policy: topology.BalanceLeast, MaxLag: 10 * time.Second}, 0, 0},
		"slow start is over": {up, topology.Balancing{Policy: topology.BalanceRoundRobin, SlowStart: time.Minute}, 200, 200},
		"just come back":     {fresh, topology.Balancing{Policy: topology.BalanceRoundRobin, SlowStart: 10 * time.Minute}, 5, 60},
	} {
		cluster := still("zone-r", map[string]Progress{"r1": up, "r2": up, "r3": c.r3})
		cluster.view.Load().instances["r2"].share.Store(3)
		got := shares(t, cluster, c.rules)
		if got["r3"] < c.least || got["r3"] > c.most {
			t.Errorf("%s: r3 is picked %d times of 1000", name, got["r3"])
		}
		if few, many := got["r1"]*25/10, got["r1"]*35/10; name != "just come back" && (got["r2"] < few || got["r2"] > many) {
			t.Errorf("%s: r1 is picked %d times and r2, of three times the weight, %d", name, got["r1"], got["r2"])
		}
	}
}

func TestRulesTakeAnyZone(t *testing.T) {
	p := Progress{At: time.Now(), Healthy: true}
	for any, want := range map[bool]int{false: 0, true: 500} {
		c := still("zone-a", map[string]Progress{"a1": p, "b1": p})
		got := shares(t, c, topology.Balancing{Policy: topology.BalanceRoundRobin, AnyZone: any})
		if got["b1"] != want {
			t.Errorf("any zone %v: a replica elsewhere is picked %d times of 1000", any, got["b1"])
		}
	}
}
