package topology

import (
	"strings"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

// ordersSchema is the table that most applications have: an id of its own and
// a customer it belongs to.
func ordersSchema() *TableSchema {
	return &TableSchema{
		Columns: []SchemaColumn{
			{Name: "id", Type: "bigint unsigned"},
			{Name: "Customer_ID", Type: "bigint"},
			{Name: "email", Type: "varchar(64)", Collation: "utf8mb4_0900_ai_ci", Nullable: true},
			{Name: "code", Type: "varchar(64)", Collation: "utf8mb4_0900_ai_ci"},
			{Name: "weird", Type: "varchar(64)", Collation: "utf8mb4_klingon_ci"},
			{Name: "ts", Type: "timestamp"},
			{Name: "gen", Type: "int", Generated: true},
		},
		UniqueKeys:    []UniqueKey{{Name: "PRIMARY", Columns: []string{"id"}}},
		AutoIncrement: "id",
	}
}

func TestDeclarations(t *testing.T) {
	by := func(columns ...string) Declaration {
		return Declaration{Keyspace: "shop", Table: "t", Kind: KindSharded, ShardKey: columns}
	}
	vouched := by("customer_id")
	vouched.UniqueShard = true
	emailUnique := func(s *TableSchema) {
		s.UniqueKeys = append(s.UniqueKeys, UniqueKey{Name: "email", Columns: []string{"email"}})
	}
	for name, c := range map[string]struct {
		declaration Declaration
		edit        func(*TableSchema)
		refused     string // part of the message; "" means accepted
	}{
		"by customer, primary key fed by the sequence": {declaration: by("customer_id")},
		"by primary key":   {declaration: by("ID")},
		"by two columns":   {declaration: by("customer_id", "code")},
		"reference":        {declaration: Declaration{Keyspace: "shop", Table: "t", Kind: KindReference}},
		"single":           {declaration: Declaration{Keyspace: "shop", Table: "t", Kind: KindSingle}},
		"no sequence":      {by("customer_id"), func(s *TableSchema) { s.AutoIncrement = "" }, "unique key PRIMARY"},
		"other unique key": {by("customer_id"), emailUnique, "unique key email"},
		"vouched for":      {vouched, emailUnique, ""},
		"unique key contains the shard key": {by("customer_id"), func(s *TableSchema) {
			s.UniqueKeys = append(s.UniqueKeys, UniqueKey{Name: "u", Columns: []string{"code", "CUSTOMER_ID"}})
		}, ""},
		"unique key contains half the shard key": {by("customer_id", "code"), func(s *TableSchema) {
			s.UniqueKeys = append(s.UniqueKeys, UniqueKey{Name: "u", Columns: []string{"code"}})
		}, "unique key u"},
		"only a prefix in the unique key": {by("code"), func(s *TableSchema) {
			s.UniqueKeys = append(s.UniqueKeys, UniqueKey{Name: "u"})
		}, "unique key u"},
		"no column":             {by(), nil, "by no column"},
		"unknown column":        {by("nope"), nil, "no such column"},
		"named twice":           {by("id", "ID"), nil, "named twice"},
		"nullable":              {by("email"), nil, "NULL"},
		"generated":             {by("gen"), nil, "generated"},
		"timestamp":             {by("ts"), nil, "column ts"},
		"unsupported collation": {by("weird"), nil, "column weird"},
		"reference with a key": {
			Declaration{Keyspace: "shop", Table: "t", Kind: KindReference, ShardKey: []string{"id"}}, nil, "cannot be reference and have",
		},
		"no kind":           {Declaration{Keyspace: "shop", Table: "t"}, nil, "not a kind"},
		"no table":          {Declaration{Keyspace: "shop", Kind: KindSingle}, nil, "name of a table"},
		"no keyspace":       {Declaration{Keyspace: "nope", Table: "t", Kind: KindSingle}, nil, "no keyspace"},
		"parent elsewhere":  {by("id"), foreignKey(ForeignKey{ParentKeyspace: "other", Parent: "p"}), "another keyspace"},
		"parent undeclared": {by("customer_id"), foreignKey(ForeignKey{Parent: "p"}), "p is single"},
	} {
		schema := ordersSchema()
		if c.edit != nil {
			c.edit(schema)
		}
		table, _, err := sample(t).Declare(c.declaration, schema)
		refused, isRefused := AsRefused(err)
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.refused == "" && (table.Kind != c.declaration.Kind || (table.Sequence == "id") != (table.Kind != KindSingle)):
			t.Errorf("%s: %+v", name, table)
		case c.refused != "" && (!isRefused || !strings.Contains(refused.Message, c.refused)):
			t.Errorf("%s: %v", name, err)
		}
	}
	table, _, err := sample(t).Declare(by("customer_id"), ordersSchema())
	if err != nil || table.ShardKey[0].Name != "Customer_ID" || table.ShardKey[0].Type != "bigint" {
		t.Errorf("the column is not as the table has it: %+v, %v", table, err)
	}
}

