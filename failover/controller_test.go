package failover_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

// cluster is one group g1 of real servers a, b, c, with a topology in etcd.
type cluster struct {
	store   *etcd.Store
	source  *topology.Source
	servers map[string]*testkit.MySQL
	t       *testing.T // the whole test's, not a part's
	policy  failover.Policy
	proxies failover.Proxies
	// told is what controllers log.
	told telling
}

// telling keeps what is written to it.
type telling struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *telling) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

// has reports whether some text was written.
func (w *telling) has(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(w.text.String(), text)
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	return newClusterOf(t, testkit.Options{Fenced: true}, "a", "b", "c")
}

// newClusterOf makes a group of the given members; the first is its primary.
func newClusterOf(t *testing.T, o testkit.Options, ids ...string) *cluster {
	t.Helper()
	store, err := etcd.Open(etcd.Options{Endpoints: []string{testkit.Etcd(t)}, Cluster: testkit.Name()})
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{store: store, source: topology.NewSource(), servers: map[string]*testkit.MySQL{}, t: t}
	ctx, cancel := context.WithCancel(context.Background())
	followed := make(chan struct{})
	go func() { defer close(followed); store.Follow(ctx, c.source, "") }()
	t.Cleanup(func() {
		cancel()
		<-followed
		_ = store.Close()
	})
	for _, id := range ids {
		c.servers[id] = testkit.OwnServer(t, o)
	}
	_, err = store.Update(t.Context(), func(d *topology.Draft) error {
		for id, s := range c.servers {
			credential := topology.Account{User: s.User, Password: topology.NewSecret(s.Password)}
			if err := d.AddInstance(topology.Instance{ID: id, Host: s.Host, Port: s.Port}, credential); err != nil {
				return err
			}
		}
		return d.CreateGroup("g1", ids[0], ids[1:], topology.Account{User: "shardway_p1", Password: topology.NewSecret("secret")})
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lead starts a controller and returns what stops it and waits for its end.
func (c *cluster) lead(t *testing.T, id string) (*failover.Controller, func()) {
	t.Helper()
	l, err := c.store.Campaign(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	under := c.store.Under(l)
	controller, err := failover.New(failover.Options{
		Store: under, Source: c.source, Interval: 50 * time.Millisecond,
		StillLeads: func(ctx context.Context) error { return c.store.StillLeads(ctx, l) },
		Policy:     c.policy,
		Proxies:    c.proxies,
		Log:        slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &c.told), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(l.Context())
	done := make(chan struct{})
	go func() { defer close(done); controller.Run(ctx) }()
	stop := func() { cancel(); <-done; l.Resign(context.Background()) }
	t.Cleanup(stop)
	return controller, stop
}

// within waits until ok holds; the bound is generous, for a loaded machine.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(3 * time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatal("in vain: ", what)
		case <-tick.C:
		}
	}
}

// stateOf returns what the controller last saw of an instance.
func stateOf(c *failover.Controller, id string) failover.State {
	for _, group := range c.Status() {
		for _, i := range group.Instances {
			if i.ID == id {
				return i.State
			}
		}
	}
	return ""
}

func (c *cluster) addSpare(t *testing.T, id string) {
	t.Helper()
	s := testkit.OwnServer(c.t, testkit.Options{Fenced: true})
	c.servers[id] = s
	_, err := c.store.Update(t.Context(), func(d *topology.Draft) error {
		credential := topology.Account{User: s.User, Password: topology.NewSecret(s.Password)}
		return d.AddInstance(topology.Instance{ID: id, Host: s.Host, Port: s.Port}, credential)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func healthy(c *failover.Controller) func() bool {
	return func() bool {
		for _, s := range c.Status() {
			if s.Group == "g1" {
				return s.Healthy
			}
		}
		return false
	}
}

// asProxy returns a pool of the proxies' account; it lives as long as the
// cluster, though a subtest asks for it.
func (c *cluster) asProxy(t *testing.T, id string) *sql.DB {
	t.Helper()
	cfg := c.servers[id].Config("")
	cfg.User, cfg.Passwd = "shardway_p1", "secret"
	return testkit.Open(c.t, cfg)
}

func (c *cluster) restart(t *testing.T, id string) {
	t.Helper()
	c.servers[id].Process.Kill()
	s, err := mysqld.Start(t.Context(), c.servers[id].Options)
	if err != nil {
		t.Fatal(err)
	}
	c.t.Cleanup(s.Kill)
	c.servers[id].Process = s
}

func number(err error) uint16 {
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

func TestGroupBecomesHealthyAndStaysSo(t *testing.T) {
	c := newCluster(t)
	controller, stop := c.lead(t, "one")
	within(t, "a new group becomes healthy", healthy(controller))
	group := c.source.Current().Groups["g1"]
	if group.Primary != "a" || len(group.Ackers) != 2 {
		t.Fatalf("group is %+v", group)
	}
	primary := c.asProxy(t, "a")
	testkit.Exec(t, primary, "CREATE DATABASE shop", "CREATE TABLE shop.t (a INT PRIMARY KEY)", "INSERT INTO shop.t VALUES (1)")
	for _, id := range []string{"b", "c"} {
		replica := c.asProxy(t, id)
		within(t, "the row is on "+id, func() bool {
			var n int
			return replica.QueryRow("SELECT COUNT(*) FROM shop.t").Scan(&n) == nil && n == 1
		})
		if _, err := replica.Exec("INSERT INTO shop.t VALUES (2)"); number(err) != 1290 {
			t.Errorf("a write on %s: %v, want 1290", id, err)
		}
	}
	t.Run("the primary is restarted", func(t *testing.T) {
		c.restart(t, "a")
		within(t, "a new term", func() bool { return c.source.Current().Groups["g1"].Term > group.Term })
		within(t, "healthy again", healthy(controller))
		primary = c.asProxy(t, c.primary()) // whichever was quicker: the restart, or a replica
		testkit.Exec(t, primary, "INSERT INTO shop.t VALUES (3)")
	})
	t.Run("a replica is restarted", func(t *testing.T) {
		id := "b"
		if c.primary() == id {
			id = "a"
		}
		c.restart(t, id)
		within(t, "it is seen down or is healthy", healthy(controller))
		replica := c.asProxy(t, id)
		within(t, "reads on it", func() bool { return replica.Ping() == nil })
	})
	t.Run("a heartbeat", func(t *testing.T) {
		var first, second string
		beat := "SELECT beat_at FROM _shardway.heartbeat"
		if err := primary.QueryRow(beat).Scan(&first); err != nil {
			t.Fatal(err)
		}
		within(t, "the next heartbeat", func() bool { return primary.QueryRow(beat).Scan(&second) == nil && second != first })
	})
	t.Run("a group of an older release gets the tables", func(t *testing.T) {
		testkit.Exec(t, c.servers[c.primary()].DB(t, ""), "DROP TABLE _shardway.decision", "DROP TABLE _shardway.branch")
		within(t, "decisions can be written", func() bool {
			_, err := primary.Exec("INSERT INTO _shardway.decision (gtrid, outcome) VALUES ('a', 'abort')")
			return err == nil
		})
		within(t, "so can branches", func() bool {
			_, err := primary.Exec("INSERT INTO _shardway.branch (gtrid) VALUES ('a')")
			return err == nil
		})
		within(t, "the proxies' account can forget both", func() bool {
			_, err := primary.Exec("DELETE FROM _shardway.decision")
			_, err2 := primary.Exec("DELETE FROM _shardway.branch")
			_, err3 := primary.Exec("XA RECOVER")
			return err == nil && err2 == nil && err3 == nil
		})
		within(t, "healthy with them", healthy(controller))
	})
	t.Run("a spare becomes a replica", func(t *testing.T) {
		c.addSpare(t, "d")
		within(t, "the spare is seen", func() bool { return stateOf(controller, "d") == failover.StateSpare })
		if _, err := c.store.Update(t.Context(), func(d *topology.Draft) error { return d.AddReplica("g1", "d") }); err != nil {
			t.Fatal(err)
		}
		within(t, "it is listed as an acker", func() bool { return slices.Contains(c.source.Current().Groups["g1"].Ackers, "d") })
		within(t, "it serves", func() bool { return stateOf(controller, "d") == failover.StateServing })
		replica := c.asProxy(t, "d")
		within(t, "it has all rows", func() bool {
			var n int
			return replica.QueryRow("SELECT COUNT(*) FROM shop.t").Scan(&n) == nil && n == 2
		})
	})
	t.Run("another controller takes over", func(t *testing.T) {
		stop()
		controller, _ = c.lead(c.t, "two")
		within(t, "healthy under another controller", healthy(controller))
	})
	t.Run("a replica with transactions of its own is fenced", func(t *testing.T) {
		admin := c.servers["c"].DB(t, "")
		testkit.Exec(t, admin, "SET GLOBAL super_read_only = OFF", "CREATE DATABASE errant")
		within(t, "it is seen", func() bool { return stateOf(controller, "c") == failover.StateDiverged })
		var offline, readOnly bool
		within(t, "it is fenced", func() bool {
			err := admin.QueryRow("SELECT @@GLOBAL.offline_mode, @@GLOBAL.super_read_only").Scan(&offline, &readOnly)
			return err == nil && offline && readOnly
		})
	})
}

func TestProxiesAccountIsHeldOffByTheFences(t *testing.T) {
	c := newCluster(t)
	controller, stop := c.lead(t, "one")
	within(t, "a new group becomes healthy", healthy(controller))
	stop()
	db := c.asProxy(t, "a")
	for _, refused := range []string{
		"SET GLOBAL offline_mode = OFF", "SET GLOBAL super_read_only = OFF", "RESET BINARY LOGS AND GTIDS",
		"SHUTDOWN", "CREATE USER x", "STOP REPLICA", "SELECT 1 INTO OUTFILE '/tmp/never'", "SELECT * FROM mysql.slave_master_info",
	} {
		if _, err := db.Exec(refused); number(err) != 1227 && number(err) != 1045 && number(err) != 1142 {
			t.Errorf("%s: %v, want it refused", refused, err)
		}
	}
	testkit.Exec(t, c.servers["a"].DB(t, ""), "SET GLOBAL offline_mode = ON")
	if err := db.Ping(); number(err) != 3032 {
		within(t, "safety rule 27: the account is cut off", func() bool { return number(db.Ping()) == 3032 })
	}
}

func TestSafetyRule29TheLockIsTakenFromItsHolder(t *testing.T) {
	c := newCluster(t)
	admin := c.servers["a"].DB(t, "")
	conn, err := admin.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "SELECT GET_LOCK('shardway.controller', 0)"); err != nil {
		t.Fatal(err)
	}
	controller, _ := c.lead(t, "one")
	within(t, "healthy despite a former holder", healthy(controller))
	if err := conn.PingContext(t.Context()); err == nil {
		t.Error("the former holder's session still lives")
	}
	_ = conn.Close()
}

// TestStockServersAreConfigured begins with two servers whose settings are
// MySQL's own: no semi-sync, and open at every start.
func TestStockServersAreConfigured(t *testing.T) {
	c := newClusterOf(t, testkit.Options{Args: []string{"--plugin-load="}}, "a", "b")
	controller, _ := c.lead(t, "one")
	within(t, "healthy", healthy(controller))
	testkit.Exec(t, c.asProxy(t, "a"), "CREATE DATABASE shop")
	for id, s := range c.servers {
		var offline, readOnly bool
		var netTimeout int
		err := s.DB(t, "").QueryRow(`SELECT
			(SELECT variable_value = 'ON' FROM performance_schema.persisted_variables WHERE variable_name = 'offline_mode'),
			(SELECT variable_value = 'ON' FROM performance_schema.persisted_variables WHERE variable_name = 'super_read_only'),
			@@GLOBAL.replica_net_timeout`).Scan(&offline, &readOnly, &netTimeout)
		if err != nil || !offline || !readOnly || netTimeout != 8 {
			t.Errorf("safety rule 27: %s starts with offline_mode %v, super_read_only %v; net timeout %d; %v", id, offline, readOnly, netTimeout, err)
		}
	}
	term := c.source.Current().Groups["g1"].Term
	c.restart(t, "a")
	within(t, "it is opened by the controller", func() bool { return c.source.Current().Groups["g1"].Term > term })
}
