package integration

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// verified waits until all rows are compared since the sides last changed.
func verified(t *testing.T, c *cluster.Cluster, keyspace string) {
	t.Helper()
	inStep(t, c, keyspace)
	until(t, "all rows are compared", func() bool {
		m := c.Topology(t).Keyspaces[keyspace].Move
		if m.Stopped != "" {
			t.Fatalf("the move has stopped: %s", m.Stopped)
		}
		return !m.VerifiedAt.IsZero()
	})
}

// userOn is the id of a user that would be on a group.
func userOn(t *testing.T, c *cluster.Cluster, keyspace, group string, from int) int {
	t.Helper()
	k := c.Topology(t).Keyspaces[keyspace]
	for id := from; ; id++ {
		if k.ShardFor(tokenOf(t, k.Tables["users"].ShardKey, id)).Group == group {
			return id
		}
	}
}

// meets checks that a value that a row on one group has is refused to one on any
// other, under the name of the declared key.
func meets(t *testing.T, c *cluster.Cluster, keyspace string) {
	t.Helper()
	conn := connection(t, c.DB(t, keyspace))
	groups := c.Topology(t).Keyspaces[keyspace].Groups()
	const from = 1_000_000
	first := userOn(t, c, keyspace, groups[0], from)
	must(t, conn, fmt.Sprintf("INSERT INTO users VALUES (%d, 'meets@x', 77, 77, '')", first))
	for _, group := range groups {
		id := userOn(t, c, keyspace, group, first+1)
		for key, values := range map[string]string{"email": "'Meets@X', 77, 78", "badge": "NULL, 77, 77"} {
			_, err := conn.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO users VALUES (%d, %s, '')", id, values))
			if numberOf(err) != mysql.ErDupEntry || !strings.Contains(err.Error(), "for key 'users."+key+"'") {
				t.Errorf("a duplicate of %s on group %s: %v", key, group, err)
			}
		}
	}
	must(t, conn, fmt.Sprintf("DELETE FROM users WHERE id = %d", first))
}

// oneShardAnswers checks that a condition on a key goes to the one group that has the
// row: others are locked meanwhile.
func oneShardAnswers(t *testing.T, c *cluster.Cluster, keyspace string) {
	t.Helper()
	snap := c.Topology(t)
	k := snap.Keyspaces[keyspace]
	groups := k.Groups()
	keys := k.Tables["users"].Unique
	key := slices.IndexFunc(keys, func(key topology.GlobalKey) bool { return key.Columns[0].Name == "email" })
	email := func(n int) string {
		return k.ShardFor(tokenOf(t, keys[key].Columns, fmt.Sprintf("one%d@x", n))).Group
	}
	n := 0
	for email(n) != groups[0] {
		n++
	}
	conn := connection(t, c.DB(t, keyspace))
	must(t, conn, "SET shardway.read = 'primary'")
	id := userOn(t, c, keyspace, groups[0], 2_000_000)
	must(t, conn, fmt.Sprintf("INSERT INTO users VALUES (%d, 'one%d@x', NULL, NULL, '')", id, n))
	defer func() { must(t, conn, fmt.Sprintf("DELETE FROM users WHERE id = %d", id)) }()
	var servers []*sql.Conn
	for _, group := range groups[1:] {
		server := connection(t, c.Servers[snap.Groups[group].Primary].DB(t, keyspace))
		must(t, server, "SET SESSION lock_wait_timeout = 1")
		servers = append(servers, server)
	}
	until(t, "the table is locked on all other groups", func() bool { return lockAll(t, servers, "users") })
	defer unlockAll(t, servers)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var found int
	if err := conn.QueryRowContext(ctx, fmt.Sprintf("SELECT id FROM users WHERE email = 'ONE%d@X'", n)).Scan(&found); err != nil || found != id {
		t.Errorf("user %d is found as %d: %v", id, found, err)
	}
	for _, statement := range []string{"BEGIN", fmt.Sprintf("UPDATE users SET note = 'found' WHERE email = 'one%d@x'", n), "COMMIT"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// lockAll locks a table on all servers, or on none: a client that is in a transaction on
// one of them and waits for another would wait for ever, and this with it.
func lockAll(t *testing.T, servers []*sql.Conn, table string) bool {
	t.Helper()
	for _, server := range servers {
		if _, err := server.ExecContext(t.Context(), "LOCK TABLES "+table+" WRITE"); err != nil {
			unlockAll(t, servers)
			return false
		}
	}
	return true
}

func unlockAll(t *testing.T, servers []*sql.Conn) {
	t.Helper()
	for _, server := range servers {
		must(t, server, "UNLOCK TABLES")
	}
}

// The path of a team that grows: a keyspace on one server, with users whose emails
// are unique, is split under load, to and fro, one of its shards moves on, and all are
// merged again. Nobody gets a value that somebody has, on whatever shards, no
// acknowledged write is lost, and index tables have what they must wherever they are
// needed, and are nowhere else.
func TestUniqueKeysAreKeptWhileShardsMove(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	db := c.DB(t, keyspace)
	must(t, connection(t, db), usersTable+byUser)
	seedUsers(t, db, 3000)
	crowd := claim(t, c, keyspace, 6)
	crowd.more(t)
	dry, err := c.Admin.BeginMove(t.Context(), keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}}, true)
	if err != nil || !strings.Contains(strings.Join(dry.Steps, "; "), "the unique keys (email), (team, badge) of users") {
		t.Errorf("a dry run says %+v, %v", dry, err)
	}
	change := func(verb string) {
		t.Helper()
		crowd.more(t)
		ask(t, c, keyspace, verb)
		meets(t, c, keyspace)
		crowd.more(t)
		verified(t, c, keyspace)
	}
	move := func(m admin.NewMove, verbs ...string) {
		t.Helper()
		beginMove(t, c, keyspace, m)
		inStep(t, c, keyspace)
		for _, verb := range verbs {
			change(verb)
		}
		ask(t, c, keyspace, "complete")
		ended(t, c, keyspace)
	}
	move(admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}}, "switch", "reverse", "switch")
	oneShardAnswers(t, c, keyspace)
	move(admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "80-"), Ranges: ranges(t, "80-"), Groups: []string{"g1"}}, "switch")
	if groups := c.Topology(t).Keyspaces[keyspace].Groups(); !slices.Equal(groups, []string{"g1", "g2"}) {
		t.Errorf("the keyspace is on %s", groups)
	}
	oneShardAnswers(t, c, keyspace)
	move(admin.NewMove{Kind: topology.MoveMerge, From: ranges(t, "-80", "80-"), Groups: []string{"g3"}}, "switch", "reverse", "switch")

	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g1", "g2"}})
	inStep(t, c, keyspace)
	change("switch")
	crowd.settle(t, false)
	keysAreKept(t, c, keyspace, "users")
	ask(t, c, keyspace, "reverse")
	verified(t, c, keyspace)
	keysAreKept(t, c, keyspace, "users")
	ask(t, c, keyspace, "cancel")
	ended(t, c, keyspace)
	keysAreKept(t, c, keyspace, "users")
	nothingHidden(t, c, keyspace, "g1", "g2", "g3")
}

