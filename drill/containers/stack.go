package containers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/drill"
)

// The labels by which compose knows its containers.
const (
	labelProject = "com.docker.compose.project"
	labelService = "com.docker.compose.service"
	labelOneOff  = "com.docker.compose.oneoff"
)

// container is a service's.
type container struct {
	engineID string
	service  string
	// kind is empty for what drills leave alone; id is the process's own.
	kind drill.Kind
	id   string
	// pid is the first process's on this machine, 0 if the container does not run.
	pid    int
	addrs  []string
	mounts []mount
}

// mount is a file or a folder of the host's in a container.
type mount struct{ Source, Destination string }

// inspected is what the engine says of a container.
type inspected struct {
	ID    string `json:"Id"`
	State struct {
		Running bool
		Pid     int
	}
	Config struct {
		Labels          map[string]string
		Entrypoint, Cmd []string
	}
	NetworkSettings struct {
		Networks map[string]struct{ IPAddress string }
	}
	Mounts []mount
}

// look asks the engine for the project's containers, and takes note of their
// processes.
func (c *Cluster) look(ctx context.Context) ([]container, error) {
	ctx, cancel := context.WithTimeout(ctx, commandMax)
	defer cancel()
	ids, err := c.host.run(ctx, "", "docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", "label="+labelProject+"="+c.project)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(ids) == "" {
		return nil, refused("start one with 'make up', or name another one with --project", "there is no container of a compose project %q", c.project)
	}
	text, err := c.host.run(ctx, "", "docker", append([]string{"inspect"}, strings.Fields(ids)...)...)
	if err != nil {
		return nil, err
	}
	all, err := readContainers(text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.pids)
	for _, one := range all {
		if one.pid != 0 {
			c.pids[one.service] = process{one.pid, one.engineID}
		}
	}
	return all, nil
}

// readContainers reads what 'docker inspect' prints, by the services' names.
func readContainers(text string) ([]container, error) {
	var said []inspected
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		return nil, fmt.Errorf("what docker inspect prints: %w", err)
	}
	var all []container
	for _, s := range said {
		if s.Config.Labels[labelOneOff] == "True" {
			continue
		}
		one := container{engineID: s.ID, service: s.Config.Labels[labelService], mounts: s.Mounts}
		one.kind, one.id = whatRuns(slices.Concat(s.Config.Entrypoint, s.Config.Cmd), one.service)
		if s.State.Running {
			one.pid = s.State.Pid
		}
		for _, n := range s.NetworkSettings.Networks {
			if n.IPAddress != "" {
				one.addrs = append(one.addrs, n.IPAddress)
			}
		}
		slices.Sort(one.addrs)
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b container) int { return strings.Compare(a.service, b.service) })
	return all, nil
}

// whatRuns tells the kind and the id of a process by its command line in
// docker-compose.yml.
func whatRuns(command []string, service string) (drill.Kind, string) {
	flag := func(name string) string {
		for _, arg := range command {
			if value, ok := strings.CutPrefix(arg, name); ok {
				return value
			}
		}
		return service
	}
	switch {
	case slices.Contains(command, "/usr/local/bin/etcd"):
		return drill.KindEtcd, flag("--name=")
	case slices.Contains(command, "/etc/shardway/mysqld"):
		return drill.KindInstance, service
	case slices.Contains(command, "controller"):
		return drill.KindController, flag("--id=")
	case slices.Contains(command, "proxy"):
		return drill.KindProxy, flag("--id=")
	}
	return "", ""
}

// port is where a container's clients connect; 0 if drills have nothing to do
// with it.
func (c container) port() int {
	switch c.kind {
	case drill.KindInstance, drill.KindProxy:
		return mysqlPort
	case drill.KindController:
		return adminPort
	case drill.KindEtcd:
		return etcdPort
	}
	return 0
}
