package topology

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// Validate checks every invariant of the model. A snapshot that fails it is
// never published and never written.
func (s *Snapshot) Validate() error {
	for id, group := range s.Groups {
		if err := s.checkGroup(id, group); err != nil {
			return fmt.Errorf("group %s: %w", id, err)
		}
	}
	addresses := make(map[string]string, len(s.Instances))
	for id, instance := range s.Instances {
		if err := s.checkInstance(id, instance); err != nil {
			return fmt.Errorf("instance %s: %w", id, err)
		}
		if other, taken := addresses[instance.Addr()]; taken {
			return invalid("instances %s and %s are one server, %s", other, id, instance.Addr())
		}
		addresses[instance.Addr()] = id
	}
	for name, keyspace := range s.Keyspaces {
		if err := s.checkKeyspace(name, keyspace); err != nil {
			return fmt.Errorf("keyspace %s: %w", name, err)
		}
	}
	for name, user := range s.Users {
		if err := checkUser(name, user); err != nil {
			return fmt.Errorf("user %s: %w", name, err)
		}
	}
	for group, account := range s.Accounts {
		if s.Groups[group] == nil || account.IsZero() {
			return invalid("an account belongs to group %q, which does not exist, or names nobody", group)
		}
	}
	return s.checkGroupList("the default placement", s.Placement)
}

func (s *Snapshot) checkGroup(id string, group *Group) error {
	if err := CheckID("a group", id); err != nil {
		return err
	}
	if group.ID != id {
		return invalid("its record says it is %q", group.ID)
	}
	if group.Term < 0 || group.RouteEpoch < 0 {
		return invalid("its term %d or its route epoch %d is negative", group.Term, group.RouteEpoch)
	}
	if group.Durability != "" && !slices.Contains(Durabilities(), group.Durability) {
		return invalid("%q is no durability", group.Durability)
	}
	if group.Primary != "" && !s.isMember(group.Primary, id, RolePrimary) {
		return invalid("its primary %q is not an instance of it with role primary", group.Primary)
	}
	var primaries []string
	for _, instance := range s.Members(id) {
		if instance.Role == RolePrimary {
			primaries = append(primaries, instance.ID)
		}
	}
	if len(primaries) > 1 {
		return invalid("it has several primaries: %s", strings.Join(primaries, ", "))
	}
	for i, acker := range group.Ackers {
		// The old primary may follow the new one before that is published.
		former := group.Operation != nil && group.Operation.Phase == PhasePromote && s.isMember(acker, id, RolePrimary)
		if !former && !s.isMember(acker, id, RoleReplica) || slices.Contains(group.Ackers[:i], acker) {
			return invalid("its acker %q is not a replica of it, or is listed twice", acker)
		}
	}
	return nil
}

func (s *Snapshot) isMember(instance, group string, role Role) bool {
	member := s.Instances[instance]
	return member != nil && member.Group == group && member.Role == role
}

func (s *Snapshot) checkInstance(id string, instance *Instance) error {
	if err := CheckID("an instance", id); err != nil {
		return err
	}
	if instance.ID != id {
		return invalid("its record says it is %q", instance.ID)
	}
	if instance.Host == "" || instance.Port < 1 || instance.Port > 65535 {
		return invalid("%q port %d is not an address", instance.Host, instance.Port)
	}
	if (instance.Job != nil || instance.Drained) && instance.Role != RoleReplica {
		return invalid("it is %s, and only replicas are drained or worked on", instance.Role)
	}
	switch instance.Role {
	case RoleSpare:
		if instance.Group != "" {
			return invalid("it is a spare, yet in group %s", instance.Group)
		}
	case RolePrimary, RoleReplica:
		if s.Groups[instance.Group] == nil {
			return invalid("it is a %s of group %q, which does not exist", instance.Role, instance.Group)
		}
	default:
		return invalid("%q is not a role", instance.Role)
	}
	return nil
}

func (s *Snapshot) checkGroupList(what string, groups []string) error {
	for i, group := range groups {
		if s.Groups[group] == nil {
			return &Refused{
				Code:    CodeNotFound,
				Message: fmt.Sprintf("%s names group %q, which does not exist", what, group),
				Hint:    "'shardway group list' shows the groups",
			}
		}
		if slices.Contains(groups[:i], group) {
			return invalid("%s names group %s twice", what, group)
		}
	}
	return nil
}

// Addr is the instance's address as host:port.
func (i *Instance) Addr() string { return net.JoinHostPort(i.Host, fmt.Sprint(i.Port)) }

func invalid(format string, args ...any) error {
	return &Refused{Code: CodeInvalid, Message: fmt.Sprintf(format, args...)}
}
