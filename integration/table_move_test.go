package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// moved asks for a table to move to another keyspace, sharded by columns or single.
func moved(table, to string, by ...string) admin.NewMove {
	return admin.NewMove{Kind: topology.MoveTable, Table: table, To: to, Declaration: &admin.TableDeclaration{ShardKey: by}}
}

// Tables of a keyspace on one group move to another one on three, while clients write
// to one, take generated keys from another, and count the rows of a third, all by the
// names that they had: each changes over, back, and over again, nobody is told an error
// or sees a row too many or too few, and each row ends where its key belongs.
func TestTablesMoveToAnotherKeyspaceUnderLoad(t *testing.T) {
	c := movers(t)
	keyspace, into := c.Keyspace(t, cluster.Keyspace{Shards: 1}), c.Keyspace(t, cluster.Keyspace{Shards: 3})
	furnish(t, c.DB(t, keyspace), "t", "tickets", "fixed")
	crowd, counts := gather(t, c, keyspace, 4), countAll(t, c, keyspace)
	crowd.more(t)
	for _, move := range []admin.NewMove{moved("t", into, "id"), moved("tickets", into, "id"), moved("fixed", into, "id"), moved("settings", into)} {
		beginMove(t, c, keyspace, move)
		inStep(t, c, keyspace)
		for _, verb := range []string{"switch", "reverse", "switch"} {
			crowd.longest()
			ask(t, c, keyspace, verb)
			crowd.more(t)
			t.Logf("%s, %s: the longest time without an answer was %s", move.Table, verb, crowd.longest())
			insertTicket(t, c, keyspace)
			inStep(t, c, keyspace)
		}
		ask(t, c, keyspace, "complete")
		ended(t, c, keyspace)
		if move.Table != "settings" {
			placed(t, c, into, move.Table)
		}
	}
	counts.settle(t)
	crowd.settle(t)
	crowd.onlyTransactionsCut(t)
	onServers(t, c, keyspace, "countries")
	onServers(t, c, into, "fixed settings t tickets")
	byEitherName(t, c, keyspace, into)
}

// onServers checks which tables a keyspace has on each of its groups.
func onServers(t *testing.T, c *cluster.Cluster, keyspace, want string) {
	t.Helper()
	snap := c.Topology(t)
	for _, group := range snap.Keyspaces[keyspace].Groups() {
		var names string
		err := c.Servers[snap.Groups[group].Primary].DB(t, "").QueryRowContext(t.Context(),
			"SELECT GROUP_CONCAT(table_name ORDER BY table_name SEPARATOR ' ') FROM information_schema.tables WHERE table_schema = ?", keyspace).Scan(&names)
		if err != nil || names != want {
			t.Errorf("group %s has the tables %q of %s, not %q: %v", group, names, keyspace, want, err)
		}
	}
}

// byEitherName uses tables that have moved by the names that they had, and by those
// that they have.
func byEitherName(t *testing.T, c *cluster.Cluster, keyspace, into string) {
	t.Helper()
	name := testkit.Name()
	if _, err := c.Admin.AddUser(t.Context(), admin.NewUser{Name: name, Verifiers: admin.Verifiers{Native: mysql.NativeVerifier("pw")}, Grants: map[string]topology.Grant{keyspace: topology.GrantDDL}}, false); err != nil {
		t.Fatal(err)
	}
	config := c.Config(keyspace)
	config.User, config.Passwd = name, "pw"
	conn := connection(t, testkit.Open(t, config))
	for query, want := range map[string]int{
		"SELECT COUNT(*) FROM fixed": fixedRows,
		"SELECT COUNT(*) FROM " + keyspace + ".fixed JOIN countries ON code = 'AA' WHERE " + keyspace + ".fixed.id >= 0": fixedRows,
		"SELECT COUNT(*) FROM (SELECT word, n FROM fixed WHERE id IN (7, 8)) AS some":                                    2,
		"WITH fixed AS (SELECT name FROM countries) SELECT COUNT(*) FROM fixed":                                          2,
	} {
		if n := number(t, conn, query); n != want {
			t.Errorf("%s: %d, not %d", query, n, want)
		}
	}
	prepared, err := conn.PrepareContext(t.Context(), "SELECT word FROM fixed WHERE id = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer prepared.Close()
	var word string
	if err := prepared.QueryRowContext(t.Context(), 7).Scan(&word); err != nil || word != "wörd 7" {
		t.Errorf("%q: %v", word, err)
	}
	must(t, conn, "INSERT INTO settings VALUES ('size', 'large')")
	must(t, conn, "UPDATE fixed SET word = 'changed' WHERE "+keyspace+".fixed.id = 8")
	must(t, conn, "DELETE FROM fixed WHERE id = 9")
	var shown, definition string
	if err := conn.QueryRowContext(t.Context(), "SHOW CREATE TABLE fixed").Scan(&shown, &definition); err != nil || !strings.Contains(definition, "`word`") {
		t.Errorf("%q: %v", definition, err)
	}
	for statement, why := range map[string]string{
		"SELECT COUNT(*) FROM " + into + ".fixed":      "Access denied",
		"ALTER TABLE fixed ADD COLUMN x INT":           "has moved to keyspace " + into,
		"CREATE TABLE fixed (id INT PRIMARY KEY)":      "has moved to keyspace " + into,
		"LOAD DATA LOCAL INFILE 'x' INTO TABLE fixed":  "1146",
		"CREATE VIEW v AS SELECT COUNT(*) FROM fixed":  "1146",
		"INSERT INTO fixed (id, word) VALUES (1, 'x')": "Duplicate entry",
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, not %q", statement, err, why)
		}
	}
	owner := connection(t, c.DB(t, into))
	if n := number(t, owner, "SELECT (SELECT COUNT(*) FROM settings) + (SELECT COUNT(*) FROM fixed WHERE word = 'changed') + (SELECT COUNT(*) FROM fixed)"); n != 2+1+fixedRows-1 {
		t.Errorf("%d: changes by the old name are not there by the new one", n)
	}
	must(t, owner, "DROP TABLE settings")
	if _, err := conn.ExecContext(t.Context(), "SELECT * FROM settings"); err == nil || !strings.Contains(err.Error(), "1146") {
		t.Errorf("a table that was dropped: %v", err)
	}
	must(t, conn, "CREATE TABLE settings (name INT PRIMARY KEY)")
}

