package topology

import (
	"fmt"
	"slices"
)

// checkTableMove refuses a move of what is not one single table, or by shards that
// are not those of its keyspaces.
func (d *Draft) checkTableMove(k *Keyspace, m *Move) error {
	name, into := m.Table.New.Name, k
	switch {
	case m.Kind == MoveDistribute && m.Table.Keyspace == "" && m.Table.New.Kind == KindSharded:
	case m.Kind == MoveTable && m.Table.Keyspace != k.Name && (m.Table.New.Kind == KindSharded || m.Table.New.Kind == KindSingle):
		var err error
		if into, err = d.serving(m.Table.Keyspace); err != nil {
			return err
		}
		if err := d.checkReceiver(k, into, name); err != nil {
			return err
		}
	default:
		return invalid("the %s of table %s to %q as %s is not one", m.Kind, name, m.Table.Keyspace, m.Table.New.Kind)
	}
	if m.Table.Old.Name != name || m.Table.Old.Kind != KindSingle {
		return invalid("table %s was not single", name)
	}
	if err := k.Movable(name); err != nil {
		return err
	}
	for i := range m.Table.New.Unique {
		if index := m.Table.New.Unique[i].Index; into.Tables[index] != nil {
			return exists("table", index, "try again: each try has names of its own")
		}
	}
	if !slices.Equal(m.From, k.Shards) || !slices.Equal(m.To, into.Shards) {
		return &Refused{Code: CodeInUse, Message: fmt.Sprintf("the shards of keyspace %s have changed meanwhile", k.Name), Hint: "try again"}
	}
	for _, id := range m.Held() {
		if d.Groups[id].Primary == "" {
			return &Refused{
				Code: CodeUnavailable, Message: fmt.Sprintf("group %s has no primary yet", id), Hint: "'shardway status' says what keeps the controller from opening it",
			}
		}
	}
	return nil
}

// checkReceiver refuses a keyspace that cannot take a table of that name from k.
func (d *Draft) checkReceiver(k, into *Keyspace, name string) error {
	if err := into.Still(); err != nil {
		return err
	}
	if home := d.Home(into.Name, name); into.Tables[name] != nil || home != into.Name && home != k.Name {
		return exists("table", into.Name+"."+name, "drop it first, or rename it")
	}
	return nil
}

// Movable refuses a table that is not on one group, or is not the keyspace's any more.
func (k *Keyspace) Movable(table string) error {
	if home := k.Moved[table]; home != "" {
		return &Refused{
			Code: CodeNotFound, Message: fmt.Sprintf("table %s.%s has moved to keyspace %s", k.Name, table, home), Hint: "name it there, as " + home + "." + table,
		}
	}
	present := k.Tables[table]
	if present == nil || present.Kind == KindSingle {
		return nil
	}
	return &Refused{
		Code: CodeInvalid, Message: fmt.Sprintf("table %s.%s is %s already", k.Name, table, present.Kind),
		Hint: "a table whose rows are on one group can be distributed, or moved to another keyspace",
	}
}

// turnTable has clients use the table of the other side; first is what its sequence
// gives first.
func (d *Draft) turnTable(k *Keyspace, m *Move, first uint64) error {
	into := k
	if m.Table.Keyspace != "" {
		into = d.Keyspaces[m.Table.Keyspace]
	}
	table, from, to := m.Table.New, k, into
	if !m.Switched {
		table, from, to = m.Table.Old, into, k
	}
	// What keeps everybody else from declaring tables.
	k.Move, into.Receives = nil, ""
	if from != to {
		if from == k {
			m.Table = copyOf(m.Table)
			m.Table.Back = into.Moved[table.Name] != ""
		}
		from.forget(table.Name)
		delete(to.Moved, table.Name)
		if from == k || m.Table.Back {
			if from.Moved == nil {
				from.Moved = make(map[string]string)
			}
			from.Moved[table.Name] = to.Name
		}
	}
	if err := d.DeclareTable(to.Name, table); err != nil {
		return err
	}
	d.StartSequence(to.Name, table.Name, first)
	m.Starts = nil
	k.Move = copyMove(m)
	if from != to {
		into.Receives = k.Name
	}
	return nil
}
