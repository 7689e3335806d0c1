package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/child"
	"github.com/shardway/shardway/internal/testkit"
)

// The bounds of building and starting.
const (
	buildTimeout = 5 * time.Minute
	upTimeout    = 2 * time.Minute
	pollInterval = 50 * time.Millisecond
)

// builtKey is the key under which the program is shared.
type builtKey struct{}

// Program returns the path of shardway, built from this checkout at the first
// call.
func Program(t testing.TB) string {
	t.Helper()
	return testkit.Share(builtKey{}, func() string {
		path, err := build(context.Background(), testkit.Dir(t))
		if err != nil {
			t.Fatal(err)
		}
		return path
	})
}

// main is the package that the program is built of.
const main = "github.com/shardway/shardway/cmd/shardway"

// build builds shardway, with the flags of make build so that its work is shared, from the checkout that the test runs in.
func build(ctx context.Context, dir string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	if err := depend(ctx); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "shardway")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, main)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build shardway: %w\n%s", err, out)
	}
	return path, nil
}

// depend opens what shardway is built of. The go command repeats the result of a
// test as long as what it imports and has opened is unchanged, and does not know
// of a program that the test builds.
func depend(ctx context.Context) error {
	sources := `{{with .Module}}{{if .Main}}{{$.Dir}}{{range $.EmbedFiles}}{{"\n"}}{{$.Dir}}/{{.}}{{end}}{{end}}{{end}}`
	out, err := exec.CommandContext(ctx, "go", "list", "-deps", "-f", sources, main).Output()
	if err != nil {
		return fmt.Errorf("list what shardway is built of: %w", err)
	}
	for _, path := range strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' }) {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// program is shardway running with some arguments.
type program struct {
	*child.Process
	path    string
	args    []string
	logPath string
	// port is the one that it is up on when it accepts connections.
	port int
}

// Set gives a flag another value, from the next Begin on.
func (p *program) Set(flag, value string) {
	if at := slices.Index(p.args, flag); at >= 0 {
		p.args[at+1] = value
		return
	}
	p.args = append(p.args, flag, value)
}

// Begin starts the program, also again after it has ended, and waits until it
// listens.
func (p *program) Begin(ctx context.Context) error {
	log, err := os.OpenFile(p.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.path, p.args...)
	cmd.Stdout, cmd.Stderr = log, log
	if p.Process, err = child.Start(cmd); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, upTimeout)
	defer cancel()
	for !listens(ctx, p.port) {
		select {
		case <-time.After(pollInterval):
		case <-p.Done():
			return fmt.Errorf("shardway %s ended, %s\n%s", strings.Join(p.args, " "), p.How(), p.log())
		case <-ctx.Done():
			p.Kill()
			return fmt.Errorf("shardway %s is not up: %w\n%s", strings.Join(p.args, " "), ctx.Err(), p.log())
		}
	}
	return nil
}

// log returns the end of what the program printed.
func (p *program) log() string {
	const limit = 8 << 10
	text, err := os.ReadFile(p.logPath)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-limit):])
}

func listens(ctx context.Context, port int) bool {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr(port))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
