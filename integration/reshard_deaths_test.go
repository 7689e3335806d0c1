package integration

import (
	"context"
	"errors"
	"fmt"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/topology"
)

// mortal is a cluster whose shards go to and fro between g1 and g2 with g3, and
// whose processes die meanwhile.
type mortal struct {
	t        *testing.T
	c        *cluster.Cluster
	keyspace string
	crowd    *crowd
	// table is distributed, to and fro, or moves to the keyspace into; if empty,
	// shards move.
	table, into string
}

// begin begins to move all shards to where they are not, or to distribute the table.
func (m *mortal) begin() {
	m.t.Helper()
	k := m.c.Topology(m.t).Keyspaces[m.keyspace]
	wanted := admin.NewMove{Kind: topology.MoveSplit, Groups: []string{"g2", "g3"}}
	if len(k.Shards) > 1 {
		wanted = admin.NewMove{Kind: topology.MoveMerge, Groups: []string{"g1"}}
	}
	for _, shard := range k.Shards {
		wanted.From = append(wanted.From, shard.Range)
	}
	switch {
	case m.into != "":
		wanted = moved(m.table, m.into, "id")
	case m.table != "":
		wanted = byID(m.table)
	}
	until(m.t, "a move can begin", func() bool {
		_, err := m.c.Admin.BeginMove(m.t.Context(), m.keyspace, wanted, false)
		if err != nil {
			m.t.Logf("not yet: %v", err)
		}
		return err == nil
	})
}

func (m *mortal) move() *topology.Move { return m.c.Topology(m.t).Keyspaces[m.keyspace].Move }

// change asks for a change over until it comes about.
func (m *mortal) change() {
	m.t.Helper()
	turns := m.move().Turns
	verb := "switch"
	if m.move().Switched {
		verb = "reverse"
	}
	until(m.t, "the shards change over", func() bool {
		if _, err := m.c.Admin.AskMove(m.t.Context(), m.keyspace, verb, false); err != nil {
			m.t.Logf("%s, not yet: %v", verb, err)
		}
		return m.move().Turns > turns
	})
}

// duringChange kills somebody while proxies hold for a change over.
func (m *mortal) duringChange(kill func()) {
	m.t.Helper()
	inStep(m.t, m.c, m.keyspace)
	turns := m.move().Turns
	asked := make(chan error, 1)
	go func() {
		_, err := m.c.Admin.AskMove(context.Background(), m.keyspace, "switch", false)
		asked <- err
	}()
	until(m.t, "shards are about to change over", func() bool {
		now := m.move()
		return now.Phase == topology.MoveSwitching || now.Turns > turns
	})
	kill()
	m.t.Logf("a switch in which somebody died: %v", <-asked)
}

// killPrimary kills a group's primary and starts the server again.
func (m *mortal) killPrimary(group string) {
	m.t.Helper()
	id := m.c.Topology(m.t).Groups[group].Primary
	m.c.Servers[id].Process.Kill()
	if err := m.c.RestartServer(m.t.Context(), id); err != nil {
		m.t.Fatal(err)
	}
}

func (m *mortal) serving(n int) string { return m.move().Serving()[n].Group }

func (m *mortal) following(n int) string { return m.move().Following()[n].Group }

// end switches if that is not done, compares all rows, and completes; the table goes
// back to where it was.
func (m *mortal) end() {
	m.t.Helper()
	inStep(m.t, m.c, m.keyspace)
	if !m.move().Switched {
		m.change()
		inStep(m.t, m.c, m.keyspace)
	}
	before := m.move().VerifiedAt
	var asked error
	m.t.Cleanup(func() {
		if m.t.Failed() {
			m.t.Logf("verify: %v", asked)
		}
	})
	until(m.t, "all rows are compared once more", func() bool {
		_, asked = m.c.Admin.AskMove(m.t.Context(), m.keyspace, "verify", false)
		if list, err := m.c.Admin.Moves(m.t.Context(), m.keyspace); err == nil && len(list) > 0 && list[0].Doing != "" {
			asked = fmt.Errorf("%v; %s: %+v", asked, list[0].Doing, list[0].Flows)
		}
		now := m.move()
		if now.Stopped != "" {
			m.t.Fatal(now.Stopped)
		}
		return now.VerifiedAt.After(before)
	})
	verb := "complete"
	if m.table != "" {
		inStep(m.t, m.c, m.keyspace)
		m.change()
		inStep(m.t, m.c, m.keyspace)
		verb = "cancel"
	}
	ask(m.t, m.c, m.keyspace, verb)
	ended(m.t, m.c, m.keyspace)
}

