package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// present is what a cluster has.
type present struct {
	instances []topology.Instance
	groups    []admin.GroupInfo
	keyspaces []admin.KeyspaceInfo
	users     []admin.UserInfo
}

// setupStep makes one thing that a cluster lacks.
type setupStep struct {
	text string
	// needsPrimaries: it writes to MySQL, so every group must take writes.
	needsPrimaries bool
	do             func(context.Context, *admin.Client) error
}

// missing lists what has to be made, in order. What is there stays as it is: a
// group's primary is another one after a failover, a password may have been
// changed. Only a server under a known name at another address is refused.
func missing(w *wanted, has present) ([]setupStep, error) {
	steps, err := missingInstances(w.Instances, has.instances)
	if err != nil {
		return nil, err
	}
	for _, g := range w.Groups {
		if slices.ContainsFunc(has.groups, func(h admin.GroupInfo) bool { return h.ID == g.ID }) {
			continue
		}
		steps = append(steps, setupStep{
			text: fmt.Sprintf("make group %s of %s", g.ID, strings.Join(append([]string{g.Primary}, g.Replicas...), ", ")),
			do: func(ctx context.Context, c *admin.Client) error {
				_, err := c.CreateGroup(ctx, g, false)
				return err
			},
		})
	}
	for _, u := range w.Users {
		if !slices.ContainsFunc(has.users, func(h admin.UserInfo) bool { return h.Name == u.Name }) {
			steps = append(steps, setupStep{text: "add user " + u.Name, do: u.add})
		}
	}
	for _, k := range w.Keyspaces {
		if slices.ContainsFunc(has.keyspaces, func(h admin.KeyspaceInfo) bool { return h.Name == k.Name }) {
			continue
		}
		steps = append(steps, setupStep{
			text: "create keyspace " + k.Name, needsPrimaries: true,
			do: func(ctx context.Context, c *admin.Client) error {
				_, err := c.CreateKeyspace(ctx, k, false)
				return err
			},
		})
	}
	return steps, nil
}

func missingInstances(wanted []wantedInstance, has []topology.Instance) ([]setupStep, error) {
	var steps []setupStep
	for _, i := range wanted {
		at := slices.IndexFunc(has, func(h topology.Instance) bool { return h.ID == i.ID })
		addr := (&topology.Instance{Host: i.Host, Port: i.Port}).Addr()
		if at >= 0 && has[at].Addr() != addr {
			return nil, &topology.Refused{
				Code:    topology.CodeExists,
				Message: fmt.Sprintf("instance %s is at %s, and the file says %s", i.ID, has[at].Addr(), addr),
				Hint:    "give the server at the new address another id, or correct the file",
			}
		}
		if at < 0 {
			steps = append(steps, setupStep{text: fmt.Sprintf("add instance %s at %s", i.ID, addr), do: i.add})
		}
	}
	return steps, nil
}

func (i wantedInstance) add(ctx context.Context, c *admin.Client) error {
	password, err := readPassword(i.PasswordFile)
	if err != nil {
		return err
	}
	_, err = c.AddInstance(ctx, admin.NewInstance{ID: i.ID, Host: i.Host, Port: i.Port, Zone: i.Zone, User: i.User, Password: password}, false)
	return err
}

func (u wantedUser) add(ctx context.Context, c *admin.Client) error {
	password, err := readPassword(u.PasswordFile)
	if err != nil {
		return err
	}
	_, err = c.AddUser(ctx, admin.NewUser{Name: u.Name, Verifiers: newVerifiers(password), Grants: u.Grants}, false)
	return err
}
