package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// world is a topology with schemas, made by the keyspaces of a golden file.
type world struct {
	snapshot *topology.Snapshot
	schemas  map[string]*Schema
	current  string
	mode     parser.Mode
	charset  shardkey.Charset
	opaque   bool
	// ddl has the statements that make a keyspace's tables.
	ddl map[string][]string
}

func newWorld() *world {
	return &world{
		snapshot: &topology.Snapshot{Version: 1, Keyspaces: map[string]*topology.Keyspace{}, Groups: map[string]*topology.Group{}},
		schemas:  map[string]*Schema{}, ddl: map[string][]string{},
	}
}

// keyspace adds a keyspace whose shards go round the groups.
func (w *world) keyspace(t testing.TB, name string, shards int, groups []string, ddl string) {
	t.Helper()
	ranges, err := topology.EvenRanges(shards)
	if err != nil {
		t.Fatal(err)
	}
	ks := &topology.Keyspace{Name: name, Undeclared: topology.KindSingle, Tables: map[string]*topology.Table{}}
	for i, r := range ranges {
		group := groups[i%len(groups)]
		ks.Shards = append(ks.Shards, topology.Shard{Range: r, Group: group})
		w.snapshot.Groups[group] = &topology.Group{ID: group}
	}
	w.snapshot.Keyspaces[name] = ks
	w.schemas[name] = &Schema{DefaultCollation: "utf8mb4_0900_ai_ci", Tables: map[string]*Table{}}
	w.current = name
	for _, text := range strings.Split(ddl, ";\n") {
		if text = strings.TrimSuffix(strings.TrimSpace(text), ";"); text != "" {
			w.ddl[name] = append(w.ddl[name], text)
			w.create(t, ks, text)
		}
	}
	if err := w.snapshot.Validate(); err != nil && !strings.Contains(err.Error(), "primary") {
		t.Log(err)
	}
}

