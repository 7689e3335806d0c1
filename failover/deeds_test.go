package failover

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// What a replica has received and not applied is never thrown away, and a server
// that takes writes never becomes a replica, whatever was decided by an older view.
func TestDeedsAreCheckedOnTheServer(t *testing.T) {
	source, replica := testkit.OwnServer(t, testkit.Options{}), testkit.OwnServer(t, testkit.Options{})
	a, b := source.DB(t, ""), replica.DB(t, "")
	b.SetMaxOpenConns(1)
	administrator := topology.Account{User: replica.User, Password: topology.NewSecret(replica.Password)}
	c, err := takeControl(t.Context(), as(t, replica, administrator))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	l := &link{instance: topology.Instance{ID: "b"}, admin: administrator}
	v := View{Instances: []Instance{{ID: "a", Host: source.Host, Port: source.Port}}}
	g := &group{id: "g1"}
	if err := g.join(t.Context(), v, l, c, "a"); err == nil || err.Error() != "it takes writes, so it is not made a replica" {
		t.Errorf("a server that takes writes was to become a replica: %v", err)
	}
	err = c.exec(
		t.Context(),
		sqlf("CHANGE REPLICATION SOURCE TO SOURCE_HOST = ?, SOURCE_PORT = ?, SOURCE_USER = ?, SOURCE_PASSWORD = ?, SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1",
			source.Host, source.Port, source.User, source.Password),
		sqlf("SET GLOBAL super_read_only = ON"),
		sqlf("START REPLICA IO_THREAD"),
	)
	if err != nil {
		t.Fatal(err)
	}
	testkit.Exec(t, a, "CREATE DATABASE shop")
	var executed string
	if err := a.QueryRow("SELECT @@GLOBAL.gtid_executed").Scan(&executed); err != nil {
		t.Fatal(err)
	}
	const received = "SELECT GTID_SUBSET(?, received_transaction_set) FROM performance_schema.replication_connection_status"
	has := func() (yes bool) { return b.QueryRow(received, executed).Scan(&yes) == nil && yes }
	for end := time.Now().Add(time.Minute); !has(); {
		if time.Now().After(end) {
			t.Fatal("nothing is received")
		}
	}
	for name, deed := range map[string]func() error{
		"detach": func() error { return detach(t.Context(), c, executed) },
		"join":   func() error { return g.join(t.Context(), v, l, c, "a") },
	} {
		if err := deed(); err == nil {
			t.Errorf("%s: it is done", name)
		}
		if !has() {
			t.Errorf("%s: what was received is gone", name)
		}
	}
}

// interrupted is a connection before whose first bytes something happens.
type interrupted struct {
	net.Conn
	first func()
}

// Write sends them.
func (i *interrupted) Write(b []byte) (int, error) {
	i.first()
	return i.Conn.Write(b)
}

// A replica that is pointed at the new primary logs in there while that is detached:
// it is not cut, as it would try again only after a second that clients wait for.
func TestWhoLogsInStaysWhenAServerIsDetached(t *testing.T) {
	server := testkit.OwnServer(t, testkit.Options{})
	administrator := topology.Account{User: server.User, Password: topology.NewSecret(server.Password)}
	c, err := takeControl(t.Context(), as(t, server, administrator))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.exec(t.Context(), sqlf("SET GLOBAL offline_mode = ON")); err != nil {
		t.Fatal(err)
	}
	config := driver.NewConfig()
	config.User, config.Passwd, config.Net, config.Addr, config.TLSConfig = server.User, server.Password, "tcp", server.Addr(), "skip-verify"
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, addr)
		return &interrupted{conn, sync.OnceFunc(func() {
			if err := detach(t.Context(), c, ""); err != nil {
				t.Error(err)
			}
		})}, err
	}
	connector, err := driver.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := connector.Connect(t.Context())
	if err != nil {
		t.Fatalf("who was logging in is cut: %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
