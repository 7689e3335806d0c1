package topology

import (
	"cmp"
	"maps"
	"slices"
)

// Members returns the instances of a group: the primary first, then the
// replicas by id.
func (s *Snapshot) Members(group string) []*Instance {
	var members []*Instance
	for _, instance := range s.Instances {
		if instance.Group == group && group != "" {
			members = append(members, instance)
		}
	}
	slices.SortFunc(members, func(a, b *Instance) int {
		if (a.Role == RolePrimary) != (b.Role == RolePrimary) {
			if a.Role == RolePrimary {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return members
}

// KeyspacesOn returns the names of the keyspaces with a shard on group, sorted.
func (s *Snapshot) KeyspacesOn(group string) []string {
	var names []string
	for name, keyspace := range s.Keyspaces {
		if slices.Contains(keyspace.Groups(), group) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// DefaultPlacement returns the groups that a new keyspace is spread over: the
// placement, or every group in order of id.
func (s *Snapshot) DefaultPlacement() []string {
	if len(s.Placement) > 0 {
		return slices.Clone(s.Placement)
	}
	return slices.Sorted(maps.Keys(s.Groups))
}

// Home returns the keyspace that has the table which clients name in a keyspace: the
// same, unless the table has moved to another one.
func (s *Snapshot) Home(keyspace, table string) string {
	for range s.Keyspaces { // it may have moved on, and on
		k := s.Serving(keyspace)
		if k == nil || k.Moved[table] == "" {
			break
		}
		keyspace = k.Moved[table]
	}
	return keyspace
}

// Serving returns the keyspace of that name, or nil if there is none or it is
// being dropped.
func (s *Snapshot) Serving(name string) *Keyspace {
	if keyspace := s.Keyspaces[name]; keyspace != nil && !keyspace.Dropping {
		return keyspace
	}
	return nil
}
