package reshard

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/reshard/flow"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// Index tables keep unique keys without the shard key as long as a keyspace is on
// several groups; on one group MySQL keeps them. So what becomes of them depends on
// how many groups either side of a move is on:
//
//	from several to several  they move like all tables
//	from one to several      flows fill them from the tables' rows
//	to one                   nobody needs them there, and no flow writes them
//
// On the way back from one to several they are as the proxies left them, which is as
// the rows are; flows from that position go on from there. Which keys index tables
// keep is part of the transaction that changes the sides.

// indexing is what becomes of index tables while one side of a move follows the other.
type indexing uint8

const (
	indexesMove indexing = iota
	indexesFilled
	indexesUnused
)

// indexingOf says what becomes of them as of a turn of a move of shards.
func indexingOf(k *topology.Keyspace, turn int) indexing {
	toNew := turn%2 == 0
	switch {
	case !k.Spread(toNew):
		return indexesUnused
	case k.Spread(!toNew):
		return indexesMove
	}
	return indexesFilled
}

// tablesOf are the tables that flows move as of a turn, of those that the serving
// side has.
func tablesOf(k *topology.Keyspace, turn int, names []string) []flow.Table {
	var list []flow.Table
	how := indexingOf(k, turn)
	for _, name := range names {
		if isIndex(k, name) && how != indexesMove {
			continue
		}
		list = append(list, tableOf(k, name))
		if t := k.Tables[name]; t != nil && how == indexesFilled {
			list = append(list, filled(t)...)
		}
	}
	return list
}

// describeFilled says for which keys index tables are filled.
func describeFilled(tables ...*topology.Table) []string {
	var keys []string
	for _, t := range tables {
		if len(t.Unique) > 0 {
			keys = append(keys, keysOf(t)+" of "+t.Name)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	return []string{"fill index tables from them, which keep the unique keys " + strings.Join(keys, ", ") + " over all shards"}
}

// filled are the index tables of a table as a flow fills them, whichever keep its keys now.
func filled(t *topology.Table) []flow.Table {
	var list []flow.Table
	for i := range t.Unique {
		key := &t.Unique[i]
		f := flow.Table{Name: t.Name, Into: key.Index, Kind: topology.KindSharded, Key: key.Columns}
		for _, column := range t.IndexColumns(key) {
			f.Index = append(f.Index, column.Name)
		}
		list = append(list, f)
	}
	return list
}

func isIndex(k *topology.Keyspace, name string) bool {
	_, key := k.KeyOf(name)
	return key != nil
}

// withoutIndexes leaves index tables out of a layout.
func (l *layout) withoutIndexes(k *topology.Keyspace) layout {
	c := *l
	c.tables = slices.DeleteFunc(slices.Clone(l.tables), func(d definition) bool { return isIndex(k, d.name) })
	return c
}

// makeIndexes makes the index tables of tables where there are none.
func makeIndexes(ctx context.Context, conn *sql.Conn, keyspace string, tables ...*topology.Table) error {
	for _, t := range tables {
		for i := range t.Unique {
			if err := makeMissing(ctx, conn, keyspace, t.Unique[i].Index, t.IndexDefinition(keyspace, &t.Unique[i])); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeMissing makes a table that is not there. On a server that serves, a statement
// that does nothing would be in the binary log all the same, and end flows.
func makeMissing(ctx context.Context, conn *sql.Conn, keyspace, table, statement string) error {
	there, err := exists(ctx, conn, keyspace, table)
	if err != nil || there {
		return err
	}
	return execute(ctx, conn, statement)
}

func exists(ctx context.Context, conn *sql.Conn, keyspace, table string) (there bool, err error) {
	err = conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?)", keyspace, table).Scan(&there)
	return there, err
}

// checkKeys refuses a move to several groups of a table that has got or lost unique
// keys since it was declared: a key that is not known would not be kept there.
func checkKeys(ctx context.Context, conn *sql.Conn, snap *topology.Snapshot, k *topology.Keyspace) error {
	for name, t := range k.Tables {
		if t.Kind != topology.KindSharded || t.UniqueShard || t.IndexOf != "" {
			continue
		}
		r := schemaReader{ctx: ctx, conn: conn, keyspace: k.Name, table: name}
		if err := r.columns(); err != nil {
			return err
		}
		if err := r.uniqueKeys(); err != nil {
			return err
		}
		if len(r.schema.Columns) == 0 {
			continue // it was never made
		}
		wanted := topology.Declaration{Keyspace: k.Name, Table: name, Kind: t.Kind}
		for _, column := range t.ShardKey {
			wanted.ShardKey = append(wanted.ShardKey, column.Name)
		}
		present, _, err := snap.Declare(wanted, &r.schema)
		if err != nil {
			return err
		}
		if keysOf(&present) != keysOf(t) {
			return &topology.Refused{
				Code: topology.CodeUnsupported,
				Message: fmt.Sprintf("table %s.%s has the unique keys without its shard key %s, and its declaration knows %s: others would not be kept over several groups",
					k.Name, name, keysOf(&present), keysOf(t)),
				Hint: fmt.Sprintf("'shardway table distribute %s.%s --by %s' declares it anew, with the keys that it has", k.Name, name, strings.Join(wanted.ShardKey, ",")),
			}
		}
	}
	return nil
}

// keysOf writes down the unique keys of a table that do not contain its shard key.
func keysOf(t *topology.Table) string {
	keys := make([]string, len(t.Unique))
	for i := range t.Unique {
		keys[i] = columnList(t.Unique[i].Columns)
	}
	if len(keys) == 0 {
		return "none"
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

func columnList(columns shardkey.Key) string {
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = columns[i].Name
	}
	return "(" + strings.Join(names, ", ") + ")"
}