// nothingHidden checks that no group has tables that clients do not see.
func nothingHidden(t *testing.T, c *cluster.Cluster, keyspace string, groups ...string) {
	t.Helper()
	for _, group := range groups {
		var left int
		if err := c.Servers[c.Topology(t).Groups[group].Primary].DB(t, "").QueryRowContext(t.Context(),
			"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_name LIKE '%shardway%'", keyspace).Scan(&left); err != nil || left != 0 {
			t.Errorf("group %s has %d hidden tables: %v", group, left, err)
		}
	}
}

// A single table whose unique keys do not contain what it is distributed by changes
// over, back, and over again under load, and its keys hold all the time.
func TestUniqueKeysAreKeptWhileATableIsDistributed(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 3})
	db := c.DB(t, keyspace)
	must(t, connection(t, db), usersTable)
	seedUsers(t, db, 3000)
	crowd := claim(t, c, keyspace, 6)
	crowd.more(t)
	distribute(t, c, keyspace, "users")
	m := &mortal{t: t, c: c, keyspace: keyspace}
	for i := range 5 {
		crowd.more(t)
		m.change()
		if i%2 == 0 {
			meets(t, c, keyspace)
		}
		crowd.more(t)
		verified(t, c, keyspace)
	}
	oneShardAnswers(t, c, keyspace)
	ask(t, c, keyspace, "complete")
	ended(t, c, keyspace)
	crowd.more(t)
	crowd.settle(t, false)
	keysAreKept(t, c, keyspace, "users")
	placed(t, c, keyspace, "users")
}

