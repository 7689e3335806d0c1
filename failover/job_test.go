package failover_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

func (c *cluster) update(t *testing.T, edit func(*topology.Draft) error) {
	t.Helper()
	_, err := c.store.Update(t.Context(), edit)
	must(t, err)
}

func (c *cluster) instance(id string) *topology.Instance { return c.source.Current().Instances[id] }

func job(kind topology.InstanceJobKind) topology.InstanceJob {
	j := &topology.InstanceJob{ID: string(kind) + "-1", Kind: kind}
	return *j.With("requested", time.Now())
}

// leavePrepared leaves a transaction prepared on a server, whose locks CLONE would
// wait for. The controller closes the server again whenever it looks.
func leavePrepared(t *testing.T, db *sql.DB) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	must(t, err)
	defer conn.Close()
	all := func(statements ...string) bool {
		for _, s := range statements {
			if _, err := conn.ExecContext(t.Context(), s); err != nil {
				return false
			}
		}
		return true
	}
	within(t, "a branch is prepared", func() bool {
		if all("SET GLOBAL super_read_only = OFF", "CREATE TABLE IF NOT EXISTS errant.t (a INT PRIMARY KEY)", "XA START 'left'",
			"INSERT INTO errant.t VALUES (1)", "XA END 'left'", "XA PREPARE 'left'") {
			return true
		}
		_ = all("XA END 'left'")
		_ = all("XA ROLLBACK 'left'")
		return false
	})
}

func has(t *testing.T, db *sql.DB, schema string) bool {
	t.Helper()
	var n int
	must(t, db.QueryRow("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?", schema).Scan(&n))
	return n > 0
}

// A spare is filled with a copy while clients write, and another controller goes
// on when the one that began it is gone. Then replicas are rebuilt, drained and
// removed, and nothing that was acknowledged is lost in all that.
func TestJobsOnInstances(t *testing.T) {
	c := newClusterOf(t, testkit.Options{Fenced: true}, "a", "b")
	controller, stop := c.lead(t, "one")
	c.shop(t, controller)
	c.addSpare(t, "c")
	c.servers["c"].Supervise(t)
	w := c.write(t)
	w.more(t)
	t.Run("provision", func(t *testing.T) {
		c.update(t, func(d *topology.Draft) error { return d.Provision("g1", "c", job(topology.InstanceProvision)) })
		within(t, "it begins to copy", func() bool {
			return c.instance("c").Job != nil && c.instance("c").Job.Phase == topology.InstanceCloning
		})
		stop()
		controller, stop = c.lead(c.t, "two")
		within(t, "it has arrived", func() bool { return c.instance("c").Job == nil })
		within(t, "it serves", healthy(controller))
		within(t, "it acknowledges", func() bool { return slices.Equal(c.ackers(), []string{"b", "c"}) })
		var copied string
		must(t, c.servers["c"].DB(t, "").QueryRow("SELECT state FROM performance_schema.clone_status").Scan(&copied))
		if copied != "Completed" {
			t.Errorf("the copy is %q", copied)
		}
		w.more(t)
	})
	t.Run("rebuild", func(t *testing.T) {
		db := c.servers["c"].DB(t, "")
		testkit.Exec(t, db, "SET GLOBAL super_read_only = OFF", "CREATE DATABASE errant")
		leavePrepared(t, db)
		within(t, "it is seen", func() bool { return stateOf(controller, "c") == failover.StateDiverged })
		within(t, "it is struck off", func() bool { return slices.Equal(c.ackers(), []string{"b"}) })
		c.update(t, func(d *topology.Draft) error { return d.BeginInstanceJob("c", job(topology.InstanceRebuild)) })
		within(t, "it has arrived", func() bool { return c.instance("c").Job == nil })
		within(t, "it serves", healthy(controller))
		if has(t, c.servers["c"].DB(t, ""), "errant") {
			t.Error("what only it had is still there")
		}
		within(t, "it acknowledges", func() bool { return slices.Equal(c.ackers(), []string{"b", "c"}) })
	})
	t.Run("drain", func(t *testing.T) {
		c.update(t, func(d *topology.Draft) error { return d.Drain("b", true) })
		within(t, "it acknowledges nothing", func() bool { return slices.Equal(c.ackers(), []string{"c"}) })
		within(t, "it is drained", func() bool { return stateOf(controller, "b") == failover.StateDrained })
		if _, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover, To: "b"}); err == nil {
			t.Error("a switchover to a drained replica")
		}
		c.update(t, func(d *topology.Draft) error { return d.Drain("b", false) })
		within(t, "it acknowledges again", func() bool { return slices.Equal(c.ackers(), []string{"b", "c"}) })
	})
	t.Run("remove", func(t *testing.T) {
		c.update(t, func(d *topology.Draft) error { return d.BeginInstanceJob("b", job(topology.InstanceRemove)) })
		within(t, "it is forgotten", func() bool { return c.instance("b") == nil })
		var accounts, sources int
		must(t, c.servers["a"].DB(t, "").QueryRow("SELECT COUNT(*) FROM mysql.user WHERE user = ?", failover.ReplicationUser("b")).Scan(&accounts))
		must(t, c.servers["b"].DB(t, "").QueryRow("SELECT COUNT(*) FROM performance_schema.replication_connection_configuration").Scan(&sources))
		if accounts != 0 || sources != 0 {
			t.Errorf("%d accounts of it are left, and %d sources", accounts, sources)
		}
		w.more(t)
	})
	t.Run("the last one stays", func(t *testing.T) {
		_, err := c.store.Update(t.Context(), func(d *topology.Draft) error { return d.BeginInstanceJob("c", job(topology.InstanceRemove)) })
		if refused, ok := topology.AsRefused(err); !ok || refused.Code != topology.CodeInUse {
			t.Errorf("%v", err)
		}
	})
	t.Run("the copy is as good as the others", func(t *testing.T) {
		// On a busy machine it may be far behind at first: the switchover is undone then.
		within(t, "it takes over", func() bool {
			_, err := controller.Ask(t.Context(), "g1", failover.Request{Kind: topology.OperationSwitchover, To: "c"})
			return err == nil
		})
		w.more(t)
	})
	c.check(t, w)
	var jobs []string
	for _, o := range c.operations(t) {
		if o.Kind != topology.OperationSwitchover && o.Outcome == topology.OutcomeDone {
			jobs = append(jobs, string(o.Kind)+" "+o.To)
		}
	}
	if !slices.Equal(jobs, []string{"remove b", "rebuild c", "provision c"}) {
		t.Errorf("the jobs that were done are %v", jobs)
	}
}
