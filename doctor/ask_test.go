package doctor_test

import (
	"context"
	"slices"
	"testing"

	"github.com/shardway/shardway/doctor"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// other is why the group's other member is not asked.
const other = "it is made up"

// examine asks a real server and judges it alone.
func examine(t *testing.T, s *testkit.MySQL, role topology.Role) []doctor.Finding {
	t.Helper()
	conn, err := s.DB(t, "").Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	facts, err := doctor.Ask(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	return doctor.Judge([]doctor.Server{
		{Instance: topology.Instance{ID: "a", Group: "g1", Role: role}, Facts: facts}, {Instance: topology.Instance{ID: "b", Group: "g1"}, Err: other},
	}, 1)
}

func named(findings []doctor.Finding, check string) *doctor.Finding {
	n := slices.IndexFunc(findings, func(f doctor.Finding) bool { return f.Check == check })
	if n < 0 {
		return nil
	}
	return &findings[n]
}

// A server as Shardway starts them is sound but for what tests relax, and each
// fix mends what it is for.
func TestARealServer(t *testing.T) {
	s := testkit.OwnServer(t, testkit.Options{Fenced: true, Args: []string{"--max-connections=151"}})
	for _, f := range examine(t, s, topology.RoleReplica) {
		if f.Instance == "a" && f.Check != "durability" && f.Check != "relay log" {
			t.Errorf("%+v", f)
		}
	}
	db := s.DB(t, "")
	testkit.Exec(t, db, "SET GLOBAL binlog_row_image = MINIMAL", "SET GLOBAL max_connections = 60", "SET GLOBAL replica_net_timeout = 60",
		"SET GLOBAL binlog_expire_logs_seconds = 60", "SET GLOBAL rpl_semi_sync_source_wait_point = AFTER_COMMIT")
	found := examine(t, s, topology.RoleReplica)
	for _, check := range []string{"binlog", "max_connections", "replica retry", "binlog retention", "semi-sync", "durability", "relay log"} {
		f := named(found, check)
		if f == nil {
			t.Errorf("%s is not found", check)
			continue
		}
		for _, fix := range f.Fix {
			testkit.Exec(t, db, fix)
		}
	}
	for _, f := range found {
		for _, fix := range f.Fix {
			testkit.Exec(t, db, fix)
		}
	}
	if left := examine(t, s, topology.RoleReplica); len(left) > 1 {
		t.Errorf("after the fixes: %+v", left)
	}
}

// A stock server is open at its start until it is told otherwise; an account
// that may not do everything is named.
func TestAStockServer(t *testing.T) {
	s := testkit.OwnServer(t, testkit.Options{})
	f := named(examine(t, s, topology.RolePrimary), "starts closed")
	if f == nil || len(f.Fix) != 3 {
		t.Fatalf("%+v", f)
	}
	db := s.DB(t, "")
	testkit.Exec(t, db, f.Fix...)
	if f := named(examine(t, s, topology.RolePrimary), "starts closed"); f != nil {
		t.Errorf("%+v", f)
	}
	testkit.Exec(t, db, "CREATE USER poor@'%' IDENTIFIED BY 'p'", "GRANT SELECT, REPLICATION CLIENT ON *.* TO poor@'%'")
	poor := *s
	poor.User, poor.Password = "poor", "p"
	if f := named(examine(t, &poor, topology.RolePrimary), "privileges"); f == nil || f.Severity != doctor.Failed {
		t.Errorf("%+v", f)
	}
}

func TestAskingIsBounded(t *testing.T) {
	s := testkit.Server(t, testkit.Options{})
	conn, err := s.DB(t, "").Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := doctor.Ask(ctx, conn); err == nil {
		t.Error("no error")
	}
}
