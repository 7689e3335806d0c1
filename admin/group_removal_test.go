package admin

import (
	"context"
	"errors"
	"testing"

	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// seen are transactions as the leader saw them last.
type seen struct{ report txn.Report }

func (s *seen) List(context.Context) (txn.Report, error) { return s.report, nil }
func (s *seen) Settle(context.Context, string, txn.Outcome, bool) (txn.Settled, error) {
	return txn.Settled{}, errors.New("nobody is to be settled")
}

// A group whose rows may still decide a prepared branch stays, and so it does while
// that is not known.
func TestAGroupThatDecidesIsNotRemoved(t *testing.T) {
	transactions := &seen{}
	c := newCluster(t, func(o *Options) { o.Transactions = transactions })
	c.group("g1")
	c.group("g2")
	remove := func(dryRun bool) error {
		_, err := c.RemoveGroup(t.Context(), "g2", dryRun)
		return err
	}
	for _, report := range []txn.Report{
		{Branches: []txn.PreparedBranch{{Group: "g1", Gtrid: "x", Home: "g2"}}},
		{Branches: []txn.PreparedBranch{{Group: "g2", Gtrid: "x", Home: "g1"}}},
	} {
		transactions.report = report
		wantCode(t, remove(false), topology.CodeInUse)
		wantCode(t, remove(true), topology.CodeInUse)
	}
	transactions.report = txn.Report{Problems: []string{"group g1 has no primary"}}
	wantCode(t, remove(false), topology.CodeUnavailable)

	transactions.report = txn.Report{Branches: []txn.PreparedBranch{{Group: "g1", Gtrid: "x", Home: "g1"}}}
	c.update(func(d *topology.Draft) error { return d.SetPlacement([]string{"g2"}) })
	wantCode(t, remove(false), topology.CodeInUse)
	c.update(func(d *topology.Draft) error { return d.SetPlacement(nil) })
	if err := remove(true); err != nil || c.load().Groups["g2"] == nil {
		t.Fatalf("the dry run: %v, the group is %v", err, c.load().Groups["g2"])
	}
	t.Cleanup(func() { // other tests use the server
		for _, statement := range []string{"SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF", "SET GLOBAL offline_mode = OFF"} {
			if _, err := c.servers["g2-1"].DB(t, "").Exec(statement); err != nil {
				t.Error(err)
			}
		}
	})
	if err := remove(false); err != nil || c.load().Groups["g2"] != nil || c.load().Instances["g2-1"].Role != topology.RoleSpare {
		t.Fatalf("%v, %+v", err, c.load())
	}
	var closed bool
	if err := c.servers["g2-1"].DB(t, "").QueryRow("SELECT @@GLOBAL.offline_mode AND @@GLOBAL.super_read_only").Scan(&closed); err != nil || !closed {
		t.Errorf("the server is open: %v", err)
	}
	wantCode(t, remove(false), topology.CodeNotFound)
}
