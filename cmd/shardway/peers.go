package main

import (
	"context"
	"fmt"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

// peers are the other controllers: the one that leads answers for what only the
// leader knows.
type peers struct {
	id    string
	store *etcd.Store
	token string
}

// elsewhere is leader for what this controller can answer, too, if it leads.
func (p *peers) elsewhere(led *led) func(context.Context) (*admin.Client, error) {
	return func(ctx context.Context) (*admin.Client, error) {
		if led.get() != nil {
			return nil, nil
		}
		return p.leader(ctx)
	}
}

// leader returns a client of the controller that leads, which is another one.
func (p *peers) leader(ctx context.Context) (*admin.Client, error) {
	id, err := p.store.Leader(ctx)
	if err != nil {
		return nil, err
	}
	members, err := p.store.Members(ctx, topology.KindControllers)
	if err != nil {
		return nil, err
	}
	for _, member := range members {
		if member.ID == id && id != p.id && member.HTTP != "" {
			return admin.NewClient("http://"+member.HTTP, p.token), nil
		}
	}
	return nil, &topology.Refused{
		Code:    topology.CodeUnavailable,
		Message: fmt.Sprintf("controller %s does not lead, and whoever does is not known", p.id),
		Hint:    "another one leads within seconds; 'shardway status' shows which",
	}
}
