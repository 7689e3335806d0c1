package topology

import (
	"fmt"
	"slices"
	"strings"
)

// AddInstance adds a server as a spare, with the administrator's account by
// which the controller reaches it.
func (d *Draft) AddInstance(instance Instance, credential Account) error {
	if err := CheckID("an instance", instance.ID); err != nil {
		return err
	}
	if d.Instances[instance.ID] != nil {
		return exists("instance", instance.ID, "choose another id")
	}
	for _, other := range d.Instances {
		if other.Addr() == instance.Addr() {
			return exists("instance at "+instance.Addr()+", called", other.ID, "a server is one instance alone")
		}
	}
	if credential.IsZero() {
		return &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("instance %s has no administrator's account", instance.ID),
			Hint:    "give the user and the password by which Shardway may administer it",
		}
	}
	instance.Role, instance.Group = RoleSpare, ""
	d.Instances[instance.ID] = &instance
	d.Credentials[instance.ID] = credential
	return nil
}

// RemoveInstance forgets a server. A primary stays, and so does an acker: the
// controller takes it off that list first.
func (d *Draft) RemoveInstance(id string) error {
	instance := d.Instances[id]
	if instance == nil {
		return notFound("instance", id, "instance")
	}
	if instance.Role == RolePrimary {
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("instance %s is the primary of group %s", id, instance.Group),
			Hint:    fmt.Sprintf("'shardway switchover %s' has a replica take over first", instance.Group),
		}
	}
	if group := d.Groups[instance.Group]; group != nil && slices.Contains(group.Ackers, id) {
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("instance %s acknowledges the writes of group %s", id, group.ID),
			Hint:    "begin its removal; the controller takes it off the list first",
		}
	}
	delete(d.Instances, id)
	d.Credentials[id] = Account{}
	return nil
}

// CreateGroup makes a group of spares: primary is the one that the controller
// is to open; the group has no primary until it has. account is what proxies
// will log in with.
func (d *Draft) CreateGroup(id, primary string, replicas []string, account Account) error {
	if err := CheckID("a group", id); err != nil {
		return err
	}
	if d.Groups[id] != nil {
		return exists("group", id, "choose another id")
	}
	if slices.Contains(replicas, primary) {
		return invalid("%s cannot be both primary and replica", primary)
	}
	if account.IsZero() {
		return invalid("group %s has no account for the proxies", id)
	}
	for _, member := range append([]string{primary}, replicas...) {
		if err := d.join(member, id, RoleReplica); err != nil {
			return err
		}
	}
	d.Instances[primary].Role = RolePrimary
	d.Groups[id] = &Group{ID: id, RouteEpoch: 1}
	d.Accounts[id] = account
	return nil
}

// AddReplica makes a spare a replica of a group.
func (d *Draft) AddReplica(group, id string) error {
	if d.Groups[group] == nil {
		return notFound("group", group, "group")
	}
	return d.join(id, group, RoleReplica)
}

func (d *Draft) join(id, group string, role Role) error {
	instance := d.Instances[id]
	if instance == nil {
		return notFound("instance", id, "instance")
	}
	if instance.Role != RoleSpare {
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("instance %s is already %s of group %s", id, instance.Role, instance.Group),
			Hint:    "name an instance that 'shardway instance list' shows as spare",
		}
	}
	instance.Role, instance.Group = role, group
	return nil
}

// RemoveGroup forgets a group that no keyspace is on; its instances become
// spares.
func (d *Draft) RemoveGroup(id string) error {
	if d.Groups[id] == nil {
		return notFound("group", id, "group")
	}
	if o := d.Groups[id].Operation; o != nil {
		return &Refused{
			Code: CodeInUse, Message: fmt.Sprintf("a %s of group %s is under way", o.Kind, id), Hint: "try again when it has ended",
		}
	}
	if names := d.KeyspacesOn(id); len(names) > 0 {
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("group %s holds shards of %s", id, strings.Join(names, ", ")),
			Hint:    "move their shards to other groups first ('shardway reshard'), or drop these keyspaces",
		}
	}
	if names := d.movesOn(id); names != "" {
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("group %s takes part in a move of shards of %s", id, names),
			Hint:    "end that first: 'shardway reshard complete' or 'shardway reshard cancel'",
		}
	}
	if slices.Contains(d.Placement, id) {
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("group %s is in the default placement", id),
			Hint:    "'shardway placement set' takes it out",
		}
	}
	for _, instance := range d.Members(id) {
		if instance.Job != nil {
			return &Refused{
				Code: CodeInUse, Message: fmt.Sprintf("a %s of instance %s is under way", instance.Job.Kind, instance.ID),
				Hint: "'shardway instance list' shows how far it is",
			}
		}
	}
	for _, instance := range d.Members(id) {
		instance.Role, instance.Group, instance.Drained = RoleSpare, "", false
	}
	delete(d.Groups, id)
	delete(d.Accounts, id)
	return nil
}

// SetAckers sets which replicas of a group acknowledge its writes, unless its
// primary or they have changed since it was seen: who is struck off is so by
// what was seen then.
func (d *Draft) SetAckers(group string, seen Group, ackers []string) error {
	g := d.Groups[group]
	if g == nil {
		return notFound("group", group, "group")
	}
	if g.Primary != seen.Primary || g.Term != seen.Term || !slices.Equal(g.Ackers, seen.Ackers) {
		return invalid("the primary or the ackers of group %s have changed meanwhile", group)
	}
	if (g.Operation == nil) != (seen.Operation == nil) {
		return invalid("an operation of group %s has begun or ended meanwhile", group)
	}
	g.Ackers = slices.Sorted(slices.Values(ackers))
	return nil
}

// SetAccount gives a group's proxies another account to log in with, of the
// next route epoch.
func (d *Draft) SetAccount(group string, account Account) error {
	g := d.Groups[group]
	if g == nil {
		return notFound("group", group, "group")
	}
	if account.IsZero() {
		return invalid("group %s has no account for the proxies", group)
	}
	d.Accounts[group] = account
	g.RouteEpoch++
	return nil
}
