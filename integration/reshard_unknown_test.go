package integration

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// The controller loses its way to etcd at the transaction by which shards change
// over, and does not know whether it took place. It finds out: the shards are on
// one side or the other, clients are told no error and nothing is lost.
func TestTheOutcomeOfAChangeOverIsNotKnown(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 3})
	endpoint, err := url.Parse(c.Store.Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, endpoint.Host)
	c.Controller.Kill()
	c.Controller.Set("--etcd", "http://"+w.addr())
	c.Controller.Set("--id", "c2")
	if err := c.Controller.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the controller leads", func() bool {
		leader, err := c.Store.Leader(t.Context())
		return err == nil && leader == "c2"
	})
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	furnish(t, c.DB(t, keyspace))
	crowd := gather(t, c, keyspace, 4)
	move := func() *topology.Move { return c.Topology(t).Keyspaces[keyspace].Move }
	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}})
	inStep(t, c, keyspace)

	attempt := func(verb, text string, loses loss) error {
		t.Helper()
		sprung := w.trap(text, loses)
		asked := make(chan error, 1)
		go func() {
			_, err := c.Admin.AskMove(context.Background(), keyspace, verb, false)
			asked <- err
		}()
		select {
		case <-sprung:
		case err := <-asked:
			t.Fatalf("%s has ended and nothing was lost: %v", verb, err)
		}
		if loses == theAnswer {
			until(t, "etcd has carried it out", func() bool { return move().Phase != topology.MoveSwitching })
		} else {
			until(t, "the controller misses etcd", func() bool { return strings.Contains(c.ControllerLog(), "topology is no longer followed") })
		}
		w.mend()
		return <-asked
	}

	err = attempt("switch", `"turns":1`, theAnswer)
	t.Logf("the answer was lost: %v", err)
	if m := move(); m.Turns != 1 || !m.Switched {
		t.Errorf("what etcd has carried out was undone: %+v", m)
	}
	if err != nil && !errors.Is(err, topology.ErrOutcomeUnknown) {
		t.Errorf("the shards have changed over, and who asked was told %v", err)
	}
	crowd.more(t)
	inStep(t, c, keyspace)

	cut := connection(t, c.DB(t, keyspace))
	must(t, cut, "BEGIN")
	must(t, cut, "INSERT INTO t VALUES (1000000001, 1)")
	err = attempt("reverse", `"turns":2`, theRequest)
	t.Logf("the request was lost: %v", err)
	crowd.more(t)
	inStep(t, c, keyspace)
	if m := move(); m.Turns != 1 {
		t.Errorf("the sides have changed %d times", m.Turns)
	}
	if _, refused := topology.AsRefused(err); !refused && !errors.Is(err, topology.ErrOutcomeUnknown) {
		t.Errorf("the shards are where they were, and who asked was told %v", err)
	}

	// It was in the way of a change that did not take place, and had to go.
	var undone *driver.MySQLError
	if _, err := cut.ExecContext(t.Context(), "INSERT INTO t VALUES (1000000002, 1)"); !errors.As(err, &undone) || undone.Number != mysql.ErLockDeadlock {
		t.Errorf("a transaction that was cut is told %v", err)
	}

	ask(t, c, keyspace, "reverse")
	crowd.more(t)
	inStep(t, c, keyspace)
	ask(t, c, keyspace, "cancel")
	ended(t, c, keyspace)
	crowd.settle(t)
	crowd.onlyTransactionsCut(t)
	if rows := count(t, c, keyspace); rows != fixedRows {
		t.Errorf("%d rows of %d that nobody touched", rows, fixedRows)
	}
}
