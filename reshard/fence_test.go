package reshard

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/groups"
	"github.com/shardway/shardway/topology"
)

// as opens one session of an account; the error is the login's.
func as(t *testing.T, s *testkit.MySQL, account topology.Account) (*sql.Conn, error) {
	t.Helper()
	conn, err := s.As(account.User, account.Password.Reveal()).DB(t, "").Conn(t.Context())
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

func refusedAs(err error, number uint16) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && e.Number == number
}

// accountLocked is ER_ACCOUNT_HAS_BEEN_LOCKED.
const accountLocked = 3118

// Safety rule 27: with the account of a route epoch that is over nobody is on the
// server any more, and nobody gets in; the next account may what the old one
// might. Lifted, all is as it was; and the lock is no transaction of the server's.
func TestSafetyRule27TheOldAccountIsLockedOut(t *testing.T) {
	g := groups.New(t, 1)
	server, db := g.Servers["g1-1"], g.DB(t, "g1")
	old := topology.Account{User: "shardway_p_abcd_1", Password: topology.NewSecret("old")}
	testkit.Exec(t, db, "CREATE USER shardway_p_abcd_1@'%' IDENTIFIED BY 'old'", "GRANT SELECT, INSERT ON *.* TO shardway_p_abcd_1@'%'",
		"GRANT XA_RECOVER_ADMIN ON *.* TO shardway_p_abcd_1@'%'",
		"CREATE USER shardway_p_other_1@'%' ACCOUNT LOCK", "CREATE USER shardway_p_abcd_definer@'%' ACCOUNT LOCK")
	servers := control.NewServers(g)
	t.Cleanup(servers.Close)
	f := &fence{
		group: "g1", old: old, next: nextAccount(old, 2),
		seat: control.NewSeat("g1", control.ReshardLock, servers, g.Source, func(context.Context) error { return nil }),
	}
	t.Cleanup(f.seat.Close)
	for range 2 { // the first try was interrupted, perhaps
		if err := f.prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	inside, err := as(t, server, old)
	if err != nil {
		t.Fatal(err)
	}
	var before string
	if err := db.QueryRow("SELECT @@GLOBAL.gtid_executed").Scan(&before); err != nil {
		t.Fatal(err)
	}
	stop, err := f.close(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stop != oneLine(before) {
		t.Errorf("the fence has changed what is executed: %s, %s", before, stop)
	}
	if _, err := inside.ExecContext(t.Context(), "DO 0"); err == nil {
		t.Error("a session of the old account goes on")
	}
	if _, err := as(t, server, old); !refusedAs(err, accountLocked) {
		t.Errorf("the old account gets in: %v", err)
	}
	next, err := as(t, server, f.next)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"INSERT INTO shop.t VALUES (9, 9)", "XA RECOVER"} {
		if _, err := next.ExecContext(t.Context(), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := next.ExecContext(t.Context(), "DELETE FROM shop.t"); !refusedAs(err, 1142) {
		t.Errorf("the next account may more than the old one: %v", err)
	}
	if err := f.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := as(t, server, old); err != nil {
		t.Errorf("the fence is lifted, and the old account does not get in: %v", err)
	}
	if _, err := f.retire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := as(t, server, old); !refusedAs(err, accountLocked) {
		t.Errorf("the old account is not retired: %v", err)
	}
	err = f.seat.Act(t.Context(), func(ctx context.Context, conn *sql.Conn) error { return dropOldAccounts(ctx, conn, f.next) })
	if err != nil {
		t.Fatal(err)
	}
	var users string
	if err := db.QueryRow("SELECT GROUP_CONCAT(user) FROM mysql.user WHERE user LIKE 'shardway\\_p%'").Scan(&users); err != nil || strings.Contains(users, old.User) || !strings.Contains(users, f.next.User) || !strings.Contains(users, "shardway_p_other_1") || !strings.Contains(users, "shardway_p_abcd_definer") {
		t.Errorf("accounts are left: %s, %v", users, err)
	}
}

func connOf(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Safety rule 6: no stop position is read while a branch is prepared, which
// nobody knows the side of.
func TestAFenceWaitsForPreparedBranches(t *testing.T) {
	g := groups.New(t, 1)
	db := g.DB(t, "g1")
	branch := connOf(t, db)
	for _, statement := range []string{"XA START 'x'", "INSERT INTO shop.t VALUES (7, 7)", "XA END 'x'", "XA PREPARE 'x'"} {
		if _, err := branch.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	control.Discard(branch)
	conn := connOf(t, db)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := decided(ctx, conn); err == nil {
		t.Error("a branch is prepared, and nobody waits for it")
	}
	conn = connOf(t, db)
	testkit.Exec(t, db, "XA COMMIT 'x'")
	if err := decided(t.Context(), conn); err != nil {
		t.Error(err)
	}
}
