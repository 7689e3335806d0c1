// Package groups gives tests groups of one real MySQL server each, with the
// tables that transactions over groups are decided by, and a topology of them
// without etcd: the leader's part of transactions is tried on these.
package groups

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// Groups are the groups g1, g2 and so on; the primary of g1 is g1-1.
type Groups struct {
	// Source has their topology.
	Source *topology.Source
	// Servers are the servers by instance.
	Servers  map[string]*testkit.MySQL
	accounts map[string]topology.Account
}

// New makes n groups. Their servers are this test's alone.
func New(t testing.TB, n int) *Groups {
	t.Helper()
	g := &Groups{Source: topology.NewSource(), Servers: map[string]*testkit.MySQL{}, accounts: map[string]topology.Account{}}
	g.Edit(t, func(d *topology.Draft) error {
		for i := range n {
			group := fmt.Sprintf("g%d", i+1)
			if err := g.add(d, group+"-1", testkit.OwnServer(t, testkit.Options{})); err != nil {
				return err
			}
			if err := d.CreateGroup(group, group+"-1", nil, topology.NewProxyAccount(group)); err != nil {
				return err
			}
			if err := d.Publish(group, group+"-1", 1); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range n {
		db := g.DB(t, fmt.Sprintf("g%d", i+1))
		testkit.Exec(t, db, "CREATE DATABASE _shardway", "CREATE DATABASE shop", txn.CreateDecision, txn.CreateBranch,
			"CREATE TABLE shop.t (a INT PRIMARY KEY, b INT NOT NULL)", "INSERT INTO shop.t VALUES (1, 0), (2, 0), (3, 0), (4, 0)")
	}
	return g
}

// AddReplica makes a server the group's replica in the topology alone.
func (g *Groups) AddReplica(t testing.TB, group, id string, s *testkit.MySQL) {
	t.Helper()
	g.Edit(t, func(d *topology.Draft) error {
		if err := g.add(d, id, s); err != nil {
			return err
		}
		return d.AddReplica(group, id)
	})
}

func (g *Groups) add(d *topology.Draft, id string, s *testkit.MySQL) error {
	g.Servers[id] = s
	g.accounts[id] = topology.Account{User: s.User, Password: topology.NewSecret(s.Password)}
	return d.AddInstance(topology.Instance{ID: id, Host: s.Host, Port: s.Port}, g.accounts[id])
}

// Edit changes the topology.
func (g *Groups) Edit(t testing.TB, edit func(*topology.Draft) error) {
	t.Helper()
	d := g.Source.Current().Edit()
	if err := edit(d); err != nil {
		t.Fatal(err)
	}
	snap, err := d.Finish()
	if err != nil {
		t.Fatal(err)
	}
	snap.Version++
	if !g.Source.Publish(snap) {
		t.Fatal("the topology was changed meanwhile")
	}
}

// Credential returns the administrator's account of an instance.
func (g *Groups) Credential(_ context.Context, instance string) (topology.Account, error) {
	account, ok := g.accounts[instance]
	if !ok {
		return account, fmt.Errorf("there is no instance %s", instance)
	}
	return account, nil
}

// DB returns a pool of connections to a group's primary.
func (g *Groups) DB(t testing.TB, group string) *sql.DB {
	t.Helper()
	return g.Servers[g.Source.Current().Groups[group].Primary].DB(t, "")
}

// Session is one connection to a group's primary.
type Session struct {
	*sql.Conn
	// ID is its connection id there.
	ID uint64
	t  testing.TB
}

// Session opens a connection to a group's primary; it is closed with the test.
func (g *Groups) Session(t testing.TB, group string) *Session {
	t.Helper()
	conn, err := g.DB(t, group).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &Session{Conn: conn, t: t}
	if err := conn.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&s.ID); err != nil {
		t.Fatal(err)
	}
	return s
}

// Exec runs statements and ends the test when one fails.
func (s *Session) Exec(statements ...string) {
	s.t.Helper()
	for _, text := range statements {
		if _, err := s.ExecContext(s.t.Context(), text); err != nil {
			s.t.Fatalf("%s: %v", text, err)
		}
	}
}

// Name names a transaction whose home session is s, on a group's primary.
func (g *Groups) Name(group string, s *Session) txn.ID {
	return txn.New(group, g.Source.Current().Groups[group].Primary, s.ID)
}

// Prepare leaves a branch prepared in a group that changes shop.t, with its row
// in the table of branches.
func (g *Groups) Prepare(t testing.TB, group string, id txn.ID, change string, participants ...string) {
	t.Helper()
	s := g.Session(t, group)
	s.Exec(id.Start(), change, id.InsertBranch(participants), id.End(), id.Prepare())
}
