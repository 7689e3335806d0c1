package topology

import (
	"fmt"
	"maps"
	"slices"
)

// NewKeyspace is what a keyspace is created from.
type NewKeyspace struct {
	Name string
	// Groups that it is spread over; none means the default placement.
	Groups []string
	// Shards is how many it has; 0 means one per group.
	Shards int
	// Undeclared is KindSingle when empty.
	Undeclared Kind
}

// PlanKeyspace says what CreateKeyspace would add, and refuses what it would.
func (s *Snapshot) PlanKeyspace(wanted NewKeyspace) (*Keyspace, error) {
	if err := CheckKeyspaceName(wanted.Name); err != nil {
		return nil, err
	}
	if present := s.Keyspaces[wanted.Name]; present != nil {
		if present.Dropping {
			return nil, exists("keyspace", wanted.Name,
				fmt.Sprintf("it is being dropped; 'shardway keyspace drop %s' finishes that", wanted.Name))
		}
		return nil, exists("keyspace", wanted.Name, "choose another name")
	}
	groups := wanted.Groups
	if len(groups) == 0 {
		groups = s.DefaultPlacement()
	}
	if len(groups) == 0 {
		return nil, &Refused{
			Code:    CodeInvalid,
			Message: "there is no group to put a keyspace on",
			Hint:    "'shardway group create' makes one, 'shardway adopt' takes an existing server",
		}
	}
	if err := s.checkGroupList("the keyspace's placement", groups); err != nil {
		return nil, err
	}
	shards := wanted.Shards
	if shards == 0 {
		shards = len(groups)
	}
	ranges, err := EvenRanges(shards)
	if err != nil {
		return nil, err
	}
	if shards < len(groups) {
		groups = groups[:shards]
	}
	k := &Keyspace{Name: wanted.Name, Undeclared: wanted.Undeclared, Tables: make(map[string]*Table)}
	if k.Undeclared == "" {
		k.Undeclared = KindSingle
	}
	for i, r := range ranges {
		k.Shards = append(k.Shards, Shard{Range: r, Group: groups[i%len(groups)]})
	}
	return k, nil
}

// CreateKeyspace adds a keyspace, its shards spread evenly over its groups.
func (d *Draft) CreateKeyspace(wanted NewKeyspace) (*Keyspace, error) {
	k, err := d.PlanKeyspace(wanted)
	if err != nil {
		return nil, err
	}
	d.Keyspaces[k.Name] = k
	return k, nil
}

// BeginDrop makes a keyspace serve nobody any more; its schemas can then be
// dropped, and DropKeyspace ends it.
func (d *Draft) BeginDrop(name string) error {
	k := d.Keyspaces[name]
	if k == nil {
		return notFound("keyspace", name, "keyspace")
	}
	if err := k.Still(); err != nil {
		return err
	}
	k.Dropping = true
	return nil
}

// DropKeyspace forgets a keyspace, its tables included.
func (d *Draft) DropKeyspace(name string) error {
	if d.Keyspaces[name] == nil {
		return notFound("keyspace", name, "keyspace")
	}
	delete(d.Keyspaces, name)
	for _, k := range d.Keyspaces {
		maps.DeleteFunc(k.Moved, func(_, home string) bool { return home == name })
	}
	return nil
}

func (d *Draft) serving(name string) (*Keyspace, error) {
	if k := d.Serving(name); k != nil {
		return k, nil
	}
	return nil, notFound("keyspace", name, "keyspace")
}

// DeclareTable declares a table, or declares it anew. It bumps the keyspace's
// schema version, so that no plan made before is used again. If the table has
// a sequence that it did not have before, that starts at 1.
func (d *Draft) DeclareTable(keyspace string, table Table) error {
	k, err := d.serving(keyspace)
	if err != nil {
		return err
	}
	if err := k.Still(); err != nil {
		return err
	}
	if home := k.Moved[table.Name]; home != "" {
		return exists("table", table.Name, fmt.Sprintf("it has moved to keyspace %s; choose another name, or drop it there", home))
	}
	table.ShardKey, table.Unique = slices.Clone(table.ShardKey), slices.Clone(table.Unique)
	table.SequenceID = ""
	if present := k.Tables[table.Name]; present != nil && present.Sequence == table.Sequence {
		table.SequenceID = present.SequenceID
	} else if table.Sequence != "" {
		// Drafts of one version never all become snapshots, so no other table
		// of this name has this id, before or after.
		key := SequenceKey{Keyspace: keyspace, ID: fmt.Sprintf("%s@%d", table.Name, d.Version+1)}
		for d.Sequences[key] != 0 { // declared, renamed and declared in one draft
			key.ID += "+"
		}
		table.SequenceID = key.ID
		d.Sequences[key] = 1
	}
	if err := checkTable(table.Name, &table); err != nil {
		return err
	}
	k.forgetIndexes(table.Name)
	for _, index := range table.indexTables() {
		k.Tables[index.Name] = index
	}
	k.Tables[table.Name] = &table
	k.SchemaVersion++
	return nil
}

// StartSequence makes the sequence that this draft gives a table start at
// first instead of 1. A sequence that is there already only moves on, through
// the store.
func (d *Draft) StartSequence(keyspace, table string, first uint64) {
	k := d.Keyspaces[keyspace]
	if k == nil || k.Tables[table] == nil {
		return
	}
	key := SequenceKey{Keyspace: keyspace, ID: k.Tables[table].SequenceID}
	if _, fresh := d.Sequences[key]; fresh {
		d.Sequences[key] = max(first, 1)
	}
}

// ForgetTable takes a table's declaration away. A table without one is no
// error: dropping it is the same for both.
func (d *Draft) ForgetTable(keyspace, table string) error {
	k, err := d.serving(keyspace)
	if err != nil {
		return err
	}
	k.forget(table)
	d.forgetMoved(keyspace, table)
	return nil
}

// forget takes a table's declaration away.
func (k *Keyspace) forget(table string) {
	delete(k.Tables, table)
	k.forgetIndexes(table)
	k.SchemaVersion++
}

// forgetMoved has nobody find a table by where it has been, as it is there no longer.
func (d *Draft) forgetMoved(keyspace, table string) {
	for name, k := range d.Keyspaces {
		if k.Moved[table] == keyspace {
			delete(k.Moved, table)
			k.SchemaVersion++
			d.forgetMoved(name, table)
		}
	}
}

// RenameTable gives a declared table another name; one that was never declared
// needs none.
func (d *Draft) RenameTable(keyspace, from, to string) error {
	k, err := d.serving(keyspace)
	if err != nil {
		return err
	}
	if err := CheckTableName(to); err != nil {
		return err
	}
	k.SchemaVersion++
	if from != to {
		d.forgetMoved(keyspace, from)
	}
	table := k.Tables[from]
	if table == nil || from == to {
		return nil
	}
	if k.Tables[to] != nil {
		return exists("declared table", to, "choose another name")
	}
	delete(k.Tables, from)
	for _, index := range table.indexTables() {
		index.IndexOf = to
		k.Tables[index.Name] = index
	}
	table.Name = to
	k.Tables[to] = table
	return nil
}

// BumpSchema says that a DDL statement has run in a keyspace.
func (d *Draft) BumpSchema(keyspace string) error {
	k, err := d.serving(keyspace)
	if err != nil {
		return err
	}
	k.SchemaVersion++
	return nil
}
