package flow

import (
	"slices"
	"strings"

	"github.com/shardway/shardway/mysql/binlog"
)

// An index table has a row for each value of a unique key of a table: the value,
// and the shard key of the row that has it. On one group MySQL keeps the key itself
// and there is no index table. A flow from there fills those of its targets from the
// table's own rows. What it moves then is a view of the table: of its rows without
// NULL in the key, the columns that the index table has. At no time do two of them
// have the same value, so the key tells the view's rows apart as a primary key does,
// and an index of the source has them in its order. So all that makes the copy of a
// table exact makes that of the view exact: it is copied in chunks in the order of
// the key, and a change of a row is one of the view's row, which comes, goes, gets
// another identity, or stays as it is.

// isIndex reports whether what is moved is such a view.
func (t *Table) isIndex() bool { return len(t.Index) > 0 }

// id names what is moved in stored state and reports: a table's rows and its index
// tables are moved each for itself.
func (t *Table) id() string {
	if t.isIndex() {
		return t.Into
	}
	return t.Name
}

// view is the shape of the view of a table that t moves; nil if the table has no
// unique key over its columns, in their order, that can be read.
func (s *shape) view(t *Table) *shape {
	v := &shape{rows: s.rows, bytes: s.bytes}
	for _, name := range t.Index {
		at := s.column(name)
		if at < 0 || s.columns[at].generated {
			return nil
		}
		c := s.columns[at]
		c.nullable = false // rows with NULL are not in it
		v.columns = append(v.columns, c)
	}
	key := make([]int, len(t.Key))
	for i := range t.Key {
		key[i] = s.column(t.Key[i].Name)
		v.identity = append(v.identity, i)
	}
	for _, ix := range append([]index{{name: s.identityIndex, columns: s.identity}}, s.uniques...) {
		if slices.Equal(ix.columns, key) {
			v.identityIndex = ix.name
			return v
		}
	}
	return nil
}

// wholeKeys is the condition of the rows that are in the view; empty if all are.
func (t *table) wholeKeys() string {
	if !t.isIndex() {
		return ""
	}
	parts := make([]string, len(t.identity))
	for i, at := range t.identity {
		parts[i] = quote(t.columns[at].name) + " IS NOT NULL"
	}
	return strings.Join(parts, " AND ")
}

// has reports whether a row of the log is among those that are moved: of a view it
// is not if a column of the key is NULL.
func (m *mapping) has(row []any) bool {
	return row != nil && !hasNull(m, index{columns: m.identity}, row)
}

// unchanged reports whether a change leaves a view's row as it was: most changes do,
// and would only keep lanes from working side by side.
func (d *decoder) unchanged(m *mapping, c binlog.Change) (bool, error) {
	if !m.isIndex() || !m.has(c.Before) || !m.has(c.After) {
		return false, nil
	}
	before, err := d.row(m, c.Before)
	if err != nil {
		return false, err
	}
	after, err := d.row(m, c.After)
	return before == after, err
}
