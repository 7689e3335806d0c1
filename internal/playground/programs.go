package playground

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/shardway/shardway/internal/child"
)

// The ids of the one proxy and the one controller.
const (
	proxyID      = "p1"
	controllerID = "c1"
)

// pollInterval is how often something that comes up is asked whether it is up.
const pollInterval = 50 * time.Millisecond

func (p *playground) startController(ctx context.Context) error {
	return p.keep(ctx, &keeper{
		kind: kindController, name: "controller " + controllerID,
		start: func(ctx context.Context) (process, error) {
			return p.program(ctx, "controller", func(ctx context.Context) bool { return answersHTTP(ctx, p.layout.Ports.Admin) },
				"controller", "--etcd", p.etcd.URL(), "--cluster", clusterName, "--id", controllerID, "--admin", addr(p.layout.Ports.Admin))
		},
		restartAfter: func(int) time.Duration { return restartProgramAfter },
		changed:      func(pid int) { p.update(func(s *State) { s.Controllers[0].PID = pid }) },
	})
}

func (p *playground) startProxy(ctx context.Context) error {
	data := filepath.Join(p.dir, "proxy-"+proxyID)
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	return p.keep(ctx, &keeper{
		kind: kindProxy, name: "proxy " + proxyID,
		start: func(ctx context.Context) (process, error) {
			return p.program(ctx, "proxy", func(ctx context.Context) bool { return p.logsIn(ctx) == nil },
				"proxy", "--etcd", p.etcd.URL(), "--cluster", clusterName, "--id", proxyID, "--listen", addr(p.layout.Ports.Proxy),
				"--http", addr(p.layout.Ports.ProxyHTTP), "--data", data, "--admin", "http://"+addr(p.layout.Ports.Admin))
		},
		restartAfter: func(int) time.Duration { return restartProgramAfter },
		changed:      func(pid int) { p.update(func(s *State) { s.Proxies[0].PID = pid }) },
	})
}

// program starts shardway itself with args and waits until it is up. Its output
// goes to a file of its own.
func (p *playground) program(ctx context.Context, name string, up func(context.Context) bool, args ...string) (process, error) {
	path := filepath.Join(p.dir, name+".log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(p.opts.Program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	running, err := child.Start(cmd)
	if err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	for !up(ctx) {
		select {
		case <-time.After(pollInterval):
		case <-running.Done():
			return nil, fmt.Errorf("the %s ended at once, %s; the end of %s:\n%s", name, running.How(), path, tail(path))
		case <-ctx.Done():
			running.Kill()
			return nil, fmt.Errorf("the %s was not up in time; the end of %s:\n%s", name, path, tail(path))
		}
	}
	return running, nil
}

// answersHTTP reports whether an HTTP server answers, whatever it says.
func answersHTTP(ctx context.Context, port int) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr(port)+"/", nil)
	if err != nil {
		return false
	}
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return true
}

// tail returns the last lines of a log.
func tail(path string) string {
	const limit = 2 << 10
	text, err := os.ReadFile(path)
	if err != nil {
		return errors.Join(errors.New("it cannot be read"), err).Error()
	}
	return string(text[max(0, len(text)-limit):])
}
