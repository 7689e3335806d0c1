package topology

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shardway/shardway/shardkey"
)

// Declaration asks for a table to be spread in a certain way.
type Declaration struct {
	Keyspace string `json:"keyspace"`
	Table    string `json:"table"`
	Kind     Kind   `json:"kind"`
	// ShardKey names the columns of the shard key, for KindSharded.
	ShardKey []string `json:"shard_key,omitempty"`
	// UniqueShard: the owner vouches that unique keys without the shard key
	// need only be unique within a shard.
	UniqueShard bool `json:"unique_shard,omitempty"`
	// Schema is the table's, if it does not exist yet; otherwise it is read
	// from the table.
	Schema *TableSchema `json:"schema,omitempty"`
	// Filled: the table exists, and its index tables have a row for each value when
	// the declaration takes effect.
	Filled bool `json:"-"`
	// IndexID goes into the names of index tables; no other declaration has it.
	IndexID string `json:"-"`
}

// Declare says what a declaration makes of a table of that schema, or refuses
// it. Warnings name what must be seen to before the keyspace is split. It does
// not look at rows: whether any would have to move is for the caller to know.
func (s *Snapshot) Declare(d Declaration, schema *TableSchema) (table Table, warnings []string, err error) {
	k := s.Serving(d.Keyspace)
	if k == nil {
		return Table{}, nil, notFound("keyspace", d.Keyspace, "keyspace")
	}
	if err := CheckTableName(d.Table); err != nil {
		return Table{}, nil, err
	}
	if strings.HasPrefix(strings.ToLower(d.Table), HiddenPrefix) {
		return Table{}, nil, invalid("names that begin with %s are those of Shardway's own tables", HiddenPrefix)
	}
	table = Table{Name: d.Table, Kind: d.Kind, UniqueShard: d.UniqueShard}
	switch d.Kind {
	case KindSharded:
		if table.ShardKey, err = keyOf(d, schema); err != nil {
			return Table{}, nil, err
		}
		table.Sequence = schema.AutoIncrement
		if table.Unique, err = d.globalKeys(k, table, schema); err != nil {
			return Table{}, nil, err
		}
	case KindReference, KindSingle:
		if len(d.ShardKey) > 0 || d.UniqueShard {
			return Table{}, nil, &Refused{
				Code:    CodeInvalid,
				Message: fmt.Sprintf("table %s cannot be %s and have a shard key or unique=shard", d.Table, d.Kind),
				Hint:    "these belong to sharded tables",
			}
		}
		if d.Kind == KindReference {
			// Every copy must get the same value, so no server may choose it.
			table.Sequence = schema.AutoIncrement
		}
	default:
		return Table{}, nil, invalid("%q is not a kind of table", d.Kind)
	}
	warnings, err = k.checkForeignKeys(table, schema)
	return table, warnings, err
}

// keyOf builds the shard key and refuses columns that cannot be part of one.
func keyOf(d Declaration, schema *TableSchema) (shardkey.Key, error) {
	if len(d.ShardKey) == 0 {
		return nil, &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("table %s is to be sharded, but by no column", d.Table),
			Hint:    "name the shard key: shard_key=column in the comment, or --by column",
		}
	}
	var key shardkey.Key
	for i, name := range d.ShardKey {
		column := schema.Column(name)
		refuse := func(why, hint string) error {
			return &Refused{
				Code:    CodeInvalid,
				Message: fmt.Sprintf("column %s of table %s cannot be in its shard key: %s", name, d.Table, why),
				Hint:    hint,
			}
		}
		switch {
		case column == nil:
			return nil, refuse("there is no such column", "name a column of the table")
		case indexFold(d.ShardKey[:i], name) >= 0:
			return nil, refuse("it is named twice", "name it once")
		case column.Nullable:
			return nil, refuse("it may be NULL, and NULL has no place", "declare it NOT NULL first")
		case column.Generated:
			return nil, refuse("it is generated inside MySQL, so a row's place is not known before it is stored",
				"use the column that it is generated from")
		}
		c := shardkey.Column{Name: column.Name, Type: strings.ToLower(column.Type), Collation: column.Collation}
		if err := c.Check(); err != nil {
			var unsupported *shardkey.UnsupportedError
			if errors.As(err, &unsupported) {
				return nil, refuse(unsupported.Reason, "use a column of an integer, decimal, date, binary or text type")
			}
			return nil, refuse(err.Error(), "use another column")
		}
		key = append(key, c)
	}
	return key, nil
}
