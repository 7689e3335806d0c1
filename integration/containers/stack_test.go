package containers

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// The bounds of what a test waits for. Images are made, and perhaps fetched,
// within the first.
const (
	upTimeout   = 8 * time.Minute
	downTimeout = 2 * time.Minute
	callTimeout = 30 * time.Second
	awaited     = 2 * time.Minute
)

// stack is a running docker-compose.yml. It ends, with its data, with the test.
type stack struct {
	project  string
	port     int
	password string
	Admin    *admin.Client
	env      []string
}

// start starts a stack, or skips the test if there is no Docker engine.
func start(t *testing.T) *stack {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "docker", "info").CombinedOutput(); err != nil {
		t.Skipf("no Docker engine answers, so docker-compose.yml cannot be tried: %v\n%s", err, out)
	}
	removeLeftovers(t)
	ports, err := mysqld.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	secrets, project := testkit.Dir(t), fmt.Sprintf("%s%d-%s", projectPrefix, os.Getpid(), testkit.Name())
	s := &stack{project: project, port: ports[0]}
	s.env = append(os.Environ(),
		"COMPOSE_PROJECT_NAME="+project, "SHARDWAY_IMAGE=shardway:"+project, "SHARDWAY_PROGRAM="+cluster.Program(t),
		"SECRETS="+secrets, fmt.Sprintf("MYSQL_PORT=%d", ports[0]), fmt.Sprintf("ADMIN_PORT=%d", ports[1]), "BIND=127.0.0.1",
	)
	t.Cleanup(s.end(t))
	began := time.Now()
	if err := s.command(t.Context(), upTimeout, "scripts/stack", "up"); err != nil {
		s.explain(t)
		t.Fatal(err)
	}
	t.Logf("up after %s", time.Since(began).Round(time.Second))
	s.password = secret(t, secrets, "app_password")
	s.Admin = admin.NewClient(fmt.Sprintf("http://127.0.0.1:%d", ports[1]), secret(t, secrets, "admin_token"))
	return s
}

func secret(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// end removes the stack, its data and its image.
func (s *stack) end(t *testing.T) func() {
	return func() {
		if t.Failed() {
			s.explain(t)
		}
		ctx := context.Background()
		if err := s.command(ctx, downTimeout, "scripts/stack", "down", "--volumes"); err != nil {
			t.Error(err)
		}
		if err := s.command(ctx, downTimeout, "docker", "image", "rm", "shardway:"+s.project); err != nil {
			t.Error(err)
		}
	}
}

// explain logs what a failure may come from.
func (s *stack) explain(t *testing.T) {
	for _, args := range [][]string{{"ps", "--all"}, {"logs", "--tail", "30", "setup", "controller1", "controller2", "proxy1", "proxy2", "haproxy"}} {
		cmd := exec.Command("scripts/stack", append([]string{"compose"}, args...)...)
		cmd.Dir, cmd.Env = filepath.Join("..", ".."), s.env
		out, _ := cmd.CombinedOutput()
		t.Logf("%s\n%s", strings.Join(args, " "), out)
	}
}

// command runs a program in the checkout, as a user would.
func (s *stack) command(ctx context.Context, limit time.Duration, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = filepath.Join("..", ".."), s.env
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out.String())
	}
	return nil
}

// docker does something to the container of a service, which is the last argument.
func (s *stack) docker(t *testing.T, args ...string) {
	t.Helper()
	args[len(args)-1] = s.project + "-" + args[len(args)-1] + "-1"
	if err := s.command(t.Context(), callTimeout, "docker", args...); err != nil {
		t.Fatal(err)
	}
}

// cut takes a server's host off its network: packets vanish, nobody is told.
func (s *stack) cut(t *testing.T, service string) {
	t.Helper()
	s.docker(t, "network", "disconnect", s.project+"_servers", service)
}

// mend puts it back, under its name.
func (s *stack) mend(t *testing.T, service string) {
	t.Helper()
	s.docker(t, "network", "connect", "--alias", service, s.project+"_servers", service)
}

// db is a pool of connections through HAProxy; it is closed with the test.
func (s *stack) db(t *testing.T) *sql.DB {
	t.Helper()
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr = "tcp", fmt.Sprintf("127.0.0.1:%d", s.port)
	cfg.User, cfg.Passwd, cfg.DBName = "app", s.password, "shop"
	cfg.TLSConfig, cfg.Timeout, cfg.Logger = "preferred", callTimeout, &driver.NopLogger{}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// status returns what the admin API says through HAProxy; it may be asked in
// the middle of anything, so an error is no news.
func (s *stack) status(t *testing.T) admin.Status {
	ctx, cancel := context.WithTimeout(t.Context(), callTimeout)
	defer cancel()
	status, err := s.Admin.Status(ctx)
	if err != nil {
		return admin.Status{Groups: []admin.GroupStatus{{Instances: []admin.InstanceStatus{{ID: "status", State: admin.StateDown, Problem: err.Error()}}}}}
	}
	return status
}

// primary returns a group's primary, "" if that is not known.
func (s *stack) primary(t *testing.T, group string) string {
	for _, g := range s.status(t).Groups {
		if g.ID == group {
			return g.Primary
		}
	}
	return ""
}

// returned waits until a server that had been away is a replica again and
// nothing is wrong with any other. If it wrote something that no replica has
// received, which nobody was told is committed, it is filled anew.
func (s *stack) returned(t *testing.T, away string) {
	t.Helper()
	wrong, rebuilt := map[string]string{}, false
	until(t, away+" is back", func() bool {
		wrong = map[string]string{}
		for _, g := range s.status(t).Groups {
			for _, i := range g.Instances {
				if i.State != admin.StateOK {
					wrong[i.ID] = i.State + " " + i.Problem
				}
				if i.ID == away && i.State == admin.StateDiverged && !rebuilt {
					_, err := s.Admin.RebuildInstance(t.Context(), away, false)
					rebuilt = err == nil
					t.Logf("%s has transactions that nobody received, and is filled anew: %v", away, err)
				}
			}
		}
		return len(wrong) == 0
	}, func() string { return fmt.Sprint(wrong) })
}

// sessions is how many clients a proxy has.
func (s *stack) sessions(t *testing.T, proxy string) int {
	for _, p := range s.status(t).Proxies {
		if p.ID == proxy {
			return p.Sessions
		}
	}
	return 0
}

// until waits, bounded, for something to become true.
func until(t *testing.T, what string, true func() bool, why ...func() string) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaited); !true(); <-tick.C {
		if time.Now().After(deadline) {
			for _, w := range why {
				what += ": " + w()
			}
			t.Fatalf("it does not come about that %s", what)
		}
	}
}