// create adds a table as its statement and the declaration in its comment say.
func (w *world) create(t testing.TB, ks *topology.Keyspace, text string) {
	t.Helper()
	p, err := w.build(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	d, ok := p.Op.(*Definition)
	if !ok || d.Create == nil {
		return // a view
	}
	table := d.Create.Table
	w.schemas[ks.Name].Tables[table.Name] = table
	decl, found, err := parser.ParseDeclaration(d.Create.Comment)
	if err != nil {
		t.Fatal(err)
	}
	if !found || decl.Single {
		return
	}
	made := &topology.Table{Name: table.Name, Kind: topology.KindReference, Sequence: table.AutoIncrement, UniqueShard: decl.UniqueShard}
	for _, name := range decl.ShardKey {
		c := table.Columns[table.Column(name)]
		made.Kind = topology.KindSharded
		made.ShardKey = append(made.ShardKey, shardkey.Column{Name: c.Name, Type: c.Type, Collation: c.Collation})
	}
	made.Unique = w.globalKeys(ks, made, table)
	ks.Tables[table.Name] = made
}

// program makes a stored program, whatever it touches, as on a server.
func (w *world) program(t testing.TB, sql string) {
	t.Helper()
	p, ok := parser.ReadProgram([]byte(sql), w.mode)
	if !ok {
		t.Fatalf("%s: is no program", sql)
	}
	schema := w.schemas[w.current]
	r := Routine{Kind: p.Kind, Name: p.Name.Name, Body: string(p.Body), Mode: w.mode, Before: p.Before}
	if p.Kind == "TRIGGER" {
		schema.Tables[p.Table.Name].Triggers = append(schema.Tables[p.Table.Name].Triggers, r)
		return
	}
	if schema.Routines == nil {
		schema.Routines = map[string][]Routine{}
	}
	schema.Routines[strings.ToLower(r.Name)] = append(schema.Routines[strings.ToLower(r.Name)], r)
}

// globalKeys are the unique keys that the table's declaration has kept over all shards.
func (w *world) globalKeys(ks *topology.Keyspace, made *topology.Table, t *Table) []topology.GlobalKey {
	schema := &topology.TableSchema{AutoIncrement: t.AutoIncrement}
	for _, c := range t.Columns {
		schema.Columns = append(schema.Columns, topology.SchemaColumn{Name: c.Name, Type: c.Type, Collation: c.Collation, Generated: c.Generated})
	}
	for _, columns := range t.Unique {
		schema.UniqueKeys = append(schema.UniqueKeys, topology.UniqueKey{Name: columns[0], Columns: columns})
	}
	d := topology.Declaration{Keyspace: ks.Name, Table: made.Name, Kind: made.Kind, UniqueShard: made.UniqueShard, Schema: schema, IndexID: "1"}
	for _, c := range made.ShardKey {
		d.ShardKey = append(d.ShardKey, c.Name)
	}
	declared, _, err := w.snapshot.Declare(d, schema)
	if err != nil {
		return nil // what the topology refuses is not what these tests are about
	}
	for _, k := range declared.KeptKeys() {
		ks.Tables[k.Index] = &topology.Table{Name: k.Index, Kind: topology.KindSharded, ShardKey: k.Columns, IndexOf: made.Name}
	}
	return declared.Unique
}

// build plans a text as the router does.
func (w *world) build(sql string) (*Plan, error) {
	p, _, err := w.buildArgs(sql, nil)
	return p, err
}

func (w *world) buildArgs(sql string, params Params) (*Plan, *ShapeArgs, error) {
	if program, ok := parser.ReadProgram([]byte(sql), w.mode); ok {
		p, err := BuildProgram(Input{Mode: w.mode, Snapshot: w.snapshot, Keyspace: w.current, Schema: func(keyspace string) *Schema { return w.schemas[keyspace] }}, &program)
		return p, nil, err
	}
	var scanner parser.Scanner
	shape := &parser.Shape{}
	scanner.Scan([]byte(sql), w.mode, shape)
	args := &ShapeArgs{SQL: []byte(sql), Shape: shape, Mode: w.mode, Charset: w.charset, Opaque: w.opaque, Params: params}
	text := string(shape.Text)
	stmt, err := parser.ParseOne(text, w.mode)
	var row *parser.RowAlias
	if without, alias, ok := parser.WithoutRowAlias(shape.Text, w.mode); err != nil && ok {
		text, row = without, &alias
		stmt, err = parser.ParseOne(text, w.mode)
	}
	if err != nil || shape.Doubt {
		shape.Doubt = true
		shape.Literals, shape.Slots, shape.HasRows = nil, nil, false
		text = sql
		if stmt, err = parser.ParseOne(text, w.mode); err != nil {
			return nil, nil, err
		}
	}
	p, err := Build(Input{
		Text: text, Stmt: stmt, Mode: w.mode, Snapshot: w.snapshot, Keyspace: w.current, Charset: w.charset, Opaque: w.opaque,
		Folded: shape.HasRows, Row: row,
		Schema: func(keyspace string) *Schema { return w.schemas[keyspace] },
	})
	return p, args, err
}

// testParams are parameters written as SQL literals.
type testParams []string

func (p testParams) Value(i int) shardkey.Value {
	text := p[i]
	switch {
	case text == "NULL":
		return shardkey.Value{Kind: shardkey.Null}
	case strings.HasPrefix(text, "'"):
		return shardkey.Value{Kind: shardkey.String, Bytes: []byte(strings.Trim(text, "'"))}
	default:
		return shardkey.Value{Kind: shardkey.Int, Bytes: []byte(text)}
	}
}

func (p testParams) AppendSQL(dst []byte, i int) []byte { return append(dst, p[i]...) }

// testFill stands for the session.
func testFill(dst []byte, kind HoleKind) []byte {
	switch kind {
	case HoleUser, HoleCurrentUser:
		return append(dst, "'app@10.0.0.1'"...)
	case HoleSchemas:
		return append(dst, "'shop', 'information_schema'"...)
	case HoleTables:
		return append(dst, "(SELECT * FROM information_schema.TABLES)"...)
	default:
		return fmt.Appendf(dst, "%d", 1000+int(kind))
	}
}
