package cluster

import (
	"context"
	"database/sql"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// dropTimeout bounds dropping a test's keyspace.
const dropTimeout = 30 * time.Second

// Keyspace says what keyspace a test wants.
type Keyspace struct {
	// Shards is how many there are; 0 means one per group.
	Shards int
	// Undeclared is what undeclared tables become; single when empty.
	Undeclared topology.Kind
}

// Keyspace makes a new keyspace, drops it after the test and returns its name.
func (c *Cluster) Keyspace(t testing.TB, k Keyspace) string {
	t.Helper()
	name := testkit.Name()
	if _, err := c.Admin.CreateKeyspace(t.Context(), admin.NewKeyspace{Name: name, Shards: k.Shards, Undeclared: k.Undeclared}, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
		defer cancel()
		if _, err := c.Admin.DropKeyspace(ctx, name, false); err != nil {
			t.Errorf("drop keyspace %s: %v", name, err)
		}
	})
	return name
}

// Config returns what go-sql-driver needs to connect to a keyspace, which may
// be empty, through the first proxy.
func (c *Cluster) Config(keyspace string) *driver.Config { return c.ConfigBy(0, keyspace) }

// ConfigBy is Config for the proxy of an index.
func (c *Cluster) ConfigBy(proxy int, keyspace string) *driver.Config {
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr = "tcp", addr(c.Proxies[proxy].port)
	cfg.User, cfg.Passwd, cfg.DBName = c.User, c.Password, keyspace
	cfg.TLSConfig = "preferred"
	cfg.Logger = &driver.NopLogger{} // servers that tests kill are no news
	return cfg
}

// DB returns a pool of connections to a keyspace, which may be empty, through
// the proxy; it is closed with the test.
func (c *Cluster) DB(t testing.TB, keyspace string) *sql.DB {
	t.Helper()
	return c.DBBy(t, 0, keyspace)
}

// DBBy is DB for the proxy of an index.
func (c *Cluster) DBBy(t testing.TB, proxy int, keyspace string) *sql.DB {
	t.Helper()
	connector, err := driver.NewConnector(c.ConfigBy(proxy, keyspace))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// ProxyLog returns the end of what the proxy printed.
func (c *Cluster) ProxyLog() string { return c.Proxy.log() }

// ControllerLog returns the end of what the controller printed.
func (c *Cluster) ControllerLog() string { return c.Controller.log() }

// Topology returns the stored topology.
func (c *Cluster) Topology(t testing.TB) *topology.Snapshot {
	t.Helper()
	snap, err := c.Store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// RestartServer starts a server again that has ended, on its port and folder.
// The controller opens it.
func (c *Cluster) RestartServer(ctx context.Context, id string) error {
	s := c.Servers[id]
	process, err := mysqld.Start(ctx, s.Options)
	if err != nil {
		return err
	}
	s.Process = process
	return nil
}
