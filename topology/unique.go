package topology

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shardway/shardway/shardkey"
)

// HiddenPrefix begins the names of Shardway's own tables in a keyspace, which clients
// do not see; no table of a client's has it. IndexPrefix begins those of index tables.
const (
	HiddenPrefix = "_shardway_"
	IndexPrefix  = HiddenPrefix + "u_"
)

// GlobalKey is a unique key of a sharded table that does not contain the whole
// shard key, so that no server sees all of its values. An index table, which is
// sharded by the key's columns, has one row for each value: its server sees
// whether the value is taken, and the row says where the table's row lives.
type GlobalKey struct {
	// Index names the index table, in the table's own keyspace. No two
	// declarations ever share one.
	Index string `json:"index"`
	// Columns are the key's, in its order. They may be NULL: a row that has a
	// NULL among them has no row in the index table.
	Columns shardkey.Key `json:"columns"`
	// Kept: the index table exists and has a row for each value. It is not kept
	// while the keyspace is on one group, whose server then sees everything.
	Kept bool `json:"kept,omitempty"`
}

// IndexColumns are the columns of a key's index table: the key's own, then those
// of the table's shard key that are not among them.
func (t *Table) IndexColumns(k *GlobalKey) []shardkey.Column {
	columns := slices.Clone([]shardkey.Column(k.Columns))
	for _, c := range t.ShardKey {
		if !slices.ContainsFunc(k.Columns, func(o shardkey.Column) bool { return strings.EqualFold(o.Name, c.Name) }) {
			columns = append(columns, c)
		}
	}
	return columns
}

// IndexDefinition is the statement that makes a key's index table if it is not
// there yet.
func (t *Table) IndexDefinition(keyspace string, k *GlobalKey) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE IF NOT EXISTS " + quoted(keyspace) + "." + quoted(k.Index) + " (")
	for _, c := range t.IndexColumns(k) {
		b.WriteString(quoted(c.Name) + " " + c.Type)
		if c.Collation != "" {
			b.WriteString(" COLLATE " + c.Collation)
		}
		b.WriteString(" NOT NULL, ")
	}
	names := make([]string, len(k.Columns))
	for i, c := range k.Columns {
		names[i] = quoted(c.Name)
	}
	b.WriteString("PRIMARY KEY (" + strings.Join(names, ", ") + ")) ENGINE=InnoDB COMMENT='index of " + strings.ReplaceAll(t.Name, "'", "''") + "'")
	return b.String()
}

