package reshard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// servers are two real ones, each the primary of its group.
type servers map[string]*sql.DB

func (s servers) Primary(ctx context.Context, group string) (*sql.Conn, error) {
	return s[group].Conn(ctx)
}

// cluster is a store, two groups, and a distributor over them.
type cluster struct {
	t       *testing.T
	store   *etcd.Store
	servers servers
	*Distributor
	one, two string // keyspaces of one and of two shards
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	store, err := etcd.Open(etcd.Options{Endpoints: []string{testkit.Etcd(t)}, Cluster: testkit.Name()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	a, b := testkit.Server(t, testkit.Options{Name: "a"}), testkit.Server(t, testkit.Options{Name: "b"})
	c := &cluster{t: t, store: store, servers: servers{"g1": a.DB(t, ""), "g2": b.DB(t, "")}, one: testkit.Name(), two: testkit.Name()}
	account := topology.Account{User: "u", Password: topology.NewSecret("p")}
	c.update(func(d *topology.Draft) error {
		_, errOne := d.CreateKeyspace(topology.NewKeyspace{Name: c.one, Groups: []string{"g1"}})
		_, errTwo := d.CreateKeyspace(topology.NewKeyspace{Name: c.two, Groups: []string{"g1", "g2"}})
		return errors.Join(errOne, errTwo)
	}, func(d *topology.Draft) error {
		return errors.Join(
			d.AddInstance(topology.Instance{ID: "a", Host: a.Host, Port: a.Port}, account),
			d.AddInstance(topology.Instance{ID: "b", Host: b.Host, Port: b.Port}, account),
			d.CreateGroup("g1", "a", nil, account), d.CreateGroup("g2", "b", nil, account))
	})
	for keyspace, groups := range map[string][]string{c.one: {"g1"}, c.two: {"g1", "g2"}} {
		for _, group := range groups {
			testkit.Exec(t, c.servers[group], "CREATE DATABASE "+keyspace)
			t.Cleanup(func() { _, _ = c.servers[group].Exec("DROP DATABASE " + keyspace) })
		}
	}
	c.Distributor = &Distributor{Store: store, Servers: c.servers}
	return c
}

// update runs the last edit first: the others build on it.
func (c *cluster) update(edits ...func(*topology.Draft) error) {
	c.t.Helper()
	_, err := c.store.Update(c.t.Context(), func(d *topology.Draft) error {
		for _, edit := range slices.Backward(edits) {
			if err := edit(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// create makes a table on every shard of a keyspace.
func (c *cluster) create(keyspace, definition string) {
	c.t.Helper()
	testkit.Exec(c.t, c.servers["g1"], "CREATE TABLE "+keyspace+"."+definition)
	if keyspace == c.two {
		testkit.Exec(c.t, c.servers["g2"], "CREATE TABLE "+keyspace+"."+definition)
	}
}

func (c *cluster) by(keyspace, table string, columns ...string) topology.Declaration {
	return topology.Declaration{Keyspace: keyspace, Table: table, Kind: topology.KindSharded, ShardKey: columns}
}

const orders = `orders (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, customer_id BIGINT NOT NULL, note VARCHAR(20), KEY (customer_id))`

func TestDistributeOnOneShard(t *testing.T) {
	c := newCluster(t)
	c.create(c.one, orders)
	testkit.Exec(t, c.servers["g1"], "INSERT INTO "+c.one+".orders (id, customer_id) VALUES (41, 7), (5, 8)")
	dry, err := c.Distribute(t.Context(), c.by(c.one, "orders", "customer_id"), true)
	if err != nil || dry.Version != 0 || len(dry.Steps) != 2 || !strings.Contains(dry.Steps[1], "from 42 on") {
		t.Fatalf("%+v, %v", dry, err)
	}
	if snap, err := c.store.Load(t.Context()); err != nil || len(snap.Keyspaces[c.one].Tables) != 0 {
		t.Fatalf("the dry run declared it: %v", err)
	}
	done, err := c.Distribute(t.Context(), c.by(c.one, "orders", "customer_id"), false)
	if err != nil || done.Version == 0 || done.Table.Sequence != "id" || done.Table.ShardKey[0].Type != "bigint" {
		t.Fatalf("%+v, %v", done, err)
	}
	if next, err := c.store.NextValue(t.Context(), c.one, done.Table.SequenceID); next != 42 || err != nil {
		t.Errorf("the sequence goes on from %d, %v", next, err)
	}
	// Declared anew, with rows that MySQL numbered meanwhile.
	testkit.Exec(t, c.servers["g1"], "INSERT INTO "+c.one+".orders (id, customer_id) VALUES (99, 7)")
	again, err := c.Distribute(t.Context(), c.by(c.one, "orders", "id"), false)
	if err != nil || again.Table.SequenceID != done.Table.SequenceID {
		t.Fatalf("%+v, %v", again, err)
	}
	if next, err := c.store.NextValue(t.Context(), c.one, done.Table.SequenceID); next != 100 || err != nil {
		t.Errorf("the sequence goes on from %d, %v", next, err)
	}
}

func TestDistributeOnTwoShards(t *testing.T) {
	c := newCluster(t)
	c.create(c.two, orders)
	c.create(c.two, "full (id INT PRIMARY KEY)")
	testkit.Exec(t, c.servers["g1"], "INSERT INTO "+c.two+".full VALUES (1), (2), (3), (4), (5), (6), (7), (8)")
	c.create(c.two, "elsewhere (id INT PRIMARY KEY)")
	testkit.Exec(t, c.servers["g2"], "INSERT INTO "+c.two+".elsewhere VALUES (1)")
	for name, d := range map[string]topology.Declaration{
		"rows must move":           c.by(c.two, "full", "id"),
		"reference with rows":      {Keyspace: c.two, Table: "full", Kind: topology.KindReference},
		"single with rows on both": {Keyspace: c.two, Table: "elsewhere", Kind: topology.KindSingle},
	} {
		_, err := c.Distribute(t.Context(), d, false)
		if refused, ok := topology.AsRefused(err); !ok || refused.Code != topology.CodeUnsupported || refused.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	known := int64(0)
	c.Known = func(_ context.Context, version int64) error { known = version; return nil }
	for _, d := range []topology.Declaration{
		c.by(c.two, "orders", "customer_id"),
		{Keyspace: c.two, Table: "orders", Kind: topology.KindReference},
		{Keyspace: c.two, Table: "full", Kind: topology.KindSingle},
	} {
		done, err := c.Distribute(t.Context(), d, false)
		if err != nil || done.Table.Kind != d.Kind || known != done.Version {
			t.Errorf("%+v: %+v, known %d, %v", d, done, known, err)
		}
	}
}

// A row that is where it must be does not keep a table from being declared.
func TestRowsThatAreInPlaceStay(t *testing.T) {
	c := newCluster(t)
	c.create(c.two, "spread (id INT PRIMARY KEY)")
	done, err := c.Distribute(t.Context(), c.by(c.two, "spread", "id"), false)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := c.store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id := range 20 {
		testkit.Exec(t, c.servers["g1"], fmt.Sprintf("INSERT INTO %s.spread VALUES (%d)", c.two, id))
		testkit.Exec(t, c.servers["g2"], fmt.Sprintf("INSERT INTO %s.spread VALUES (%d)", c.two, id))
	}
	for _, shard := range snap.Keyspaces[c.two].Shards {
		testkit.Exec(t, c.servers[shard.Group], fmt.Sprintf("DELETE FROM %s.spread WHERE NOT %s", c.two,
			done.Table.ShardKey.RangePredicate("", shard.Range.Start, shard.Range.End)))
	}
	if _, err := c.Distribute(t.Context(), c.by(c.two, "spread", "id"), false); err != nil {
		t.Error(err)
	}
}

// A row that an older plan puts elsewhere while the table is being declared is
// reported, never passed over.
func TestALateRowIsReported(t *testing.T) {
	c := newCluster(t)
	c.create(c.two, "late (id INT PRIMARY KEY)")
	c.Known = func(context.Context, int64) error {
		testkit.Exec(t, c.servers["g1"], "INSERT INTO "+c.two+".late VALUES (1), (2), (3), (4), (5), (6), (7), (8)")
		return errors.New("proxy p1 does not answer")
	}
	done, err := c.Distribute(t.Context(), c.by(c.two, "late", "id"), false)
	if !errors.Is(err, errMisplaced) || len(done.Warnings) != 1 {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestDistributeATableThatIsToCome(t *testing.T) {
	c := newCluster(t)
	d := c.by(c.two, "new", "customer_id")
	d.Schema = &topology.TableSchema{
		Columns:       []topology.SchemaColumn{{Name: "id", Type: "int"}, {Name: "customer_id", Type: "int"}},
		UniqueKeys:    []topology.UniqueKey{{Name: "PRIMARY", Columns: []string{"id"}}},
		AutoIncrement: "id", NextValue: 500,
	}
	done, err := c.Distribute(t.Context(), d, false)
	if err != nil {
		t.Fatal(err)
	}
	if next, err := c.store.NextValue(t.Context(), c.two, done.Table.SequenceID); next != 500 || err != nil {
		t.Error(next, err)
	}
}

func TestDistributeRefuses(t *testing.T) {
	c := newCluster(t)
	c.create(c.one, orders)
	c.create(c.one, "mail (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL, UNIQUE (email(10)))")
	testkit.Exec(t, c.servers["g1"], "CREATE TABLE "+c.two+".half (id INT PRIMARY KEY)")
	for name, want := range map[string]struct {
		d    topology.Declaration
		code topology.Code
	}{
		"no keyspace":   {c.by("nope", "t", "id"), topology.CodeNotFound},
		"no table":      {c.by(c.one, "t", "id"), topology.CodeNotFound},
		"no column":     {c.by(c.one, "orders", "nope"), topology.CodeInvalid},
		"nullable":      {c.by(c.one, "orders", "note"), topology.CodeInvalid},
		"unique prefix": {c.by(c.one, "mail", "id"), topology.CodeUnsupported},
		"only on one":   {c.by(c.two, "half", "id"), topology.CodeNotFound},
	} {
		_, err := c.Distribute(t.Context(), want.d, false)
		if refused, ok := topology.AsRefused(err); !ok || refused.Code != want.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Distribute(t.Context(), topology.Declaration{
		Keyspace: c.one, Table: "mail", Kind: topology.KindSharded, ShardKey: []string{"id"}, UniqueShard: true,
	}, false); err != nil {
		t.Error(err)
	}
}

func TestReadSchema(t *testing.T) {
	c := newCluster(t)
	for _, definition := range []string{
		"parent (id INT PRIMARY KEY)",
		`child (id INT AUTO_INCREMENT PRIMARY KEY, parent_id INT NOT NULL, name VARCHAR(30) COLLATE utf8mb4_bin NOT NULL,
			g INT GENERATED ALWAYS AS (parent_id + 1), UNIQUE KEY prefixed (name(5), parent_id), UNIQUE KEY computed ((parent_id * 2)),
			CONSTRAINT fk FOREIGN KEY (parent_id) REFERENCES parent (id))`,
		"grandchild (child_id INT NOT NULL, CONSTRAINT fk2 FOREIGN KEY (child_id) REFERENCES child (id))",
	} {
		c.create(c.one, definition)
	}
	ch := change{
		Distributor: c.Distributor, wanted: c.by(c.one, "child"),
		keyspace: &topology.Keyspace{Name: c.one, Shards: []topology.Shard{{Group: "g1"}}},
	}
	if err := ch.readSchema(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := ch.schema
	if s.AutoIncrement != "id" || len(s.Columns) != 4 || !s.Column("g").Generated || s.Column("NAME").Collation != "utf8mb4_bin" ||
		s.Column("name").Type != "varchar(30)" || s.Column("parent_id").Nullable || s.Column("id").Generated {
		t.Errorf("%+v", s)
	}
	keys := make(map[string]string)
	for _, k := range s.UniqueKeys {
		keys[k.Name] = strings.Join(k.Columns, ",")
	}
	if len(keys) != 3 || keys["PRIMARY"] != "id" || keys["prefixed"] != "parent_id" || keys["computed"] != "" {
		t.Errorf("%+v", keys)
	}
	if len(s.ForeignKeys) != 1 || s.ForeignKeys[0].Parent != "parent" || s.ForeignKeys[0].Columns[0] != "parent_id" ||
		len(s.ReferencedBy) != 1 || s.ReferencedBy[0].Child != "grandchild" || s.ReferencedBy[0].ParentColumns[0] != "id" {
		t.Errorf("%+v %+v", s.ForeignKeys, s.ReferencedBy)
	}
}