// A table may move on, and back; what cannot move is refused by name before anything
// begins, and a move that is cancelled leaves no trace.
func TestATableMovesOnOrIsRefused(t *testing.T) {
	c := movers(t)
	one, two, three := c.Keyspace(t, cluster.Keyspace{Shards: 1}), c.Keyspace(t, cluster.Keyspace{Shards: 2}), c.Keyspace(t, cluster.Keyspace{Shards: 1})
	conn, other := connection(t, c.DB(t, one)), connection(t, c.DB(t, two))
	for _, statement := range []string{
		"CREATE TABLE members (id INT PRIMARY KEY, email VARCHAR(40) UNIQUE, CONSTRAINT positive CHECK (id > 0))",
		"INSERT INTO members VALUES (1, 'a@x'), (2, NULL)",
		"CREATE TABLE parents (id INT PRIMARY KEY)",
		"CREATE TABLE children (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parents (id))",
		"CREATE TABLE seen (id INT PRIMARY KEY)",
		"CREATE VIEW v AS SELECT id FROM seen",
		"CREATE TABLE called (id INT PRIMARY KEY)",
		"CREATE PROCEDURE p() SELECT COUNT(*) FROM called",
		"CREATE TABLE spread (id INT PRIMARY KEY) COMMENT='shardway:shard_key=id'",
		"CREATE TABLE there (id INT PRIMARY KEY)",
		"CREATE TABLE keyless (id INT NOT NULL)",
	} {
		must(t, conn, statement)
	}
	must(t, other, "CREATE TABLE there (id INT PRIMARY KEY)")
	for _, refused := range []struct {
		move admin.NewMove
		why  string
	}{
		{moved("parents", two, "id"), "foreign key"},
		{moved("seen", two, "id"), "named by view v"},
		{moved("called", two), "named by procedure p"},
		{moved("spread", two), "is sharded already"},
		{moved("there", two), "there is a table"},
		{moved("keyless", two), "no primary key"},
		{moved("nothing", two), "there is no table"},
		{moved("members", "nowhere"), "no keyspace"},
		{moved("members", one), "already"},
		{moved("members", two, "nothing"), "there is no such column"},
	} {
		_, err := c.Admin.BeginMove(t.Context(), one, refused.move, false)
		if err == nil || !strings.Contains(err.Error(), refused.why) {
			t.Errorf("%s to %s: %v, not %q", refused.move.Table, refused.move.To, err, refused.why)
		}
	}

	beginMove(t, c, one, moved("members", two, "id"))
	inStep(t, c, one)
	for _, busy := range []string{one, two} {
		if _, err := connection(t, c.DB(t, busy)).ExecContext(t.Context(), "CREATE TABLE later (id INT PRIMARY KEY)"); err == nil || !strings.Contains(err.Error(), "moved") {
			t.Errorf("a table of %s is made while one moves: %v", busy, err)
		}
	}
	ask(t, c, one, "cancel")
	ended(t, c, one)
	onServers(t, c, two, "there")

	// Its unique key is kept over two groups, and its CHECK everywhere.
	beginMove(t, c, one, moved("members", two, "id"))
	inStep(t, c, one)
	beside := connection(t, c.Servers[c.Topology(t).Groups["g2"].Primary].DB(t, two))
	must(t, beside, "CREATE TABLE members (id INT PRIMARY KEY)")
	if _, err := c.Admin.AskMove(t.Context(), one, "switch", false); err == nil || !strings.Contains(err.Error(), "there is a table "+two+".members already") {
		t.Errorf("a switch to a name that is taken: %v", err)
	}
	must(t, beside, "DROP TABLE members")
	for _, verb := range []string{"switch", "reverse", "switch"} {
		ask(t, c, one, verb)
		inStep(t, c, one)
		for statement, why := range map[string]string{"INSERT INTO members VALUES (3, 'a@x')": "1062", "INSERT INTO members VALUES (-1, NULL)": "positive"} {
			if _, err := conn.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), why) {
				t.Errorf("%s: %s: %v, not %q", verb, statement, err, why)
			}
		}
	}
	if _, err := c.Admin.AskMove(t.Context(), one, "complete", false); err != nil {
		t.Fatal(err)
	}
	ended(t, c, one)

	// There and back again.
	must(t, conn, "CREATE TABLE wanderer (id INT PRIMARY KEY)")
	must(t, conn, "INSERT INTO wanderer VALUES (1), (2)")
	for _, leg := range [][2]string{{one, three}, {three, one}, {one, three}} {
		beginMove(t, c, leg[0], moved("wanderer", leg[1]))
		inStep(t, c, leg[0])
		for _, verb := range []string{"switch", "reverse", "switch"} {
			ask(t, c, leg[0], verb)
			inStep(t, c, leg[0])
			for _, name := range leg {
				if c.Topology(t).Home(name, "wanderer") == name && c.Topology(t).Keyspaces[name].Tables["wanderer"] == nil {
					continue // nobody has named it there yet
				}
				if n := number(t, conn, fmt.Sprintf("SELECT COUNT(*) FROM %s.wanderer", name)); n != 2 {
					t.Errorf("from %s to %s, %s: %d rows as %s", leg[0], leg[1], verb, n, name)
				}
			}
		}
		ask(t, c, leg[0], "complete")
		ended(t, c, leg[0])
	}
}