// story is what happens while shards move.
type story struct {
	name string
	act  func()
}

// live goes through stories, each in a move of its own that ends well.
func (m *mortal) live(stories []story) {
	m.t.Helper()
	for _, s := range stories {
		m.begin()
		s.act()
		m.end()
		m.crowd.more(m.t)
		m.t.Logf("%s: the shards are on %v", s.name, m.c.Topology(m.t).Keyspaces[m.keyspace].Groups())
	}
}

// Whoever dies while shards move, and whenever: each time the move goes on, or
// has left everything as it was, and no acknowledged write is lost.
func TestServersDieWhileShardsMove(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 3, Replicas: 1, Proxies: 2})
	m := &mortal{t: t, c: c, keyspace: c.Keyspace(t, cluster.Keyspace{Shards: 1})}
	furnish(t, c.DB(t, m.keyspace))
	m.crowd = gather(t, c, m.keyspace, 4)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.ControllerLog())
		}
	})
	restart := m.restart
	m.live([]story{
		{"the controller, while rows are copied", func() { c.Controller.Kill(); restart(c.Controller) }},
		{"the source's primary, while rows are copied", func() { m.killPrimary(m.serving(0)) }},
		{"a target's primary, while rows are copied", func() { m.killPrimary(m.following(0)) }},
		{"the source's primary, in the change over", func() { m.duringChange(func() { m.killPrimary(m.serving(0)) }) }},
		{"a target's primary, in the change over", func() { m.duringChange(func() { m.killPrimary(m.following(0)) }) }},
		{"a proxy, in the change over", func() { m.duringChange(func() { c.Proxies[1].Kill(); restart(c.Proxies[1]) }) }},
		{"the new primary, after the change over", func() {
			inStep(t, c, m.keyspace)
			m.change()
			m.killPrimary(m.serving(0))
			inStep(t, c, m.keyspace)
			m.change()
		}},
	})
	m.settle()
}

func (m *mortal) restart(p interface{ Begin(context.Context) error }) {
	m.t.Helper()
	if err := p.Begin(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
}

// settle ends the crowd: each acknowledged write is there once, clients were told
// only what a death explains, and the rows that nobody touched are all there.
func (m *mortal) settle() {
	m.t.Helper()
	m.crowd.settle(m.t)
	for _, f := range m.crowd.failed {
		var my *driver.MySQLError
		if !errors.Is(f.err, driver.ErrInvalidConn) && (!errors.As(f.err, &my) || my.Number != 2013 && my.Number != 1213 && my.Number != 1180) {
			m.t.Errorf("a client was told %v", f.err)
		}
	}
	if rows := count(m.t, m.c, m.keyspace); rows != fixedRows {
		m.t.Errorf("%d rows of %d that nobody touched", rows, fixedRows)
	}
}

func count(t *testing.T, c *cluster.Cluster, keyspace string) (rows int) {
	t.Helper()
	conn := connection(t, c.DB(t, keyspace))
	must(t, conn, "SET shardway.read = 'primary'")
	if err := conn.QueryRowContext(t.Context(), fmt.Sprintf("SELECT COUNT(*) FROM %s.fixed", keyspace)).Scan(&rows); err != nil {
		t.Error(err)
	}
	return rows
}
