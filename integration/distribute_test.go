package integration

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/topology"
)

// byID asks for a table to be distributed by its id.
func byID(table string) admin.NewMove {
	return admin.NewMove{
		Kind: topology.MoveDistribute, Table: table, Declaration: &admin.TableDeclaration{Kind: topology.KindSharded, ShardKey: []string{"id"}},
	}
}

// distribute begins to distribute a table by its id, and waits until it may switch.
func distribute(t *testing.T, c *cluster.Cluster, keyspace, table string) {
	t.Helper()
	beginMove(t, c, keyspace, byID(table))
	inStep(t, c, keyspace)
}

// Single tables get a shard key while clients write to one, take generated keys
// from another, and count the rows of a third: each changes over, back, and over
// again, nobody is told an error or sees a row too many or too few, and each row
// ends where its key belongs.
func TestTablesAreDistributedUnderLoad(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 3})
	furnish(t, c.DB(t, keyspace), "t", "tickets", "fixed")
	crowd, counts := gather(t, c, keyspace, 4), countAll(t, c, keyspace)
	crowd.more(t)
	for _, table := range []string{"t", "tickets", "fixed"} {
		distribute(t, c, keyspace, table)
		for _, verb := range []string{"switch", "reverse", "switch"} {
			crowd.longest()
			ask(t, c, keyspace, verb)
			crowd.more(t)
			t.Logf("%s, %s: the longest time without an answer was %s", table, verb, crowd.longest())
			insertTicket(t, c, keyspace)
			inStep(t, c, keyspace)
		}
		ask(t, c, keyspace, "complete")
		ended(t, c, keyspace)
		placed(t, c, keyspace, table)
	}
	counts.settle(t)
	crowd.settle(t)
	crowd.onlyTransactionsCut(t)
	for group, g := range c.Topology(t).Groups {
		var names []string
		rows, err := c.Servers[g.Primary].DB(t, keyspace).QueryContext(t.Context(), "SHOW TABLES")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || strings.Join(names, " ") != "countries fixed settings t tickets" {
			t.Errorf("group %s has the tables %s: %v", group, names, err)
		}
	}
}

// placed checks that every group has rows of a table, and only its own.
func placed(t *testing.T, c *cluster.Cluster, keyspace, table string) {
	t.Helper()
	snap := c.Topology(t)
	k := snap.Keyspaces[keyspace]
	decl := k.Tables[table]
	if decl == nil || decl.Kind != topology.KindSharded {
		t.Fatalf("%s is declared as %+v", table, decl)
	}
	for _, shard := range k.Shards {
		own := decl.ShardKey.RangePredicate("", shard.Range.Start, shard.Range.End)
		var mine, others int
		query := fmt.Sprintf("SELECT COALESCE(SUM(%s), 0), COALESCE(SUM(NOT (%s)), 0) FROM %s", own, own, table)
		primary := c.Servers[snap.Groups[shard.Group].Primary]
		if err := primary.DB(t, keyspace).QueryRowContext(t.Context(), query).Scan(&mine, &others); err != nil || mine == 0 || others != 0 {
			t.Errorf("group %s has %d rows of its own in %s and %d of others: %v", shard.Group, mine, table, others, err)
		}
	}
}

// The sides have changed, and on one group the tables cannot change names: somebody
// reads there. Proxies stop holding, the controller dies, the group's primary dies:
// all that time nobody counts a row too many or too few, and when it can be, it is
// ended (safety rule 27).
func TestADistributionIsHeldUpOnAGroup(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 2, Replicas: 1, Proxies: 2})
	m := &mortal{t: t, c: c, keyspace: c.Keyspace(t, cluster.Keyspace{Shards: 2}), table: "fixed"}
	furnish(t, c.DB(t, m.keyspace), "fixed")
	distribute(t, c, m.keyspace, "fixed")
	counts := countAll(t, c, m.keyspace)
	reader := connection(t, c.Servers[c.Topology(t).Groups["g2"].Primary].DB(t, m.keyspace))
	must(t, reader, "BEGIN")
	must(t, reader, "SELECT COUNT(*) FROM fixed")
	_, err := c.Admin.AskMove(t.Context(), m.keyspace, "switch", false)
	t.Logf("switch: %v", err)
	swapping := m.move()
	if swapping.Phase != topology.MoveSwapping || swapping.Starts["g1"] == "" || swapping.Starts["g2"] != "" || c.Topology(t).Groups["g2"].Operation != nil {
		t.Fatalf("the move is %+v", swapping)
	}
	if _, err := c.Admin.AskMove(t.Context(), m.keyspace, "cancel", false); err == nil {
		t.Error("it is cancelled when there is no way back")
	}
	c.Controller.Kill()
	if err := c.Controller.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.killPrimary("g2")
	until(t, "the tables have changed names on both groups", func() bool { return m.move().Phase == topology.MoveFollowing })
	placed(t, c, m.keyspace, "fixed")
	seen := counts.n
	until(t, "clients count again", func() bool { counts.mu.Lock(); defer counts.mu.Unlock(); return counts.n > seen+20 })
	counts.stop()
	counts.all.Wait()
	for _, what := range counts.bad {
		if strings.Contains(what, " rows, ") {
			t.Errorf("a client saw %s", what)
		}
	}
	t.Logf("%d counts, what went wrong: %q", counts.n, counts.bad)
	m.end()
	if n := count(t, c, m.keyspace); n != fixedRows {
		t.Errorf("%d rows of %d", n, fixedRows)
	}
}

