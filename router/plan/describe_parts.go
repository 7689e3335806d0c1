package plan

import (
	"fmt"
	"strings"

	"github.com/shardway/shardway/shardkey"
)

// describe says in words which shards a part needs.
func (p *Part) describe() TargetDescription {
	d := TargetDescription{Keyspace: p.Keyspace.Name, Why: p.Why}
	switch p.Mode {
	case ModeKey:
		verb := "of"
		if p.Stored {
			verb = "that must also be the one of"
		}
		d.Shards = "the shard " + verb + " " + keyValues(p.Key, p.Values)
	case ModeZero:
		d.Shards = "the first shard"
	case ModeAll:
		d.Shards = "all shards"
		if p.Lookup != nil {
			d.Shards = p.Lookup.describe()
		}
	case ModeAny:
		d.Shards = "any shard"
	case ModeCopy:
		d.Shards = "all shards, the same on each"
	}
	return d
}

// String prints the part.
func (p *Part) String() string {
	d := p.describe()
	return d.Keyspace + ", " + d.Shards
}

// String prints the target, its parts apart.
func (t *Target) String() string {
	all := make([]string, len(t.Parts))
	for i := range t.Parts {
		all[i] = t.Parts[i].String()
	}
	return strings.Join(all, " and ")
}

func keyValues(key shardkey.Key, values [][]Operand) string {
	columns := make([]string, len(key))
	for i, ops := range values {
		list := make([]string, len(ops))
		for j, op := range ops {
			list[j] = op.String()
		}
		columns[i] = key[i].Name + " = " + strings.Join(list, " or ")
	}
	return strings.Join(columns, ", ")
}

func names(key shardkey.Key) string {
	all := make([]string, len(key))
	for i := range key {
		all[i] = key[i].Name
	}
	return strings.Join(all, ", ")
}

// describe says how rows of several groups become the answer, in the order in
// which it is done.
func (m *Merge) describe() []string {
	var steps []string
	if g := m.Group; g != nil {
		steps = append(steps, g.describe()...)
	}
	if m.Order != nil {
		verb := "merge sorted rows by "
		if m.Group != nil {
			verb = "sort by "
		}
		steps = append(steps, verb+orderList(m.Order))
	}
	if m.Distinct != nil {
		steps = append(steps, "show once what is equal in "+keyList(m.Distinct))
	}
	if l := m.Limit; l != nil {
		text := "take " + l.Count.String()
		if l.Offset.Slot >= 0 || l.Offset.Value > 0 {
			text = "skip " + l.Offset.String() + ", " + text
		}
		steps = append(steps, text)
	}
	if len(steps) == 0 {
		steps = append(steps, "one group's rows after the other's")
	}
	switch {
	case m.Hidden == 1:
		steps = append(steps, "leave out the last column")
	case m.Hidden > 1:
		steps = append(steps, fmt.Sprintf("leave out the last %d columns", m.Hidden))
	}
	return steps
}

func keyList(keys []KeyRef) string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = k.String()
	}
	return strings.Join(all, ", ")
}

// String prints the column, and in brackets the one with its weight.
func (k KeyRef) String() string {
	text := k.Column.String()
	if k.HasWeight {
		text += "[" + k.Weight.String()
		if len(k.Pad) > 0 {
			text += fmt.Sprintf(" padded %x", k.Pad)
		}
		text += "]"
	}
	return text
}

// describe says what the statement makes of a table.
func (c *CreateTable) describe() []string {
	var facts []string
	for _, col := range c.Table.Columns {
		text := "column " + col.Name + " " + col.Type
		if col.Collation != "" {
			text += " " + col.Collation
		}
		for _, word := range []struct {
			is   bool
			word string
		}{{col.NotNull, "not null"}, {col.Generated, "generated"}, {col.Invisible, "invisible"}, {col.RandomDefault, "random default"}} {
			if word.is {
				text += ", " + word.word
			}
		}
		facts = append(facts, text)
	}
	if len(c.Table.Primary) > 0 {
		facts = append(facts, "primary key "+strings.Join(c.Table.Primary, ", "))
	}
	for _, u := range c.Table.Unique {
		facts = append(facts, "unique "+strings.Join(u, ", "))
	}
	if c.Table.AutoIncrement != "" {
		facts = append(facts, "auto_increment "+c.Table.AutoIncrement)
	}
	for _, fk := range c.ForeignKeys {
		text := "foreign key " + strings.Join(fk.Columns, ", ") + " to " + fk.Table + " " + strings.Join(fk.References, ", ")
		if fk.Acts {
			text += ", acts"
		}
		facts = append(facts, text)
	}
	if c.Comment != "" {
		facts = append(facts, "comment "+c.Comment)
	}
	return facts
}
