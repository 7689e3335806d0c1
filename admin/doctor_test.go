package admin

import (
	"strings"
	"testing"

	"github.com/shardway/shardway/doctor"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// What is wrong with a server that is added is said, what cannot work is
// refused, and what can be mended is.
func TestDoctor(t *testing.T) {
	c := newCluster(t)
	c.group("g1")
	ctx := t.Context()
	wrong := testkit.OwnServer(t, testkit.Options{Args: []string{"--gtid-mode=OFF_PERMISSIVE"}})
	add := NewInstance{ID: "w", Host: wrong.Host, Port: wrong.Port, User: wrong.User, Password: topology.NewSecret(wrong.Password)}
	_, err := c.AddInstance(ctx, add, false)
	wantCode(t, err, topology.CodeUnsupported)
	if err == nil || !strings.Contains(err.Error(), "gtid_mode is OFF_PERMISSIVE") {
		t.Errorf("%v", err)
	}
	db := wrong.DB(t, "")
	testkit.Exec(t, db, "SET GLOBAL gtid_mode = ON_PERMISSIVE", "SET GLOBAL gtid_mode = ON", "SET GLOBAL binlog_row_image = MINIMAL")
	added, err := c.AddInstance(ctx, add, false)
	if err != nil || !strings.Contains(strings.Join(added.Warnings, ""), "binlog_row_image is MINIMAL") {
		t.Fatalf("%+v, %v", added, err)
	}
	row := func() *doctor.Finding {
		t.Helper()
		found, err := c.Examine(ctx)
		if err != nil || found.Servers != 2 {
			t.Fatalf("%+v, %v", found, err)
		}
		for _, f := range found.Findings {
			if f.Instance == "w" && strings.HasPrefix(f.What, "binlog_row_image") {
				if found.Sound() {
					t.Error("sound with a failure")
				}
				return &f
			}
		}
		return nil
	}
	if f := row(); f == nil {
		t.Fatal("it is not found")
	}
	planned, err := c.Cure(ctx, true)
	if err != nil || !planned.DryRun || !strings.Contains(strings.Join(planned.Steps, "\n"), "w: SET PERSIST binlog_row_image = FULL") || row() == nil {
		t.Errorf("a dry run: %+v, %v", planned, err)
	}
	if _, err := c.Cure(ctx, false); err != nil || row() != nil {
		t.Errorf("it was not mended: %v", err)
	}
	add.ID, add.Group = "f", "g1"
	testkit.Exec(t, db, "CREATE DATABASE mine")
	_, err = c.AddInstance(ctx, add, false)
	wantCode(t, err, topology.CodeInUse)
}

// A replica with a transaction of its own is shown as diverged, also by an API
// that does not lead.
func TestADivergedReplicaIsShown(t *testing.T) {
	c := newCluster(t)
	c.group("g1")
	replica := testkit.OwnServer(t, testkit.Options{})
	add := NewInstance{ID: "r", Host: replica.Host, Port: replica.Port, User: replica.User, Password: topology.NewSecret(replica.Password)}
	if _, err := c.AddInstance(t.Context(), add, false); err != nil {
		t.Fatal(err)
	}
	c.update(func(d *topology.Draft) error { return d.AddReplica("g1", "r") })
	state := func() InstanceStatus {
		t.Helper()
		status, err := c.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range status.Groups[0].Instances {
			if i.ID == "r" {
				return i
			}
		}
		return InstanceStatus{}
	}
	if s := state(); s.State != StateStopped {
		t.Errorf("%+v", s)
	}
	testkit.Exec(t, replica.DB(t, ""), "CREATE DATABASE own")
	if s := state(); s.State != StateDiverged || !strings.Contains(s.Problem, "instance rebuild r") {
		t.Errorf("%+v", s)
	}
}
