package flow

import (
	"fmt"
	"hash/maphash"

	"github.com/shardway/shardway/mysql/binlog"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// op is what one row's change is for one target: the row as it is now takes the
// place of whatever is there, or goes.
type op struct {
	table int
	// key is the row's identity as the table's delete continues: "1", "(1,'a')".
	key string
	// row is the whole row as SQL, "(…)"; empty if it goes.
	row string
	// conflicts are hashes of the keys, old and new, that must see changes in
	// order.
	conflicts []uint64
}

// opBytes is what an op needs beside its texts.
const opBytes = 128

func (o *op) bytes() int64 { return int64(len(o.key) + len(o.row) + 8*len(o.conflicts) + opBytes) }

// decoder makes ops of one transaction's changes.
type decoder struct {
	spec   *Spec
	tables []*table
	seed   maphash.Seed
	// known are the tables of the log, each with what is moved of it: its rows, and
	// its index tables; none of one that is not moved.
	known map[*binlog.Table][]*mapping
	emit  func(target int, o op) error
	room  []byte
}

// mapping says where the log has a table's columns.
type mapping struct {
	*table
	// at is the place in the log's row of each column of the shape.
	at []int
}

// change makes ops of one row's change.
func (d *decoder) change(c binlog.Change) error {
	all, ok := d.known[c.Table]
	if !ok {
		var err error
		if all, err = d.mapTable(c.Table); err != nil {
			return err
		}
		d.known[c.Table] = all
	}
	for _, m := range all {
		if err := d.changeOf(m, c); err != nil {
			return err
		}
	}
	return nil
}

// changeOf makes ops of what a change is for one mapping.
func (d *decoder) changeOf(m *mapping, c binlog.Change) error {
	if same, err := d.unchanged(m, c); err != nil || same {
		return err
	}
	var old, now image
	var err error
	if m.has(c.Before) {
		if old, err = d.image(m, c.Before); err != nil {
			return err
		}
	}
	if m.has(c.After) {
		if now, err = d.image(m, c.After); err != nil {
			return err
		}
		if now.row, err = d.row(m, c.After); err != nil {
			return err
		}
	}
	return d.route(m, old, now)
}

// image is one side of a change.
type image struct {
	// key is empty where there is no row.
	key string
	// target is the place in Targets, -1 for none, everywhere for reference rows.
	target    int
	row       string
	conflicts []uint64
}

// everywhere stands for each target that takes reference tables.
const everywhere = -2

// route passes a change on to the targets of both sides. Where the row stays,
// it replaces itself.
func (d *decoder) route(m *mapping, old, now image) error {
	conflicts := append(old.conflicts, now.conflicts...)
	send := func(target int, o op) error {
		if target != everywhere {
			return d.emit(target, o)
		}
		for i := range d.spec.Targets {
			if d.spec.Targets[i].Reference {
				if err := d.emit(i, o); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if old.key != "" && old.target != none && (now.key != old.key || now.target != old.target) {
		if err := send(old.target, op{table: m.table.at, key: old.key, conflicts: conflicts}); err != nil {
			return err
		}
	}
	if now.key != "" && now.target != none {
		return send(now.target, op{table: m.table.at, key: now.key, row: now.row, conflicts: conflicts})
	}
	return nil
}

const none = -1

// mapTable finds what is moved of a table of the log.
func (d *decoder) mapTable(logged *binlog.Table) ([]*mapping, error) {
	if logged.Schema != d.spec.Schema {
		return nil, nil
	}
	var all []*mapping
	for _, t := range d.tables {
		if t.Name != logged.Name {
			continue
		}
		m, err := t.mapping(logged)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func (t *table) mapping(logged *binlog.Table) (*mapping, error) {
	m := &mapping{table: t, at: make([]int, len(t.columns))}
	for i := range t.columns {
		m.at[i] = columnAt(logged, t.columns[i].name)
		if m.at[i] < 0 && !t.columns[i].generated {
			return nil, stop(hintBeginAgain, "table %s was changed: the log has no column %s", t.Name, t.columns[i].name)
		}
	}
	for i := range logged.Columns {
		if name := logged.Columns[i].Name; t.column(name) < 0 && !hidden(name) && !t.isIndex() {
			return nil, stop(hintBeginAgain, "table %s was changed: the log has column %s", t.Name, name)
		}
	}
	return m, nil
}

// hidden reports whether MySQL made a column itself, for an index over an
// expression.
func hidden(name string) bool { return len(name) > 8 && name[:8] == "!hidden!" }

// image makes the identity, the target and the conflicts of a row.
func (d *decoder) image(m *mapping, row []any) (image, error) {
	side := image{target: everywhere}
	literal := func(dst []byte, at int) ([]byte, error) { return m.columns[at].appendKey(dst, row[m.at[at]]) }
	key, err := m.rowKey.append(d.room[:0], m.table, literal)
	if err != nil {
		return side, err
	}
	side.key = string(key)
	d.room = key
	if side.target, err = d.target(m, row); err != nil {
		return side, err
	}
	side.conflicts = d.conflicts(m, row)
	return side, nil
}

func (d *decoder) target(m *mapping, row []any) (int, error) {
	switch m.Kind {
	case topology.KindReference:
		return everywhere, nil
	case topology.KindSingle:
		return d.spec.targetOf(0), nil
	case topology.KindSharded:
		values := make([]any, len(m.lookup))
		for i, at := range m.lookup {
			values[i] = row[m.at[at]]
		}
		canonical, ok := m.Key.Stored(d.room[:0], values)
		if !ok {
			return none, fmt.Errorf("where the row with %v belongs is not known", values)
		}
		d.room = canonical
		return d.spec.targetOf(shardkey.Of(canonical)), nil
	}
	return none, fmt.Errorf("table %s is of kind %q", m.Name, m.Kind)
}

// row writes the columns that are moved.
func (d *decoder) row(m *mapping, row []any) (string, error) {
	text := append(d.room[:0], '(')
	var err error
	for i, at := range m.written {
		if i > 0 {
			text = append(text, ',')
		}
		if text, err = m.columns[at].appendLiteral(text, row[m.at[at]]); err != nil {
			return "", err
		}
	}
	text = append(text, ')')
	d.room = text
	return string(text), nil
}