// KeptKeys are the table's keys that have an index table.
func (t *Table) KeptKeys() []*GlobalKey {
	var kept []*GlobalKey
	for i := range t.Unique {
		if t.Unique[i].Kept {
			kept = append(kept, &t.Unique[i])
		}
	}
	return kept
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// indexTables are the declarations of the table's index tables.
func (t *Table) indexTables() []*Table {
	var tables []*Table
	for _, k := range t.KeptKeys() {
		tables = append(tables, &Table{Name: k.Index, Kind: KindSharded, ShardKey: slices.Clone(k.Columns), IndexOf: t.Name})
	}
	return tables
}

// KeyOf returns the table and the key that an index table is of, or would be on
// several groups; nil if it is none.
func (k *Keyspace) KeyOf(index string) (*Table, *GlobalKey) {
	for _, t := range k.Tables {
		for i := range t.Unique {
			if t.Unique[i].Index == index {
				return t, &t.Unique[i]
			}
		}
	}
	return nil, nil
}

// settleKeys has unique keys without the shard key kept by whoever can: by index
// tables on several groups, by MySQL on one.
func (k *Keyspace) settleKeys() {
	kept := len(k.Groups()) > 1
	for _, t := range slices.Collect(maps.Values(k.Tables)) {
		if len(t.Unique) == 0 {
			continue
		}
		k.forgetIndexes(t.Name)
		for i := range t.Unique {
			t.Unique[i].Kept = kept
		}
		for _, index := range t.indexTables() {
			k.Tables[index.Name] = index
		}
		k.SchemaVersion++
	}
}

// forgetIndexes takes the declarations of a table's index tables away.
func (k *Keyspace) forgetIndexes(table string) {
	for name, t := range k.Tables {
		if t.IndexOf == table {
			delete(k.Tables, name)
		}
	}
}

// globalKeys finds the unique keys that no single server can keep, and refuses
// those that cannot be kept by an index table either.
func (d *Declaration) globalKeys(k *Keyspace, table Table, schema *TableSchema) ([]GlobalKey, error) {
	if table.UniqueShard {
		return nil, nil
	}
	kept := len(k.Groups()) > 1
	var keys []GlobalKey
	for i := range schema.UniqueKeys {
		unique := &schema.UniqueKeys[i]
		if table.Sequence != "" && unique.contains(table.Sequence) {
			continue // the sequence gives each value once
		}
		if !slices.ContainsFunc(table.ShardKey, func(c shardkey.Column) bool { return !unique.contains(c.Name) }) {
			continue // equal rows meet on one shard
		}
		columns, why := indexable(unique, schema)
		switch {
		case why == "" && kept && slices.ContainsFunc(schema.ForeignKeys, func(f ForeignKey) bool { return f.Acts }):
			why = "a foreign key of the table changes or deletes its rows (CASCADE or SET NULL), which MySQL does unseen"
		case why == "" && kept && d.Schema == nil && !d.Filled:
			why = "the table exists already, and its rows would have to be indexed first; 'shardway reshard distribute' does that with a single table, else create a new table with the declaration in its comment and copy the rows"
		}
		if why != "" {
			return nil, &Refused{
				Code: CodeUnsupported,
				Message: fmt.Sprintf("unique key %s of table %s does not contain its shard key (as a whole), so each shard would only see its own rows; "+
					"and it cannot be kept over all shards: %s", unique.Name, table.Name, why),
				Hint: "add the shard key to the key, shard by a column of the key, or, if duplicates on different shards cannot occur " +
					"or do no harm, say unique=shard (--unique-shard)",
			}
		}
		key := GlobalKey{Index: d.indexName(len(keys), unique), Columns: columns, Kept: kept}
		if !slices.ContainsFunc(keys, func(o GlobalKey) bool { return sameColumns(o.Columns, columns) }) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// indexable returns a key's columns, or why an index table cannot have them.
func indexable(unique *UniqueKey, schema *TableSchema) (columns shardkey.Key, why string) {
	if unique.Partial || len(unique.Columns) == 0 {
		return nil, "it is over a prefix of a column or an expression"
	}
	for _, name := range unique.Columns {
		column := schema.Column(name)
		switch {
		case column == nil:
			return nil, "there is no column " + name
		case column.Generated:
			return nil, "column " + name + " is generated inside MySQL"
		case column.SetsItself:
			return nil, "column " + name + " changes by itself (ON UPDATE)"
		}
		c := shardkey.Column{Name: column.Name, Type: strings.ToLower(column.Type), Collation: column.Collation}
		if err := c.Check(); err != nil {
			var unsupported *shardkey.UnsupportedError
			if errors.As(err, &unsupported) {
				return nil, "column " + name + ": " + unsupported.Reason
			}
			return nil, "column " + name + ": " + err.Error()
		}
		columns = append(columns, c)
	}
	return columns, ""
}

// sameColumns reports whether two keys have the same columns in any order.
func sameColumns(a, b shardkey.Key) bool {
	if len(a) != len(b) {
		return false
	}
	for _, c := range a {
		if !slices.ContainsFunc(b, func(o shardkey.Column) bool { return strings.EqualFold(o.Name, c.Name) }) {
			return false
		}
	}
	return true
}

// indexName names the n-th index table of a declaration. What people may read of
// the key in it is only its letters and digits.
func (d *Declaration) indexName(n int, unique *UniqueKey) string {
	readable := strings.Map(func(r rune) rune {
		if r < 0x80 && (isAlphanumeric(byte(r)) || r == '_') {
			return r
		}
		return -1
	}, d.Table+"_"+strings.Join(unique.Columns, "_"))
	name := fmt.Sprintf("%s%s_%d_%s", IndexPrefix, d.IndexID, n+1, strings.ToLower(readable))
	return name[:min(len(name), nameLengthMax)]
}

func checkGlobalKeys(table *Table) error {
	for i := range table.Unique {
		k := &table.Unique[i]
		if table.Kind != KindSharded {
			return invalid("it is %s but has keys that are kept over all shards", table.Kind)
		}
		if !strings.HasPrefix(k.Index, IndexPrefix) || len(k.Index) > nameLengthMax {
			return invalid("%q cannot be the name of an index table", k.Index)
		}
		if err := k.Columns.Check(); err != nil {
			return invalid("its unique key with the index %s cannot be placed: %s", k.Index, err)
		}
	}
	return nil
}
