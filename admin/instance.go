package admin

import (
	"fmt"
	"maps"
	"slices"

	"github.com/shardway/shardway/topology"
)

// NewInstance is a server to be added, with the administrator's account by
// which Shardway reaches it.
type NewInstance struct {
	ID       string          `json:"id"`
	Host     string          `json:"host"`
	Port     int             `json:"port"`
	Zone     string          `json:"zone,omitempty"`
	User     string          `json:"user"`
	Password topology.Secret `json:"password"`
}

// newInstanceWire is a NewInstance as sent: a topology.Secret does not leave by
// way of JSON.
type newInstanceWire struct {
	ID       string `json:"id"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Zone     string `json:"zone,omitempty"`
	User     string `json:"user"`
	Password string `json:"password"`
}

func (s *Server) listInstances(c call, _ nothing) ([]*topology.Instance, error) {
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	return sortedValues(snap.Instances), nil
}

func sortedValues[T any](m map[string]T) []T {
	list := make([]T, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[key])
	}
	return list
}

func (s *Server) addInstance(c call, n NewInstance) (Change, error) {
	instance := topology.Instance{ID: n.ID, Host: n.Host, Port: n.Port, Zone: n.Zone}
	return s.change(c, func(d *topology.Draft) error {
		return d.AddInstance(instance, topology.Account{User: n.User, Password: n.Password})
	}, fmt.Sprintf("add %s at %s as a spare", n.ID, instance.Addr()))
}

func (s *Server) removeInstance(c call, _ nothing) (Change, error) {
	id := c.name("instance")
	return s.change(c, func(d *topology.Draft) error { return d.RemoveInstance(id) },
		fmt.Sprintf("forget %s; the server itself is left as it is", id))
}

// NewGroup is a group to be made of spares.
type NewGroup struct {
	ID       string   `json:"id"`
	Primary  string   `json:"primary"`
	Replicas []string `json:"replicas,omitempty"`
}

// GroupInfo is a group and who is in it.
type GroupInfo struct {
	topology.Group
	Instances []*topology.Instance `json:"instances"`
}

func (s *Server) listGroups(c call, _ nothing) ([]GroupInfo, error) {
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	groups := make([]GroupInfo, 0, len(snap.Groups))
	for _, group := range sortedValues(snap.Groups) {
		groups = append(groups, GroupInfo{Group: *group, Instances: snap.Members(group.ID)})
	}
	return groups, nil
}

func (s *Server) createGroup(c call, n NewGroup) (Change, error) {
	account := newProxyAccount(n.ID, 1)
	steps := []string{fmt.Sprintf("make group %s with primary %s", n.ID, n.Primary)}
	for _, replica := range n.Replicas {
		steps = append(steps, fmt.Sprintf("let %s replicate from it", replica))
	}
	return s.change(c, func(d *topology.Draft) error {
		return d.CreateGroup(n.ID, n.Primary, n.Replicas, account)
	}, append(steps, "the controller makes the proxies' account there and opens the primary")...)
}

// Placement is the groups that new keyspaces are spread over.
type Placement struct {
	// Groups is empty if that is every group.
	Groups []string `json:"groups"`
}

func (s *Server) placement(c call, _ nothing) (Placement, error) {
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return Placement{}, err
	}
	return Placement{Groups: append([]string{}, snap.Placement...)}, nil
}

func (s *Server) setPlacement(c call, p Placement) (Change, error) {
	step := fmt.Sprintf("spread new keyspaces over %v", p.Groups)
	if len(p.Groups) == 0 {
		step = "spread new keyspaces over every group"
	}
	return s.change(c, func(d *topology.Draft) error { return d.SetPlacement(p.Groups) }, step)
}
