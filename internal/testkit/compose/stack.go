package compose

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// The bounds of starting, in which images are made and perhaps fetched, and of
// ending.
const (
	upTimeout   = 8 * time.Minute
	downTimeout = 2 * time.Minute
)

// Stack is a running docker-compose.yml.
type Stack struct {
	Project string
	// Port is where HAProxy listens on this machine's loopback; the user app has
	// the Password.
	Port     int
	Password string
	Admin    *admin.Client
	env      []string
	ended    bool
}

// Engine reports why no stack can be started; nil if a Docker engine answers.
func Engine(ctx context.Context) error {
	if out, err := exec.CommandContext(ctx, "docker", "info").CombinedOutput(); err != nil {
		return fmt.Errorf("no Docker engine answers: %w\n%s", err, out)
	}
	return nil
}

// New starts a stack; an engine must answer. Each setting is NAME=value.
func New(t testing.TB, settings ...string) *Stack {
	t.Helper()
	removeLeftovers(t)
	ports, err := mysqld.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	secrets, project := testkit.Dir(t), fmt.Sprintf("%s%d-%s", projectPrefix, os.Getpid(), testkit.Name())
	s := &Stack{Project: project, Port: ports[0]}
	s.env = append(append(os.Environ(),
		"COMPOSE_PROJECT_NAME="+project, "SHARDWAY_IMAGE=shardway:"+project, "SHARDWAY_PROGRAM="+cluster.Program(t),
		"SECRETS="+secrets, fmt.Sprintf("MYSQL_PORT=%d", ports[0]), fmt.Sprintf("ADMIN_PORT=%d", ports[1]), "BIND=127.0.0.1",
	), settings...)
	t.Cleanup(func() { s.End(t) })
	began := time.Now()
	if err := s.Command(t.Context(), upTimeout, "scripts/stack", "up"); err != nil {
		s.explain(t)
		t.Fatal(err)
	}
	t.Logf("up after %s", time.Since(began).Round(time.Second))
	s.Password = secret(t, secrets, "app_password")
	s.Admin = admin.NewClient(fmt.Sprintf("http://127.0.0.1:%d", ports[1]), secret(t, secrets, "admin_token"))
	return s
}

// SmallDisks is the setting by which the first group's servers have small file
// systems of their own, which root can make.
func SmallDisks(t testing.TB) string {
	t.Helper()
	return "SMALL_DISKS=" + filepath.Join(testkit.Dir(t), "disks")
}

func secret(t testing.TB, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// End removes the stack, its data and its image, if that was not done before.
func (s *Stack) End(t testing.TB) {
	if s.ended {
		return
	}
	s.ended = true
	if t.Failed() {
		s.explain(t)
	}
	ctx := context.Background()
	if err := s.Command(ctx, downTimeout, "scripts/stack", "down", "--volumes"); err != nil {
		t.Error(err)
	}
	if err := s.Command(ctx, downTimeout, "docker", "image", "rm", "shardway:"+s.Project); err != nil {
		t.Error(err)
	}
}

// explain logs what a failure may come from.
func (s *Stack) explain(t testing.TB) {
	for _, args := range [][]string{{"ps", "--all"}, {"logs", "--tail", "30", "setup", "controller1", "controller2", "proxy1", "proxy2", "haproxy"}} {
		cmd := exec.Command("scripts/stack", append([]string{"compose"}, args...)...)
		cmd.Dir, cmd.Env = checkout(), s.env
		out, _ := cmd.CombinedOutput()
		t.Logf("%s\n%s", strings.Join(args, " "), out)
	}
}

// checkout is the repository's root, from a folder of integration.
func checkout() string { return filepath.Join("..", "..") }

// Command runs a program in the checkout, as a user would.
func (s *Stack) Command(ctx context.Context, limit time.Duration, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = checkout(), s.env
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out.String())
	}
	return nil
}
