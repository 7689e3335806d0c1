package admin

import (
	"fmt"

	"github.com/shardway/shardway/topology"
)

// TableInfo is a declared table as shown.
type TableInfo struct {
	Name        string        `json:"name"`
	Kind        topology.Kind `json:"kind"`
	ShardKey    []string      `json:"shard_key,omitempty"`
	Sequence    string        `json:"sequence,omitempty"`
	UniqueShard bool          `json:"unique_shard,omitempty"`
	// Unique are the unique keys that are kept over all shards by index tables.
	Unique []UniqueInfo `json:"unique,omitempty"`
	// Token is the SQL expression of a row's token, for sharded tables.
	Token string `json:"token,omitempty"`
}

// UniqueInfo is a unique key that does not contain the shard key.
type UniqueInfo struct {
	Columns []string `json:"columns"`
	// Index is the index table that keeps it; empty while one group has all rows.
	Index string `json:"index,omitempty"`
}

func tableInfo(t *topology.Table) TableInfo {
	info := TableInfo{Name: t.Name, Kind: t.Kind, Sequence: t.Sequence, UniqueShard: t.UniqueShard}
	for _, column := range t.ShardKey {
		info.ShardKey = append(info.ShardKey, column.Name)
	}
	for i := range t.Unique {
		key := UniqueInfo{}
		for _, column := range t.Unique[i].Columns {
			key.Columns = append(key.Columns, column.Name)
		}
		if t.Unique[i].Kept {
			key.Index = t.Unique[i].Index
		}
		info.Unique = append(info.Unique, key)
	}
	if t.Kind == topology.KindSharded {
		info.Token = t.ShardKey.SQL("")
	}
	return info
}

func (s *Server) listTables(c call, _ nothing) ([]TableInfo, error) {
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	k := snap.Keyspaces[c.name("keyspace")]
	if k == nil {
		return nil, noKeyspace(c.name("keyspace"))
	}
	list := make([]TableInfo, 0, len(k.Tables))
	for _, table := range sortedValues(k.Tables) {
		if table.IndexOf == "" { // it is shown with its table
			list = append(list, tableInfo(table))
		}
	}
	return list, nil
}

// TableDeclaration says how a table is to be spread; the path names it.
type TableDeclaration struct {
	Kind        topology.Kind         `json:"kind"`
	ShardKey    []string              `json:"shard_key,omitempty"`
	UniqueShard bool                  `json:"unique_shard,omitempty"`
	Schema      *topology.TableSchema `json:"schema,omitempty"`
}

func (s *Server) declareTable(c call, t TableDeclaration) (Change, error) {
	declared, err := s.opts.Distributor.Distribute(c, topology.Declaration{
		Keyspace: c.name("keyspace"), Table: c.name("table"),
		Kind: t.Kind, ShardKey: t.ShardKey, UniqueShard: t.UniqueShard, Schema: t.Schema,
	}, c.dryRun)
	if err != nil {
		return Change{}, err
	}
	return Change{DryRun: c.dryRun, Steps: declared.Steps, Warnings: declared.Warnings, Version: declared.Version}, nil
}

func (s *Server) forgetTable(c call, _ nothing) (Change, error) {
	keyspace, table := c.name("keyspace"), c.name("table")
	return s.change(c, func(d *topology.Draft) error { return d.ForgetTable(keyspace, table) },
		fmt.Sprintf("forget how %s.%s is spread", keyspace, table))
}

// NewName is what something is renamed to.
type NewName struct {
	To string `json:"to"`
}

func (s *Server) renameTable(c call, n NewName) (Change, error) {
	keyspace, table := c.name("keyspace"), c.name("table")
	return s.change(c, func(d *topology.Draft) error { return d.RenameTable(keyspace, table, n.To) },
		fmt.Sprintf("let the declaration of %s.%s be that of %s", keyspace, table, n.To))
}

func (s *Server) bumpSchema(c call, _ nothing) (Change, error) {
	keyspace := c.name("keyspace")
	return s.change(c, func(d *topology.Draft) error { return d.BumpSchema(keyspace) },
		fmt.Sprintf("plan every statement on %s anew", keyspace))
}
