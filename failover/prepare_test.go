package failover

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// Whoever logs in while an account is being made, on the primary or on a replica
// that has come this far, may all that the account may, or does not get in: a
// session keeps the privileges that its account had when it began. The first try
// breaks off before its last statement.
func TestAnAccountIsWholeOrNotThere(t *testing.T) {
	server := testkit.Server(t, testkit.Options{})
	administrator := topology.Account{User: server.User, Password: topology.NewSecret(server.Password)}
	c, err := takeControl(t.Context(), as(t, server, administrator))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	account := topology.Account{User: testkit.Name(), Password: topology.NewSecret("secret")}
	t.Cleanup(func() { _, _ = server.DB(t, "").Exec("DROP USER " + account.User) })
	grants, err := clientGrants(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	statements := createAccount(account, grants...)
	for i, s := range slices.Concat(statements[:len(statements)-1], statements) {
		if err := c.exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		// It needs what is granted last.
		_, err := as(t, server, account).ExecContext(t.Context(), "XA RECOVER")
		switch whole := i == 2*len(statements)-2; {
		case whole && err != nil:
			t.Errorf("it is made and may not what it should: %v", err)
		case !whole && errno(err) != mysql.ErAccessDenied:
			t.Errorf("after statement %d, %s: %v", i, s.text, err)
		}
	}
}

func as(t *testing.T, server *testkit.MySQL, account topology.Account) *sql.DB {
	t.Helper()
	cfg := server.Config("")
	cfg.User, cfg.Passwd, cfg.InterpolateParams = account.User, account.Password.Reveal(), true
	return testkit.Open(t, cfg)
}