// A statement over keyspaces that share no group is answered in both protocols.
func TestKeyspacesWithoutACommonGroupAreJoined(t *testing.T) {
	c := movers(t)
	var names []string
	for _, group := range []string{"g2", "g3"} {
		name := testkit.Name()
		if _, err := c.Admin.CreateKeyspace(t.Context(), admin.NewKeyspace{Name: name, Groups: []string{group}}, false); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = c.Admin.DropKeyspace(context.Background(), name, false) })
		names = append(names, name)
	}
	conn := connection(t, c.DB(t, names[0]))
	must(t, conn, "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9))")
	must(t, conn, "CREATE TABLE "+names[1]+".b (id INT PRIMARY KEY, w VARCHAR(9))")
	must(t, conn, "INSERT INTO a VALUES (1, 'x'), (2, 'y')")
	must(t, conn, "INSERT INTO "+names[1]+".b VALUES (2, 'z'), (3, 'u')")
	for _, query := range []string{
		"SELECT v, w FROM a JOIN %s.b USING (id) WHERE id > ?",
		"SELECT v, w FROM a, %s.b WHERE a.id = b.id AND b.id > ?",
		"SELECT v, (SELECT w FROM %s.b WHERE b.id = a.id) FROM a WHERE id > ?",
	} {
		query = fmt.Sprintf(query, names[1])
		var v, w string
		if err := conn.QueryRowContext(t.Context(), strings.Replace(query, "?", "1", 1)).Scan(&v, &w); err != nil || v+w != "yz" {
			t.Errorf("%s: %q and %q: %v", query, v, w, err)
		}
		if err := conn.QueryRowContext(t.Context(), query, 1).Scan(&v, &w); err != nil || v+w != "yz" {
			t.Errorf("prepared, %s: %q and %q: %v", query, v, w, err)
		}
	}
	if _, err := conn.ExecContext(t.Context(), "INSERT INTO a SELECT id, w FROM "+names[1]+".b WHERE id > ?", 2); err != nil {
		t.Error(err)
	}
	if _, err := conn.ExecContext(t.Context(), "DELETE a FROM a JOIN "+names[1]+".b USING (id) WHERE id = ?", 3); err != nil {
		t.Error(err)
	}
	if n := number(t, conn, "SELECT COUNT(*) FROM a"); n != 2 {
		t.Errorf("%d rows", n)
	}
}
