package router

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/topology"
)

// SchemaCache knows the keyspaces' tables. It reads them from the primary of
// the keyspace's first shard when they are first asked for, after DDL, and
// after a statement failed as if they had changed.
type SchemaCache struct {
	pools    *pool.Cluster
	topology *topology.Source

	mu         sync.Mutex
	entries    map[string]*schemaEntry
	generation atomic.Uint64
}

type schemaEntry struct {
	mu     sync.Mutex // held while reading
	schema *plan.Schema
	stale  bool
	read   time.Time
}

// rereadAfter bounds how often statements that fail may cause a new reading.
const rereadAfter = 200 * time.Millisecond

// NewSchemaCache returns an empty cache.
func NewSchemaCache(source *topology.Source, pools *pool.Cluster) *SchemaCache {
	return &SchemaCache{pools: pools, topology: source, entries: map[string]*schemaEntry{}}
}

// Generation changes whenever any schema does: plans made before are void.
func (c *SchemaCache) Generation() uint64 { return c.generation.Load() }

func (c *SchemaCache) entry(keyspace string) *schemaEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[keyspace]
	if e == nil {
		e = &schemaEntry{}
		c.entries[keyspace] = e
	}
	return e
}

// Get returns a keyspace's schema, at least as new as its SchemaVersion.
func (c *SchemaCache) Get(ctx context.Context, ks *topology.Keyspace) (*plan.Schema, error) {
	e := c.entry(ks.Name)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.schema != nil && !e.stale && e.schema.Version >= ks.SchemaVersion {
		return e.schema, nil
	}
	schema, err := c.read(ctx, ks)
	if err != nil {
		return nil, fmt.Errorf("schema of keyspace %s: %w", ks.Name, err)
	}
	e.schema, e.stale, e.read = schema, false, time.Now()
	c.generation.Add(1)
	return schema, nil
}

// Invalidate makes the next Get read anew.
func (c *SchemaCache) Invalidate(keyspace string) {
	e := c.entry(keyspace)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.stale {
		e.stale = true
		c.generation.Add(1)
	}
}

// Suspect is Invalidate for a statement that failed as if the schema had
// changed behind our back; it is bounded in how often it acts.
func (c *SchemaCache) Suspect(keyspace string) {
	e := c.entry(keyspace)
	e.mu.Lock()
	recent := time.Since(e.read) < rereadAfter
	e.mu.Unlock()
	if !recent {
		c.Invalidate(keyspace)
	}
}

// read asks information_schema on the primary of the first shard.
func (c *SchemaCache) read(ctx context.Context, ks *topology.Keyspace) (*plan.Schema, error) {
	snap := c.topology.Current()
	group := snap.Groups[ks.ShardFor(0).Group]
	if group == nil || group.Primary == "" {
		return nil, mysql.NewError(mysql.ErUnknown, "group %s has no primary at the moment", ks.ShardFor(0).Group)
	}
	b, err := c.pools.Get(ctx, group.Primary, pool.Want{Variant: mysql.Variant{DeprecateEOF: true}})
	if err != nil {
		return nil, err
	}
	schema, err := readSchema(b, ks)
	if err != nil {
		b.Destroy()
		return nil, err
	}
	b.Release()
	return schema, nil
}

func readSchema(b *pool.Backend, ks *topology.Keyspace) (*plan.Schema, error) {
	name := string(mysql.AppendQuoted(nil, []byte(ks.Name), mysql.LiteralMode{}))
	schema := &plan.Schema{Version: ks.SchemaVersion, Tables: map[string]*plan.Table{}}
	res, err := b.Query("SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = " + name)
	if err != nil {
		return nil, err
	}
	schema.DefaultCollation = res.Value(0, 0)
	res, err = b.Query("SELECT c.table_name, t.table_type, c.column_name, c.column_type, c.collation_name, c.extra, c.is_nullable, c.column_default FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE c.table_schema = " + name + " ORDER BY c.table_name, c.ordinal_position")
	if err != nil {
		return nil, err
	}
	for i := range res.Rows {
		t := schema.Tables[res.Value(i, 0)]
		if t == nil {
			t = &plan.Table{Name: res.Value(i, 0), View: strings.Contains(res.Value(i, 1), "VIEW")}
			schema.Tables[t.Name] = t
		}
		extra := res.Value(i, 5)
		t.Columns = append(t.Columns, plan.Column{
			Name: res.Value(i, 2), Type: strings.ToLower(res.Value(i, 3)), Collation: res.Value(i, 4),
			Generated: strings.Contains(extra, " GENERATED"), NotNull: res.Value(i, 6) == "NO",
			Invisible:     strings.Contains(extra, "INVISIBLE"),
			RandomDefault: strings.Contains(extra, "DEFAULT_GENERATED") && random(res.Value(i, 7)),
		})
		if strings.Contains(extra, "auto_increment") {
			t.AutoIncrement = res.Value(i, 2)
		}
	}
	return schema, readKeys(b, name, schema)
}

func readKeys(b *pool.Backend, name string, schema *plan.Schema) error {
	res, err := b.Query("SELECT table_name, index_name, CASE WHEN column_name IS NULL THEN '(expression)' WHEN sub_part IS NOT NULL THEN CONCAT(column_name, '(', sub_part, ')') ELSE column_name END FROM information_schema.statistics WHERE non_unique = 0 AND table_schema = " + name + " ORDER BY table_name, index_name, seq_in_index")
	if err != nil {
		return err
	}
	for i := range res.Rows {
		t := schema.Tables[res.Value(i, 0)]
		if t == nil {
			continue
		}
		first := i == 0 || res.Value(i-1, 0) != res.Value(i, 0) || res.Value(i-1, 1) != res.Value(i, 1)
		if first {
			t.Unique = append(t.Unique, nil)
		}
		last := len(t.Unique) - 1
		t.Unique[last] = append(t.Unique[last], res.Value(i, 2))
		if res.Value(i, 1) == "PRIMARY" {
			t.Primary = t.Unique[last]
		}
	}
	return nil
}

// random reports whether a column's default is an expression that gives another
// value each time. CURRENT_TIMESTAMP does not: groups are told the time.
func random(expression string) bool {
	lower := strings.ToLower(expression)
	for _, name := range []string{"uuid", "rand", "sysdate"} {
		if strings.Contains(lower, name) {
			return true
		}
	}
	return false
}
