package admin

import (
	"fmt"
	"maps"
	"slices"

	"github.com/shardway/shardway/topology"
)

// UserInfo is a user as shown: without what verifies the password.
type UserInfo struct {
	Name string `json:"name"`
	// Plugins are the authentication plugins that the user can log in with.
	Plugins []string                  `json:"plugins"`
	Grants  map[string]topology.Grant `json:"grants"`
	Locked  bool                      `json:"locked,omitempty"`
}

func userInfo(u *topology.User) UserInfo {
	info := UserInfo{Name: u.Name, Plugins: []string{}, Grants: u.Grants, Locked: u.Locked}
	if len(u.SHA2Verifier) > 0 {
		info.Plugins = append(info.Plugins, "caching_sha2_password")
	}
	if len(u.NativeVerifier) > 0 {
		info.Plugins = append(info.Plugins, "mysql_native_password")
	}
	if info.Grants == nil {
		info.Grants = map[string]topology.Grant{}
	}
	return info
}

// Verifiers are what a password is checked by; they stand in for it
// everywhere. Whoever asks for the password makes them.
type Verifiers struct {
	Native []byte `json:"native_verifier,omitempty"`
	SHA2   []byte `json:"sha2_verifier,omitempty"`
}

// NewUser is a user to be added.
type NewUser struct {
	Name string `json:"name"`
	Verifiers
	Grants map[string]topology.Grant `json:"grants,omitempty"`
	Locked bool                      `json:"locked,omitempty"`
}

func (s *Server) listUsers(c call, _ nothing) ([]UserInfo, error) {
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	list := make([]UserInfo, 0, len(snap.Users))
	for _, user := range sortedValues(snap.Users) {
		list = append(list, userInfo(user))
	}
	return list, nil
}

func (s *Server) addUser(c call, n NewUser) (Change, error) {
	steps := []string{fmt.Sprintf("add user %s", n.Name)}
	for _, keyspace := range slices.Sorted(maps.Keys(n.Grants)) {
		steps = append(steps, grantStep(n.Name, keyspace, n.Grants[keyspace]))
	}
	return s.change(c, func(d *topology.Draft) error {
		return d.AddUser(topology.User{
			Name: n.Name, NativeVerifier: n.Native, SHA2Verifier: n.SHA2, Grants: n.Grants, Locked: n.Locked,
		})
	}, steps...)
}

func grantStep(user, keyspace string, grant topology.Grant) string {
	if keyspace == topology.AllKeyspaces {
		keyspace = "every keyspace"
	}
	if grant == topology.GrantNone {
		return fmt.Sprintf("take from %s what it may do in %s", user, keyspace)
	}
	return fmt.Sprintf("let %s do %s in %s", user, grant, keyspace)
}

func (s *Server) removeUser(c call, _ nothing) (Change, error) {
	name := c.name("user")
	return s.change(c, func(d *topology.Draft) error { return d.RemoveUser(name) }, fmt.Sprintf("remove user %s", name))
}

func (s *Server) setPassword(c call, v Verifiers) (Change, error) {
	name := c.name("user")
	return s.change(c, func(d *topology.Draft) error { return d.SetVerifiers(name, v.Native, v.SHA2) },
		fmt.Sprintf("change the password of %s", name))
}

// UserGrant is what a user may do in a keyspace, or in all ("*"); an empty
// grant takes it away.
type UserGrant struct {
	Keyspace string         `json:"keyspace"`
	Grant    topology.Grant `json:"grant"`
}

func (s *Server) setGrant(c call, g UserGrant) (Change, error) {
	name := c.name("user")
	return s.change(c, func(d *topology.Draft) error { return d.SetGrant(name, g.Keyspace, g.Grant) },
		grantStep(name, g.Keyspace, g.Grant))
}

// UserLock locks a user out or lets it in again.
type UserLock struct {
	Locked bool `json:"locked"`
}

func (s *Server) setLocked(c call, l UserLock) (Change, error) {
	name := c.name("user")
	step := fmt.Sprintf("let %s log in again", name)
	if l.Locked {
		step = fmt.Sprintf("let %s log in no more", name)
	}
	return s.change(c, func(d *topology.Draft) error { return d.SetLocked(name, l.Locked) }, step)
}

func (s *Server) renameUser(c call, n NewName) (Change, error) {
	name := c.name("user")
	return s.change(c, func(d *topology.Draft) error { return d.RenameUser(name, n.To) },
		fmt.Sprintf("call user %s %s", name, n.To))
}
