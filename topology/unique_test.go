package topology

import (
	"errors"
	"strings"
	"testing"
)

func memberSchema() *TableSchema {
	return &TableSchema{
		Columns: []SchemaColumn{
			{Name: "tenant", Type: "int"},
			{Name: "id", Type: "int"},
			{Name: "email", Type: "varchar(60)", Collation: "utf8mb4_0900_ai_ci", Nullable: true},
			{Name: "doc", Type: "json"},
			{Name: "made", Type: "int", Generated: true},
			{Name: "at", Type: "datetime", SetsItself: true},
		},
		UniqueKeys: []UniqueKey{{Name: "PRIMARY", Columns: []string{"tenant", "id"}}, {Name: "email", Columns: []string{"EMAIL"}}},
	}
}

func declareMembers(s *Snapshot, change func(*Declaration)) (Table, error) {
	schema := memberSchema()
	d := Declaration{Keyspace: "club", Table: "members", Kind: KindSharded, ShardKey: []string{"tenant"}, Schema: schema, IndexID: "1f"}
	if change != nil {
		change(&d)
	}
	table, _, err := s.Declare(d, schema)
	return table, err
}

// TestAGlobalKeyHasAnIndexTable: it is declared with its table, goes with it,
// and is not kept where one server sees all rows.
func TestAGlobalKeyHasAnIndexTable(t *testing.T) {
	d := sample(t).Edit()
	if _, err := d.CreateKeyspace(NewKeyspace{Name: "club", Groups: []string{"g1", "g2"}}); err != nil {
		t.Fatal(err)
	}
	table, err := declareMembers(&d.Snapshot, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(table.KeptKeys()) != 1 {
		t.Fatalf("%+v", table.Unique)
	}
	if err := d.DeclareTable("club", table); err != nil {
		t.Fatal(err)
	}
	index := d.Keyspaces["club"].Tables[table.Unique[0].Index]
	if index == nil || index.IndexOf != "members" || index.ShardKey[0].Name != "email" {
		t.Fatalf("%+v", index)
	}
	want := "CREATE TABLE IF NOT EXISTS `club`.`_shardway_u_1f_1_members_email` (`email` varchar(60) COLLATE utf8mb4_0900_ai_ci NOT NULL, `tenant` int NOT NULL, " +
		"PRIMARY KEY (`email`)) ENGINE=InnoDB COMMENT='index of members'"
	if got := table.IndexDefinition("club", &table.Unique[0]); got != want {
		t.Error(got)
	}
	if err := d.RenameTable("club", "members", "people"); err != nil || d.Keyspaces["club"].Tables[table.Unique[0].Index].IndexOf != "people" {
		t.Error(err)
	}
	if err := d.ForgetTable("club", "people"); err != nil || len(d.Keyspaces["club"].Tables) != 0 {
		t.Errorf("%v: %v remain", err, d.Keyspaces["club"].Tables)
	}
}

// TestGlobalKeysThatCannotBeKept: each is refused, with what it fails on.
func TestGlobalKeysThatCannotBeKept(t *testing.T) {
	d := sample(t).Edit()
	if _, err := d.CreateKeyspace(NewKeyspace{Name: "club", Groups: []string{"g1", "g2"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateKeyspace(NewKeyspace{Name: "small", Groups: []string{"g1"}}); err != nil {
		t.Fatal(err)
	}
	key := func(columns ...string) func(*Declaration) {
		return func(d *Declaration) { d.Schema.UniqueKeys[1].Columns = columns }
	}
	for why, change := range map[string]func(*Declaration){
		"generated":      key("made"),
		"by itself":      key("at"),
		"JSON":           key("doc"),
		"prefix":         func(d *Declaration) { d.Schema.UniqueKeys[1].Partial = true },
		"CASCADE":        func(d *Declaration) { d.Schema.ForeignKeys = []ForeignKey{{Acts: true}} },
		"exists already": func(d *Declaration) { d.Schema = nil },
	} {
		var refused *Refused
		if _, err := declareMembers(&d.Snapshot, change); !errors.As(err, &refused) || !strings.Contains(refused.Message, why) && why != "JSON" {
			t.Errorf("%s: %v", why, err)
		}
	}
	if table, err := declareMembers(&d.Snapshot, func(d *Declaration) { d.Schema, d.Filled = nil, true }); err != nil || len(table.KeptKeys()) != 1 {
		t.Errorf("a table whose index table is filled: %v: %+v", err, table.Unique)
	}
	table, err := declareMembers(&d.Snapshot, func(d *Declaration) { d.Keyspace, d.Schema = "small", nil })
	if err != nil || len(table.Unique) != 1 || len(table.KeptKeys()) != 0 {
		t.Errorf("%v: %+v", err, table.Unique)
	}
	if _, err := declareMembers(&d.Snapshot, func(d *Declaration) { d.Table = IndexPrefix + "x" }); err == nil {
		t.Error("a client's table has the name of an index table")
	}
}
