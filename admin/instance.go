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
	// Group is the one that it is to be a replica of; a spare if it is empty.
	Group string `json:"group,omitempty"`
	// Unchecked: it is added though it does not answer or has what is wrong.
	Unchecked bool `json:"unchecked,omitempty"`
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
	Group    string `json:"group,omitempty"`

	Unchecked bool `json:"unchecked,omitempty"`
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
	steps := []string{fmt.Sprintf("add %s at %s as a spare", n.ID, instance.Addr())}
	job := newInstanceJob(topology.InstanceProvision)
	if n.Group != "" {
		steps = append(steps, provisionSteps(n.ID, n.Group)...)
	}
	var warnings []string
	if !n.Unchecked {
		if err := topology.CheckID("an instance", n.ID); err != nil {
			return Change{}, err
		}
		var err error
		if warnings, err = s.checkNew(c, n); err != nil {
			return Change{}, err
		}
	}
	done, err := s.change(c, func(d *topology.Draft) error {
		if err := d.AddInstance(instance, topology.Account{User: n.User, Password: n.Password}); err != nil || n.Group == "" {
			return err
		}
		return d.Provision(n.Group, n.ID, job)
	}, steps...)
	done.Warnings = append(warnings, done.Warnings...)
	return done, err
}

// NewGroup is a group to be made of spares.
type NewGroup struct {
	ID       string   `json:"id"`
	Primary  string   `json:"primary"`
	Replicas []string `json:"replicas,omitempty"`
	// Durability is one-ack if it is empty.
	Durability topology.Durability `json:"durability,omitempty"`
}

// SetDurability asks for another durability of a group.
type SetDurability struct {
	Durability topology.Durability `json:"durability"`
}

func (s *Server) setDurability(c call, wanted SetDurability) (Change, error) {
	group := c.name("group")
	step := map[topology.Durability]string{
		topology.DurabilityNone:      "acknowledge writes of group %s at once; a primary that dies takes what no replica has received yet with it",
		topology.DurabilityOneAck:    "acknowledge writes of group %s when one replica has them on its disk",
		topology.DurabilityCrossZone: "acknowledge writes of group %s when a replica in another zone than the primary's has them on its disk",
	}[wanted.Durability]
	if step == "" {
		step = "set the durability of group %s"
	}
	return s.change(c, func(d *topology.Draft) error { return d.SetDurability(group, wanted.Durability) }, fmt.Sprintf(step, group))
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
	account := topology.NewProxyAccount(n.ID)
	steps := []string{fmt.Sprintf("make group %s with primary %s", n.ID, n.Primary)}
	for _, replica := range n.Replicas {
		steps = append(steps, fmt.Sprintf("let %s replicate from it", replica))
	}
	return s.change(c, func(d *topology.Draft) error {
		if err := d.CreateGroup(n.ID, n.Primary, n.Replicas, account); err != nil || n.Durability == "" {
			return err
		}
		return d.SetDurability(n.ID, n.Durability)
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
