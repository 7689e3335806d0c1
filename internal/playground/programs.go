package playground

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/shardway/shardway/internal/child"
)

func proxyID(n int) string      { return "p" + strconv.Itoa(n+1) }
func controllerID(n int) string { return "c" + strconv.Itoa(n+1) }

// pollInterval is how often something that comes up is asked whether it is up.
const pollInterval = 50 * time.Millisecond

// startControllers starts the controllers; one of them leads.
func (p *playground) startControllers(ctx context.Context) error {
	together, ctx := errgroup.WithContext(ctx)
	for n, port := range p.layout.Ports.admins() {
		id := controllerID(n)
		together.Go(func() error {
			return p.keep(ctx, &keeper{
				kind: kindController, name: "controller " + id,
				start: func(ctx context.Context) (process, error) {
					return p.program(ctx, logName("controller", n), func(ctx context.Context) bool { return answersHTTP(ctx, port) },
						"controller", "--etcd", p.etcd.URL(), "--cluster", ClusterName, "--id", id, "--admin", addr(port))
				},
				restartAfter: func(int) time.Duration { return restartProgramAfter },
				changed:      func(pid int) { p.update(func(s *State) { s.Controllers[n].PID = pid }) },
			})
		})
	}
	return together.Wait()
}

// startProxies starts the proxies.
func (p *playground) startProxies(ctx context.Context) error {
	together, ctx := errgroup.WithContext(ctx)
	for n, ports := range p.layout.Ports.proxies() {
		together.Go(func() error { return p.startProxy(ctx, n, ports) })
	}
	return together.Wait()
}

func (p *playground) startProxy(ctx context.Context, n int, ports proxyPorts) error {
	id := proxyID(n)
	data := filepath.Join(p.dir, "proxy-"+id)
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	args := []string{
		"proxy", "--etcd", p.etcd.URL(), "--cluster", ClusterName, "--id", id, "--listen", addr(ports.Clients),
		"--http", addr(ports.HTTP), "--data", data,
	}
	if p.layout.Controllers == 1 { // else it looks for one that answers
		args = append(args, "--admin", "http://"+addr(p.layout.Ports.Admin))
	}
	return p.keep(ctx, &keeper{
		kind: kindProxy, name: "proxy " + id,
		start: func(ctx context.Context) (process, error) {
			return p.program(ctx, logName("proxy", n), func(ctx context.Context) bool { return p.logsIn(ctx, ports.Clients) == nil }, args...)
		},
		restartAfter: func(int) time.Duration { return restartProgramAfter },
		changed:      func(pid int) { p.update(func(s *State) { s.Proxies[n].PID = pid }) },
	})
}

// logName is the name of a process's log, without its ending.
func logName(what string, n int) string {
	if n == 0 {
		return what
	}
	return what + "-" + strconv.Itoa(n+1)
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