// Whoever dies while a table is distributed, or moves to another keyspace, and whenever:
// each time that goes on, or has left everything as it was, and no acknowledged write is
// lost.
func TestServersDieWhileATableMoves(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 2, Replicas: 1, Proxies: 2})
	m := &mortal{t: t, c: c, keyspace: c.Keyspace(t, cluster.Keyspace{Shards: 2}), table: "t"}
	furnish(t, c.DB(t, m.keyspace), "t")
	m.crowd = gather(t, c, m.keyspace, 4)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.ControllerLog())
		}
	})
	m.live([]story{
		{"the controller, while rows are copied", func() { c.Controller.Kill(); m.restart(c.Controller) }},
		{"the table's primary, in the change over", func() { m.duringChange(func() { m.killPrimary("g1") }) }},
		{"a proxy, in the change over", func() { m.duringChange(func() { c.Proxies[1].Kill(); m.restart(c.Proxies[1]) }) }},
	})
	m.into = c.Keyspace(t, cluster.Keyspace{Shards: 2})
	m.live([]story{
		{"the controller, in the change over", func() { m.duringChange(func() { c.Controller.Kill(); m.restart(c.Controller) }) }},
		{"another group's primary, after the change over", func() {
			inStep(t, c, m.keyspace)
			m.change()
			m.killPrimary("g2")
		}},
	})
	m.settle()
}

// A distribution that is cancelled leaves no trace; what cannot be distributed is
// refused by name before anything begins.
func TestADistributionIsCancelledOrRefused(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 2})
	db := c.DB(t, keyspace)
	furnish(t, db, "fixed")
	conn := connection(t, db)
	for _, statement := range []string{
		"CREATE TABLE parents (id INT PRIMARY KEY)",
		"CREATE TABLE children (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parents (id))",
		"CREATE TABLE checked (id INT PRIMARY KEY, n INT, CONSTRAINT positive CHECK (n > 0))",
		"CREATE TABLE prefixed (id INT PRIMARY KEY, email VARCHAR(40), UNIQUE KEY email (email(5)))",
		"CREATE TABLE stamped (id INT PRIMARY KEY, at DATETIME ON UPDATE CURRENT_TIMESTAMP UNIQUE)",
		"CREATE TABLE members (id INT PRIMARY KEY, email VARCHAR(40) UNIQUE)",
		"INSERT INTO members VALUES (1, 'a@x'), (2, NULL)",
		"CREATE TABLE keyless (id INT NOT NULL)",
	} {
		must(t, conn, statement)
	}
	for table, why := range map[string]string{
		"children": "foreign key", "parents": "foreign key", "checked": "CHECK constraint positive", "prefixed": "unique key email", "stamped": "changes by itself",
		"keyless": "no primary key", "t": "is sharded already", "countries": "is reference already", "nothing": "there is no table",
	} {
		_, err := c.Admin.BeginMove(t.Context(), keyspace, byID(table), false)
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, not %q", table, err, why)
		}
	}
	distribute(t, c, keyspace, "members")
	var shown int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '%shardway%'").Scan(&shown); err != nil || shown != 0 {
		t.Errorf("clients see %d hidden tables: %v", shown, err)
	}
	ask(t, c, keyspace, "cancel")
	ended(t, c, keyspace)
	for group, g := range c.Topology(t).Groups {
		var left int
		if err := c.Servers[g.Primary].DB(t, "").QueryRowContext(t.Context(),
			"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_name LIKE '%shardway%'", keyspace).Scan(&left); err != nil || left != 0 {
			t.Errorf("group %s has %d tables left: %v", group, left, err)
		}
	}
	must(t, conn, "ALTER TABLE fixed ADD COLUMN x INT")
}
