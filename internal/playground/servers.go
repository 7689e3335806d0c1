package playground

import (
	"context"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/topology"
)

// describe fills in the state as far as it is known before anything runs.
func (p *playground) describe() {
	l := p.layout
	s := State{
		MySQL: Endpoint{Host: "127.0.0.1", Port: l.Ports.Proxy, User: appUser, Password: l.AppPassword},
		Admin: "http://" + addr(l.Ports.Admin), Etcd: []string{"http://" + addr(l.Ports.Etcd)},
	}
	for n, ports := range l.Ports.proxies() {
		s.Proxies = append(s.Proxies, Proxy{ID: proxyID(n), Port: ports.Clients})
	}
	for n, port := range l.Ports.admins() {
		s.Controllers = append(s.Controllers, Controller{ID: controllerID(n), Admin: "http://" + addr(port)})
	}
	seen := map[string]bool{}
	for _, i := range l.Instances {
		role := topology.RoleReplica
		switch {
		case i.Group == "":
			role = topology.RoleSpare
		case !seen[i.Group]:
			role, seen[i.Group] = topology.RolePrimary, true
		}
		s.Instances = append(s.Instances, Instance{
			ID: i.ID, Group: i.Group, Role: string(role), Host: "127.0.0.1", Port: i.Port, User: adminUser, Password: l.AdminPassword,
		})
	}
	p.update(func(state *State) { *state = s })
}

// startServers starts all MySQL servers at once.
func (p *playground) startServers(ctx context.Context) error {
	together, ctx := errgroup.WithContext(ctx)
	for n, i := range p.layout.Instances {
		together.Go(func() error { return p.keep(ctx, p.serverKeeper(n, i)) })
	}
	return together.Wait()
}

func (p *playground) serverKeeper(n int, i layoutInstance) *keeper {
	opts := mysqld.Options{
		Binary: p.binary, Dir: filepath.Join(p.dir, i.ID), Port: i.Port, ServerID: uint32(n + 1),
		Admin: mysqld.Account{User: adminUser, Password: p.layout.AdminPassword}, Fenced: true, Supervised: true,
	}
	return &keeper{
		kind: kindServer, name: "instance " + i.ID,
		start: func(ctx context.Context) (process, error) {
			s, err := mysqld.Start(ctx, opts)
			if err != nil {
				return nil, err
			}
			return s, nil
		},
		restartAfter: func(code int) time.Duration {
			if code == mysqld.ExitRestart {
				return 0
			}
			return restartServerAfter
		},
		changed: func(pid int) { p.update(func(s *State) { s.Instances[n].PID = pid }) },
	}
}
