//go:build wordpress

package wordpress

import (
	"bytes"
	"context"
	"database/sql"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// shardway is a cluster without any group: etcd, a controller and a proxy.
type shardway struct {
	program  string
	adminURL string
	port     int
}

// startShardway starts what somebody starts who wants to adopt a server.
func startShardway(t *testing.T) *shardway {
	t.Helper()
	ports, err := mysqld.FreePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	var addrs []string
	for _, port := range ports {
		addrs = append(addrs, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	c := &shardway{program: cluster.Program(t), adminURL: "http://" + addrs[0], port: ports[1]}
	etcd, name, dir := testkit.Etcd(t), testkit.Name(), testkit.Dir(t)
	start(t, filepath.Join(dir, "controller.log"), exec.Command(c.program,
		"controller", "--etcd", etcd, "--cluster", name, "--id", "c1", "--admin", addrs[0]))
	start(t, filepath.Join(dir, "proxy.log"), exec.Command(c.program,
		"proxy", "--etcd", etcd, "--cluster", name, "--id", "p1", "--listen", addrs[1], "--http", addrs[2],
		"--data", filepath.Join(dir, "proxy"), "--admin", c.adminURL))
	for _, addr := range addrs {
		await(t, addr, func(ctx context.Context) error {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "tcp", addr)
			if err != nil {
				return err
			}
			return conn.Close()
		})
	}
	return c
}

// run runs a verb and returns what it prints.
func (c *shardway) run(t *testing.T, input string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.program, append(args, "--server", c.adminURL)...)
	cmd.Stdin = strings.NewReader(input)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("shardway %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), complaints.String())
	}
	return out.String()
}

// adopt takes a server over, and waits until the proxy serves it.
func (c *shardway) adopt(t *testing.T, s *testkit.MySQL) {
	t.Helper()
	args := []string{"adopt", s.Addr(), "--user", s.User, "--password-stdin", "--enable-gtid"}
	t.Logf("shardway adopt --dry-run:\n%s", c.run(t, s.Password+"\n", append(args, "--dry-run")...))
	t.Logf("shardway adopt:\n%s", c.run(t, s.Password+"\n", args...))
	db := c.db(t)
	await(t, "the proxy", db.PingContext)
	t.Logf("shardway status:\n%s", c.run(t, "", "status"))
}

// db connects through the proxy as the application does.
func (c *shardway) db(t *testing.T) *sql.DB {
	t.Helper()
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port))
	cfg.User, cfg.Passwd, cfg.DBName = dbUser, dbPassword, dbName
	cfg.Logger = &driver.NopLogger{} // it is tried before it works
	return testkit.Open(t, cfg)
}
