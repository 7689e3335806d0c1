package containers

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/compose"
)

// The bounds of what a test waits for.
const (
	callTimeout = 30 * time.Second
	awaited     = 5 * time.Minute // a server that is filled anew while clients write, on a slow disk, needs three
)

// stack is a running docker-compose.yml.
type stack struct{ *compose.Stack }

// start starts a stack, or skips the test if there is no Docker engine.
func start(t *testing.T) *stack {
	t.Helper()
	if err := compose.Engine(t.Context()); err != nil {
		t.Skipf("docker-compose.yml cannot be tried: %v", err)
	}
	return &stack{compose.New(t)}
}

// docker does something to the container of a service, which is the last argument.
func (s *stack) docker(t *testing.T, args ...string) {
	t.Helper()
	args[len(args)-1] = s.Project + "-" + args[len(args)-1] + "-1"
	if err := s.Command(t.Context(), callTimeout, "docker", args...); err != nil {
		t.Fatal(err)
	}
}

// cut takes a server's host off its network: packets vanish, nobody is told.
func (s *stack) cut(t *testing.T, service string) {
	t.Helper()
	s.docker(t, "network", "disconnect", s.Project+"_servers", service)
}

// mend puts it back, under its name.
func (s *stack) mend(t *testing.T, service string) {
	t.Helper()
	s.docker(t, "network", "connect", "--alias", service, s.Project+"_servers", service)
}

// db is a pool of connections through HAProxy; it is closed with the test.
func (s *stack) db(t *testing.T) *sql.DB {
	t.Helper()
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr = "tcp", fmt.Sprintf("127.0.0.1:%d", s.Port)
	cfg.User, cfg.Passwd, cfg.DBName = "app", s.Password, "shop"
	cfg.TLSConfig, cfg.Timeout, cfg.Logger = "preferred", callTimeout, &driver.NopLogger{}
	return testkit.Open(t, cfg)
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