// Whoever dies while shards or a table with unique keys move, the move goes on, and
// the keys hold.
func TestServersDieWhileUniqueKeysMove(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 3, Replicas: 1, Proxies: 2})
	m := &mortal{t: t, c: c, keyspace: c.Keyspace(t, cluster.Keyspace{Shards: 1})}
	db := c.DB(t, m.keyspace)
	must(t, connection(t, db), usersTable+byUser)
	seedUsers(t, db, 20_000)
	crowd := claim(t, c, m.keyspace, 4)
	crowd.more(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.ControllerLog())
		}
	})
	for _, s := range []story{
		{"the controller and the source's primary, while rows are copied", func() {
			c.Controller.Kill()
			m.restart(c.Controller)
			m.killPrimary("g1")
		}},
		{"the controller, in the change over to one group", func() { m.duringChange(func() { c.Controller.Kill(); m.restart(c.Controller) }) }},
		{"a target's primary, in the change over", func() { m.duringChange(func() { m.killPrimary("g2") }) }},
	} {
		m.begin()
		s.act()
		m.end()
		crowd.more(t)
		t.Logf("%s: the shards are on %v", s.name, c.Topology(t).Keyspaces[m.keyspace].Groups())
	}
	crowd.settle(t, true)
	keysAreKept(t, c, m.keyspace, "users")

	must(t, connection(t, db), strings.Replace(usersTable, "users", "members", 1))
	members := connection(t, db)
	for n := range 40 {
		must(t, members, "INSERT INTO members VALUES "+numbers(1+n*500, 500+n*500, "(%[1]d, 'm%[1]d@x', %[1]d, 1, '')"))
	}
	m.table = "members"
	m.begin()
	c.Controller.Kill()
	m.restart(c.Controller)
	m.killPrimary(m.move().To[0].Group)
	inStep(t, c, m.keyspace)
	m.change()
	verified(t, c, m.keyspace)
	ask(t, c, m.keyspace, "complete")
	ended(t, c, m.keyspace)
	keysAreKept(t, c, m.keyspace, "members")
}

// A unique key that a table has got since it was declared, and that nobody would keep
// over several groups, keeps shards from moving there; declared anew it is kept.
func TestAUniqueKeyThatIsNotDeclared(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	conn := connection(t, c.DB(t, keyspace))
	must(t, conn, usersTable+byUser)
	must(t, conn, "ALTER TABLE users ADD UNIQUE KEY note (note)")
	must(t, conn, "INSERT INTO users VALUES (1, 'a@x', 1, 1, 'a'), (2, 'b@x', 1, 2, 'b')")
	wanted := admin.NewMove{Kind: topology.MoveSplit, From: ranges(t, "-"), Groups: []string{"g2", "g3"}}
	_, err := c.Admin.BeginMove(t.Context(), keyspace, wanted, false)
	if err == nil || !strings.Contains(err.Error(), "(email), (note), (team, badge)") {
		t.Fatalf("a key that is not declared: %v", err)
	}
	if _, err := c.Admin.DeclareTable(t.Context(), keyspace, "users", admin.TableDeclaration{Kind: topology.KindSharded, ShardKey: []string{"id"}}, false); err != nil {
		t.Fatal(err)
	}
	beginMove(t, c, keyspace, wanted)
	inStep(t, c, keyspace)
	ask(t, c, keyspace, "switch")
	for id := range 20 {
		if _, err := conn.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO users VALUES (%d, NULL, NULL, NULL, 'A')", 10+id)); numberOf(err) != mysql.ErDupEntry {
			t.Errorf("a duplicate: %v", err)
		}
	}
	keysAreKept(t, c, keyspace, "users")
	verified(t, c, keyspace)
	ask(t, c, keyspace, "complete")
	ended(t, c, keyspace)
}

// A table whose owner has promised that values do not meet on different shards has
// one that does. The merge says which, changes nothing, has nobody wait, and goes on
// when the owner has decided.
func TestAValueMeetsInAMerge(t *testing.T) {
	c := movers(t)
	keyspace := c.Keyspace(t, cluster.Keyspace{Shards: 2})
	db := c.DB(t, keyspace)
	conn := connection(t, db)
	must(t, conn, usersTable+" COMMENT='shardway:shard_key=id;unique=shard'")
	seedUsers(t, db, 200)
	must(t, conn, fmt.Sprintf("INSERT INTO users VALUES (%d, 'twice@x', NULL, NULL, ''), (%d, 'Twice@x', NULL, NULL, '')",
		userOn(t, c, keyspace, "g1", 1), userOn(t, c, keyspace, "g2", 1)))
	beginMove(t, c, keyspace, admin.NewMove{Kind: topology.MoveMerge, From: ranges(t, "-80", "80-"), Groups: []string{"g3"}})
	until(t, "it is said which value meets", func() bool {
		_, err := c.Admin.AskMove(t.Context(), keyspace, "switch", false)
		return err != nil && strings.Contains(strings.ToLower(err.Error()), "duplicate entry 'twice@x' for key 'users.email'")
	})
	if m := c.Topology(t).Keyspaces[keyspace].Move; m.Phase != topology.MoveCopying || m.LastSwitch != "" || m.Turns != 0 {
		t.Errorf("the move is %+v", m)
	}
	must(t, conn, fmt.Sprintf("UPDATE users SET email = 'once@x' WHERE id = %d", userOn(t, c, keyspace, "g2", 1)))
	inStep(t, c, keyspace)
	ask(t, c, keyspace, "switch")
	var rows int
	if err := conn.QueryRowContext(t.Context(), "SELECT COUNT(DISTINCT email) FROM users").Scan(&rows); err != nil || rows != 202 {
		t.Errorf("%d values: %v", rows, err)
	}
	verified(t, c, keyspace)
	ask(t, c, keyspace, "complete")
	ended(t, c, keyspace)
}
