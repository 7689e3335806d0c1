package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/shardkey"
)

// Meeting is what REPLACE, INSERT IGNORE or INSERT … ON DUPLICATE KEY UPDATE does
// where a row meets another in a unique key, in a table with index tables.
type Meeting struct {
	// Mode is "REPLACE", "IGNORE" or "UPDATE".
	Mode string
	// Rows reads and changes rows that are met; it has no statement of the client's.
	Rows *Indexed
	// Delete deletes rows up to the list of primary keys.
	Delete string
	// Local are the unique keys that each shard keeps by itself.
	Local []LocalKey
	// Probe is put behind ON DUPLICATE KEY UPDATE so that a row that is met is told
	// of by the id Met.
	Probe string
}

// LocalKey is a unique key that a row may meet others in on its own shard.
type LocalKey struct {
	// Columns are its columns, as SQL; Values the positions of their values in a
	// row of the INSERT.
	Columns []string
	Values  []int
}

// Met is the id with which a server tells that a row has met another: it is
// larger than any of a sequence.
const Met uint64 = 1<<64 - 59

// probe is an assignment that changes nothing and has the server answer with Met.
func probe(column, table string) string {
	name := quoted(column)
	value := name
	if table != "" {
		value = quoted(table) + "." + name
	}
	return name + " = IF(LAST_INSERT_ID(" + strconv.FormatUint(Met, 10) + "), " + value + ", " + value + ")"
}

// meeting plans what happens where a row meets another.
func meeting(op *Insert, into *ref, s *ast.InsertStmt, columns []string) (*Meeting, error) {
	name := into.decl.Name
	m := &Meeting{Mode: "IGNORE", Rows: &Indexed{Verb: "UPDATE", Keyspace: into.keyspace, Table: into.decl}}
	switch {
	case s.IsReplace:
		m.Mode = "REPLACE"
	case len(s.OnDuplicate) > 0:
		m.Mode = "UPDATE"
	}
	if s.IgnoreErr && m.Mode != "IGNORE" {
		return nil, notSupported("INSERT IGNORE … ON DUPLICATE KEY UPDATE of %s is not supported, because a unique key of the table is kept over all shards; leave IGNORE out", name)
	}
	if into.table == nil {
		return nil, notSupported("the columns of %s are not known yet; try again", name)
	}
	if why := m.Rows.rowKey(into); why != "" {
		return nil, notSupported("REPLACE, INSERT IGNORE and ON DUPLICATE KEY UPDATE of table %s, %s, are not supported, because a unique key of the table is kept over all shards; give it a primary key of integers, decimals, dates, bytes or text", name, why)
	}
	m.Rows.keyed(into)
	list := make([]string, len(m.Rows.RowColumns))
	for i, c := range m.Rows.RowColumns {
		list[i] = quoted(c)
	}
	m.Delete = "DELETE FROM " + quoted(into.keyspace.Name) + "." + quoted(name) + " WHERE (" + strings.Join(list, ", ") + ") IN "
	m.Probe = ", " + probe(into.decl.ShardKey[0].Name, name)
	return m, m.local(op, into, columns)
}

// local finds the keys that each shard keeps.
func (m *Meeting) local(op *Insert, into *ref, columns []string) error {
	for _, key := range into.table.Unique {
		if slices.ContainsFunc(op.Index, func(x InsertIndex) bool { return sameNames(key, x.Key.Columns) }) {
			continue
		}
		local, never := LocalKey{}, false
		for _, c := range key {
			at := position(columns, c)
			known := into.table.Column(c)
			if at < 0 && (known < 0 || !into.table.Columns[known].NullDefault) {
				return notSupported("REPLACE, INSERT IGNORE and ON DUPLICATE KEY UPDATE of %s must give column %s, because it is in a unique key, and another one of the table is kept over all shards", into.decl.Name, c)
			}
			never = never || at < 0
			local.Columns, local.Values = append(local.Columns, quoted(c)), append(local.Values, at)
		}
		if !never { // NULL meets nothing
			m.Local = append(m.Local, local)
		}
	}
	return nil
}

// sameNames reports whether a key is over these columns, in this order.
func sameNames(key []string, columns shardkey.Key) bool {
	return slices.EqualFunc(key, columns, func(c string, o shardkey.Column) bool { return strings.EqualFold(c, o.Name) })
}
