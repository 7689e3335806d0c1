package topology

import (
	"fmt"
	"maps"
	"slices"
)

// Draft is a deep copy of a snapshot that is being edited. Whoever edits owns
// it alone. Its methods refuse what cannot be done and say what to do instead;
// its fields may be edited too, for Finish validates the whole.
type Draft struct {
	Snapshot
	// Credentials are the administrators' accounts to be stored with this
	// edit, by instance; a zero account is removed. They are no part of any
	// snapshot: only a controller reads them.
	Credentials map[string]Account
	// Sequences are the sequences that begin with this edit, each with the
	// first value that it will give.
	Sequences map[SequenceKey]uint64
	// Ended and EndedMoves are the operations and moves that end with this edit;
	// the store keeps them.
	Ended      []Operation
	EndedMoves []Move
}

// SequenceKey names a sequence: the keyspace and Table.SequenceID.
type SequenceKey struct{ Keyspace, ID string }

// Edit returns a draft of s. s itself stays as it is.
func (s *Snapshot) Edit() *Draft {
	d := &Draft{
		Snapshot: Snapshot{
			Version:   s.Version,
			Groups:    make(map[string]*Group, len(s.Groups)),
			Instances: make(map[string]*Instance, len(s.Instances)),
			Keyspaces: make(map[string]*Keyspace, len(s.Keyspaces)),
			Users:     make(map[string]*User, len(s.Users)),
			Accounts:  make(map[string]Account, len(s.Accounts)),
			Placement: slices.Clone(s.Placement),
		},
		Credentials: make(map[string]Account),
		Sequences:   make(map[SequenceKey]uint64),
	}
	for id, group := range s.Groups {
		d.Groups[id] = copyOf(group)
		d.Groups[id].Ackers = slices.Clone(group.Ackers)
		d.Groups[id].Operation = copyOperation(group.Operation)
	}
	for id, instance := range s.Instances {
		d.Instances[id] = copyOf(instance)
		d.Instances[id].Job = copyInstanceJob(instance.Job)
	}
	for name, keyspace := range s.Keyspaces {
		d.Keyspaces[name] = copyKeyspace(keyspace)
	}
	for name, user := range s.Users {
		d.Users[name] = copyOf(user)
		d.Users[name].NativeVerifier = slices.Clone(user.NativeVerifier)
		d.Users[name].SHA2Verifier = slices.Clone(user.SHA2Verifier)
		d.Users[name].Grants = maps.Clone(user.Grants)
	}
	maps.Copy(d.Accounts, s.Accounts)
	return d
}

func copyKeyspace(k *Keyspace) *Keyspace {
	c := copyOf(k)
	c.Shards = slices.Clone(k.Shards)
	c.Move, c.Moved = copyMove(k.Move), maps.Clone(k.Moved)
	c.Tables = make(map[string]*Table, len(k.Tables))
	for name, table := range k.Tables {
		c.Tables[name] = copyOf(table)
		c.Tables[name].ShardKey = slices.Clone(table.ShardKey)
		c.Tables[name].Unique = slices.Clone(table.Unique)
	}
	return c
}

func copyOf[T any](value *T) *T {
	c := *value
	return &c
}

// Finish validates the draft and returns it as a snapshot of the same version
// as the one it was made from; the store gives it the new one. The draft must
// not be edited afterwards.
func (d *Draft) Finish() (*Snapshot, error) {
	for instance := range d.Credentials {
		if d.Instances[instance] == nil && !d.Credentials[instance].IsZero() {
			return nil, invalid("a credential is for instance %q, which does not exist", instance)
		}
	}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return &d.Snapshot, nil
}

// SetPlacement sets the groups that new keyspaces are spread over; none means
// every group.
func (d *Draft) SetPlacement(groups []string) error {
	if err := d.checkGroupList("the placement", groups); err != nil {
		return err
	}
	d.Placement = slices.Clone(groups)
	return nil
}

func notFound(what, name, verb string) error {
	return &Refused{
		Code:    CodeNotFound,
		Message: fmt.Sprintf("there is no %s %q", what, name),
		Hint:    fmt.Sprintf("'shardway %s list' shows what there is", verb),
	}
}

func exists(what, name, hint string) error {
	return &Refused{
		Code:    CodeExists,
		Message: fmt.Sprintf("there is already a %s %q", what, name),
		Hint:    hint,
	}
}