func keyColumns(name, columnType string) shardkey.Key {
	return shardkey.Key{{Name: name, Type: columnType}}
}

func foreignKey(fk ForeignKey) func(*TableSchema) {
	return func(s *TableSchema) { s.ForeignKeys = append(s.ForeignKeys, fk) }
}

// Safety rule 26.
func TestForeignKeys(t *testing.T) {
	parents := map[string]Table{
		"customers": {Kind: KindSharded, ShardKey: keyColumns("id", "bigint")},
		"small":     {Kind: KindSharded, ShardKey: keyColumns("id", "char(4)")},
		"pairs":     {Kind: KindSharded, ShardKey: append(keyColumns("id", "bigint"), keyColumns("b", "bigint")...)},
		"countries": {Kind: KindReference},
		"settings":  {Kind: KindSingle},
	}
	parents["small"].ShardKey[0].Collation = "utf8mb4_bin"
	by := Declaration{Keyspace: "shop", Table: "t", Kind: KindSharded, ShardKey: []string{"customer_id"}}
	single := Declaration{Keyspace: "shop", Table: "t", Kind: KindSingle}
	reference := Declaration{Keyspace: "shop", Table: "t", Kind: KindReference}
	onto := func(parent string, columns ...string) func(*TableSchema) {
		return foreignKey(ForeignKey{Name: "fk", Columns: columns, Parent: parent, ParentColumns: []string{"id"}})
	}
	from := func(child string, columns ...string) func(*TableSchema) {
		return func(s *TableSchema) {
			s.ReferencedBy = append(s.ReferencedBy, ForeignKey{
				Name: "fk", Child: child, Columns: columns, Parent: "t", ParentColumns: []string{"customer_id"},
			})
		}
	}
	for name, c := range map[string]struct {
		declaration      Declaration
		edit             func(*TableSchema)
		oneShard, shards string // "ok", "warned" or "refused" with one and with two shards
	}{
		"same key":                    {by, onto("customers", "CUSTOMER_ID"), "ok", "ok"},
		"onto reference":              {by, onto("countries", "code"), "ok", "ok"},
		"not by the key":              {by, onto("customers", "other"), "refused", "refused"},
		"another type":                {by, onto("small", "customer_id"), "refused", "refused"},
		"longer key":                  {by, onto("pairs", "customer_id"), "refused", "refused"},
		"onto declared single":        {by, onto("settings", "customer_id"), "refused", "refused"},
		"onto undeclared":             {by, onto("nobody", "customer_id"), "warned", "refused"},
		"onto itself by the key":      {by, foreignKey(ForeignKey{Parent: "t", Columns: []string{"customer_id"}, ParentColumns: []string{"customer_id"}}), "ok", "ok"},
		"onto itself not by key":      {by, foreignKey(ForeignKey{Parent: "t", Columns: []string{"code"}, ParentColumns: []string{"id"}}), "refused", "refused"},
		"single onto single":          {single, onto("settings", "customer_id"), "ok", "ok"},
		"single onto undeclared":      {single, onto("nobody", "customer_id"), "ok", "ok"},
		"single onto sharded":         {single, onto("customers", "customer_id"), "refused", "refused"},
		"reference onto single":       {reference, onto("settings", "customer_id"), "refused", "refused"},
		"reference onto reference":    {reference, onto("countries", "customer_id"), "ok", "ok"},
		"undeclared child":            {by, from("nobody", "id"), "warned", "refused"},
		"child of the same key":       {by, from("customers", "id"), "ok", "ok"},
		"child by another column":     {by, from("customers", "x"), "refused", "refused"},
		"child of a reference":        {reference, from("nobody", "id"), "ok", "ok"},
		"child in another keyspace":   {by, func(s *TableSchema) { s.ReferencedBy = []ForeignKey{{ChildKeyspace: "x", Child: "y"}} }, "ok", "ok"},
		"fewer parent columns listed": {by, foreignKey(ForeignKey{Parent: "customers", Columns: []string{"customer_id"}}), "refused", "refused"},
	} {
		for shards, want := range map[int]string{1: c.oneShard, 2: c.shards} {
			d := sample(t).Edit()
			k := d.Keyspaces["shop"]
			if shards == 1 {
				k.Shards = []Shard{{Group: "g1"}}
			}
			for name, table := range parents {
				table.Name = name
				if err := d.DeclareTable("shop", table); err != nil {
					t.Fatal(err)
				}
			}
			schema := ordersSchema()
			c.edit(schema)
			_, warnings, err := finish(t, d).Declare(c.declaration, schema)
			got := "ok"
			if _, refused := AsRefused(err); refused {
				got = "refused"
			} else if len(warnings) > 0 {
				got = "warned"
			}
			if got != want {
				t.Errorf("%s, %d shards: %s, not %s: %v %v", name, shards, got, want, err, warnings)
			}
		}
	}
}
