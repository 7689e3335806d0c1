package router

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
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
	ctx, cancel := context.WithTimeout(ctx, schemaWait)
	defer cancel()
	for {
		at := time.Now()
		schema, i, err := c.readOn(ctx, group.ID, ks)
		if err == nil || i == nil || !pool.ServerGone(err) {
			return schema, err
		}
		if !c.pools.Await(ctx, func() bool { return c.pools.Ready(group.ID, pool.Refusal{Instance: i, At: at}) }) {
			return nil, err
		}
	}
}

// schemaWait bounds the wait for a primary that the schema can be read from.
const schemaWait = 15 * time.Second

// readOn reads from a group's primary. Nothing is written there, so it need not
// wait for an operation that is only announced; a primary that is away or fenced,
// or becomes so meanwhile, is an error of that instance.
func (c *SchemaCache) readOn(ctx context.Context, group string, ks *topology.Keyspace) (*plan.Schema, *pool.Instance, error) {
	i, err := c.pools.Primary(group)
	if err != nil {
		return nil, nil, err
	}
	b, err := i.Get(ctx, pool.Want{Variant: mysql.Variant{DeprecateEOF: true}})
	if err != nil {
		return nil, i, err
	}
	schema, err := readSchema(b, ks)
	if err != nil {
		i.Failed(err)
		b.Destroy()
		return nil, i, err
	}
	b.Release()
	return schema, i, nil
}

func readSchema(b *pool.Backend, ks *topology.Keyspace) (*plan.Schema, error) {
	name := string(mysql.AppendQuoted(nil, []byte(ks.Name), mysql.LiteralMode{}))
	schema := &plan.Schema{Version: ks.SchemaVersion, Tables: map[string]*plan.Table{}}
	res, err := b.Query("SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = " + name)
	if err != nil {
		return nil, err
	}
	schema.DefaultCollation = res.Value(0, 0)
	res, err = b.Query("SELECT c.table_name, t.table_type, c.column_name, c.column_type, c.collation_name, c.extra, c.is_nullable, c.column_default, c.column_default IS NULL FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE c.table_schema = " + name + " ORDER BY c.table_name, c.ordinal_position")
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
			Name: res.Value(i, 2), Type: strings.ToLower(res.Value(i, 3)), Declared: res.Value(i, 3), Collation: res.Value(i, 4),
			Generated: strings.Contains(extra, " GENERATED"), NotNull: res.Value(i, 6) == "NO",
			NullDefault: res.Value(i, 8) == "1" && res.Value(i, 6) == "YES", SetsItself: strings.Contains(extra, "on update"),
			Invisible:     strings.Contains(extra, "INVISIBLE"),
			RandomDefault: strings.Contains(extra, "DEFAULT_GENERATED") && random(res.Value(i, 7)),
		})
		if strings.Contains(extra, "auto_increment") {
			t.AutoIncrement = res.Value(i, 2)
		}
	}
	if err := readViews(b, name, schema); err != nil {
		return nil, err
	}
	if len(ks.Groups()) > 1 {
		if err := readPrograms(b, name, schema); err != nil {
			return nil, err
		}
	}
	return schema, readKeys(b, name, schema)
}

// readViews reads what the schema's views are made of.
func readViews(b *pool.Backend, name string, schema *plan.Schema) error {
	res, err := b.Query("SELECT table_name, view_definition, check_option, is_updatable, definer, security_type FROM information_schema.views WHERE table_schema = " + name)
	if err != nil {
		return err
	}
	for i := range res.Rows {
		t := schema.Tables[res.Value(i, 0)]
		if t == nil {
			continue
		}
		t.ViewText, t.ViewUpdatable = res.Value(i, 1), res.Value(i, 3) == "YES"
		if check := res.Value(i, 2); check != "NONE" {
			t.ViewCheck = check
		}
		t.ViewDefiner, t.ViewInvoker = res.Value(i, 4), res.Value(i, 5) == "INVOKER"
	}
	return nil
}

// readPrograms reads the bodies of what MySQL executes by itself: over several
// groups the planner must know what they touch.
func readPrograms(b *pool.Backend, name string, schema *plan.Schema) error {
	res, err := b.Query("SELECT routine_type, routine_name, routine_definition, sql_mode FROM information_schema.routines WHERE routine_schema = " + name)
	if err != nil {
		return err
	}
	schema.Routines = map[string][]plan.Routine{}
	for i := range res.Rows {
		key := strings.ToLower(res.Value(i, 1))
		schema.Routines[key] = append(schema.Routines[key], plan.Routine{
			Kind: res.Value(i, 0), Name: res.Value(i, 1), Body: res.Value(i, 2), Mode: modeOf(res.Value(i, 3)),
		})
	}
	res, err = b.Query("SELECT event_object_table, trigger_name, action_statement, sql_mode, action_timing FROM information_schema.triggers WHERE trigger_schema = " + name)
	if err != nil {
		return err
	}
	for i := range res.Rows {
		if t := schema.Tables[res.Value(i, 0)]; t != nil {
			t.Triggers = append(t.Triggers, plan.Routine{
				Kind: "TRIGGER", Name: res.Value(i, 1), Body: res.Value(i, 2), Mode: modeOf(res.Value(i, 3)), Before: res.Value(i, 4) == "BEFORE",
			})
		}
	}
	return nil
}

// modeOf is how a text is read that was stored under an sql_mode.
func modeOf(sqlMode string) parser.Mode {
	has := func(mode string) bool { return strings.Contains(sqlMode, mode) }
	return parser.Mode{
		ANSIQuotes: has("ANSI_QUOTES"), NoBackslashEscapes: has("NO_BACKSLASH_ESCAPES"), PipesAsConcat: has("PIPES_AS_CONCAT"), IgnoreSpace: has("IGNORE_SPACE"),
		HighNotPrecedence: has("HIGH_NOT_PRECEDENCE"),
	}
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
			t.UniqueNames = append(t.UniqueNames, res.Value(i, 1))
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
