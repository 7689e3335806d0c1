package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// index has the flow fill an index table of a table's key: its columns, then those
// of the shard key.
func (w *world) index(of string, key shardkey.Key) {
	w.t.Helper()
	for i := range w.spec.Tables {
		t := topology.Table{Name: of, Kind: topology.KindSharded, ShardKey: w.spec.Tables[i].Key}
		if w.spec.Tables[i].Name != of {
			continue
		}
		k := topology.GlobalKey{Index: topology.IndexPrefix + of, Columns: key}
		f := Table{Name: of, Kind: topology.KindSharded, Key: key}
		for _, c := range t.IndexColumns(&k) {
			f.Index = append(f.Index, c.Name)
		}
		for _, c := range key {
			k.Index += "_" + c.Name
		}
		f.Into = k.Index
		for _, target := range w.spec.Targets {
			testkit.Exec(w.t, w.db[target.Group], t.IndexDefinition(w.schema, &k))
		}
		w.spec.Tables = append(w.spec.Tables, f)
		return
	}
	w.t.Fatalf("no table %s", of)
}

// people makes a table with three unique keys that do not contain its shard key: of
// whole numbers, of text with NULL, and of two columns.
func (w *world) people() {
	w.table(topology.KindSharded, "people", `(id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL, email VARCHAR(60) COLLATE utf8mb4_0900_ai_ci, note VARCHAR(200),
		team INT, badge VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci, UNIQUE KEY (email), UNIQUE KEY (team, badge))`,
		shardkey.Column{Name: "tenant", Type: "bigint"})
	w.index("people", shardkey.Key{{Name: "id", Type: "bigint"}})
	w.index("people", shardkey.Key{{Name: "email", Type: "varchar(60)", Collation: "utf8mb4_0900_ai_ci"}})
	w.index("people", shardkey.Key{{Name: "team", Type: "int"}, {Name: "badge", Type: "varchar(20)", Collation: "latin1_swedish_ci"}})
}

func (w *world) populate(rows int) {
	w.t.Helper()
	testkit.Exec(w.t, w.db["g1"],
		"SET SESSION cte_max_recursion_depth = 1000000",
		fmt.Sprintf(`INSERT INTO people WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < %d)
			SELECT i, 7 * i, IF(i %% 5, CONCAT('Näme', i, '@x'), NULL), REPEAT('n', i %% 150), IF(i %% 7, i %% 10, NULL), CONCAT('b', i) FROM n`, rows))
}

// emigrate executes one transaction that has unique values change hands.
func emigrate(ctx context.Context, conn *sql.Conn, random *rand.Rand, writer, rows int) bool {
	id := func() int { return 1 + random.IntN(rows+rows/8) }
	a, b := id(), id()
	var q []string
	switch random.IntN(12) {
	case 0: // two rows swap their values
		q = []string{
			fmt.Sprintf("SELECT email, team, badge INTO @e, @t, @b FROM people WHERE id = %d FOR UPDATE", a), fmt.Sprintf("SELECT email, team, badge INTO @f, @u, @c FROM people WHERE id = %d FOR UPDATE", b),
			fmt.Sprintf("UPDATE people SET email = NULL, team = NULL WHERE id = %d", a), fmt.Sprintf("UPDATE people SET email = UPPER(@e), team = @t, badge = @b WHERE id = %d", b),
			fmt.Sprintf("UPDATE people SET email = LOWER(@f), team = @u, badge = @c WHERE id = %d", a),
		}
	case 1: // a row takes the value of one that goes
		q = []string{
			fmt.Sprintf("SELECT email INTO @e FROM people WHERE id = %d FOR UPDATE", a), fmt.Sprintf("DELETE FROM people WHERE id = %d", a),
			fmt.Sprintf("UPDATE people SET email = @e WHERE id = %d", b),
		}
	case 2: // only letters change, which the collation holds for equal
		q = []string{fmt.Sprintf("UPDATE people SET email = IF(RAND() < .5, UPPER(email), LOWER(email)), badge = UPPER(badge) WHERE id BETWEEN %d AND %d", a, a+5)}
	case 3: // a row moves to another shard
		q = []string{fmt.Sprintf("UPDATE people SET tenant = %d WHERE id = %d", random.IntN(1<<30), a)}
	case 4: // it gets another primary key, and another value
		q = []string{fmt.Sprintf("UPDATE people SET id = %d, email = 'new%d@x' WHERE id = %d", b, random.IntN(rows), a)}
	case 5:
		q = []string{fmt.Sprintf("DELETE FROM people WHERE id = %d", a)}
	case 6, 7: // of two rows that it meets, both go
		q = []string{fmt.Sprintf("REPLACE INTO people VALUES (%d, %d, 'NÄME%d@X', NULL, %d, 'b%d')", a, random.IntN(1<<30), b, b%10, b)}
	case 8:
		q = []string{fmt.Sprintf("INSERT INTO people VALUES (%d, %d, 'new%d@x', NULL, %d, 'b%d') ON DUPLICATE KEY UPDATE email = CONCAT('dup', id), tenant = tenant + 1", a, random.IntN(1<<30), b, b%10, b)}
	case 9: // many rows hand values on, one to the other
		q = []string{fmt.Sprintf("UPDATE people SET team = team + 1 WHERE team IS NOT NULL AND badge = 'b%d' ORDER BY team DESC", a), fmt.Sprintf("UPDATE people SET email = NULL WHERE id = %d", b)}
	case 10:
		q = []string{fmt.Sprintf("UPDATE people SET note = 'n%d' WHERE id BETWEEN %d AND %d", a, b, b+3)}
	case 11:
		return branchOf(ctx, conn, random, writer, fmt.Sprintf("UPDATE people SET tenant = %d, email = 'branch%d' WHERE id = %d", random.IntN(1<<30), b, a))
	}
	q = append(append([]string{"BEGIN"}, q...), "COMMIT")
	for _, statement := range q {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			return false
		}
	}
	return true
}

// The story of unique keys that one group has kept: index tables on several are
// filled from the rows while values are given, taken, swapped and written
// differently, over a flow that stops and goes on, and at the end they have an entry
// for each row, where it belongs, and no other. A flow that copies nothing goes on
// from there.
func TestIndexTablesAreFilledWhileValuesChangeHands(t *testing.T) {
	w := newWorld(t)
	w.people()
	w.populate(3000)
	w.options.ChunkBytes = 8 << 10
	writers := w.writeWith(4, func(ctx context.Context, conn *sql.Conn, random *rand.Rand, writer int) bool {
		return emigrate(ctx, conn, random, writer, 3000)
	})
	more := func(r *running) {
		n := writers.done.Load()
		r.until("more changes", func() bool { return writers.done.Load() > n+400 })
	}
	r := w.start()
	r.until("half is copied", func() bool { return r.bytes() > 100<<10 })
	if err := r.stop(); !errors.Is(err, errTestOver) {
		t.Fatal(err)
	}
	r = w.start()
	r.copied()
	more(r)
	if report := r.verify(); !report.Equal() || len(report.Tables) != 4 {
		t.Errorf("while everything changes: %+v", report)
	}
	more(r)
	writers.stop()
	start := r.drain()
	w.equal()
	report := r.verify()
	for _, table := range report.Tables {
		if table.Different+table.Changing > 0 || table.Rows < 1000 {
			t.Errorf("%+v", table)
		}
	}
	if err := r.stop(); !errors.Is(err, errTestOver) {
		t.Error(err)
	}

	w.spec.Job, w.spec.Start = testkit.Name(), start.String()
	writers = w.writeWith(4, func(ctx context.Context, conn *sql.Conn, random *rand.Rand, writer int) bool {
		return emigrate(ctx, conn, random, writer, 3000)
	})
	r = w.start()
	more(r)
	writers.stop()
	r.drain()
	w.equal()
	if report := r.verify(); !report.Equal() {
		t.Errorf("from a position: %+v", report)
	}
}

// A value that goes from row to row, in more transactions than one lane takes, ends
// with the last row that got it: what has a value of an index table in common is on
// one lane. All rows are on one group here, and their values' entries on another, so
// that nothing but the entries says so.
func TestIndexEntriesKeepTheirOrder(t *testing.T) {
	const values, hands = 40, 50
	w := newWorld(t)
	w.people()
	key := w.spec.Tables[0].Key
	var tenants []int64
	for tenant := int64(1); len(tenants) < values*2; tenant++ {
		if canonical, _ := key.Stored(nil, []any{tenant}); w.spec.targetOf(shardkey.Of(canonical)) == 1 {
			tenants = append(tenants, tenant)
		}
	}
	for i, tenant := range tenants {
		testkit.Exec(t, w.db["g1"], fmt.Sprintf("INSERT INTO people (id, tenant) VALUES (%d, %d)", i, tenant))
	}
	r := w.start()
	r.copied()
	r.drain()
	held, err := w.db["g2"].BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Rollback() }()
	if _, err := held.ExecContext(t.Context(), "SELECT * FROM _shardway.reshard_position WHERE job = ? FOR UPDATE", w.spec.Job); err != nil {
		t.Fatal(err)
	}
	conn := w.session()
	for hand := range hands {
		for v := range values {
			w.exec(conn, "BEGIN", fmt.Sprintf("UPDATE people SET email = NULL WHERE id = %d", 2*v+hand%2),
				fmt.Sprintf("UPDATE people SET email = 'v%d' WHERE id = %d", v, 2*v+(hand+1)%2), "COMMIT")
		}
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	r.drain()
	w.equal()
	if n := len(content(t, w.db["g2"], w.schema, "people", "TRUE")); n != 0 {
		t.Errorf("%d rows are on the entries' group", n)
	}
}

// A missing entry, one too many, one that is not as its row is, and one on another
// group are found.
func TestVerifyComparesIndexTables(t *testing.T) {
	const email = topology.IndexPrefix + "people_email"
	for name, damage := range map[string]string{
		"missing":   "DELETE FROM " + email + " ORDER BY email DESC LIMIT 1",
		"orphan":    "INSERT INTO " + email + " VALUES ('nobody@x', 1), ('nobody2@x', 1), ('nobody3@x', 1), ('nobody4@x', 1), ('nobody5@x', 1)",
		"shard key": "UPDATE " + email + " SET tenant = tenant + 1 ORDER BY email LIMIT 1",
		"case":      "UPDATE " + email + " SET email = UPPER(email) ORDER BY email LIMIT 1",
		"misplaced": "",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.people()
			w.populate(60)
			r := w.start()
			r.copied()
			r.drain()
			if report := r.verify(); !report.Equal() {
				t.Fatalf("%+v", report)
			}
			if damage != "" {
				testkit.Exec(t, w.db["g2"], damage)
			} else {
				var value string
				var tenant int64
				if err := w.db["g3"].QueryRowContext(t.Context(), "SELECT email, tenant FROM "+email+" LIMIT 1").Scan(&value, &tenant); err != nil {
					t.Fatal(err)
				}
				testkit.Exec(t, w.db["g2"], fmt.Sprintf("INSERT INTO %s VALUES ('%s', %d)", email, value, tenant))
			}
			report := r.verify()
			if report.Equal() || len(report.Differences) == 0 {
				t.Fatalf("nothing found: %+v", report)
			}
			if d := report.Differences[0]; d.Table != email || d.Group != "g2" || d.Misplaced != (name == "misplaced" || name == "orphan" && d.Misplaced) {
				t.Errorf("%+v", d)
			}
		})
	}
}

// What an index table cannot be filled from is refused by name.
func TestCheckLooksForTheKey(t *testing.T) {
	for alter, want := range map[string]string{
		"DROP KEY email":                  "no visible unique key",
		"ALTER INDEX email INVISIBLE":     "no visible unique key",
		"RENAME COLUMN badge TO sign":     "no visible unique key",
		"RENAME KEY email TO other":       "",
		"ADD UNIQUE KEY more (email, id)": "",
	} {
		w := newWorld(t)
		w.people()
		testkit.Exec(t, w.db["g1"], "ALTER TABLE people "+alter)
		err := Check(t.Context(), w.spec, w)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", alter, err)
		}
	}
	w := newWorld(t)
	w.people()
	w.spec.Targets[0].Owns = []topology.Range{{}}
	if err := w.spec.Validate(); err == nil || !strings.Contains(err.Error(), "from several groups") {
		t.Error(err)
	}
	w.spec.Targets[0].Owns = nil
	w.spec.Tables[1].Index = slices.Clone(w.spec.Tables[1].Index)
	slices.Reverse(w.spec.Tables[1].Index)
	if err := w.spec.Validate(); err == nil || !strings.Contains(err.Error(), "not those of an index table") {
		t.Error(err)
	}
}

// Two groups have the same value, which nobody promised them not to: a merge says
// which one and of which key, puts neither in the other's place, and goes on when one
// is gone.
func TestTheSameValueOnTwoGroups(t *testing.T) {
	w := newWorld(t)
	w.people()
	w.spec.Tables = w.spec.Tables[:1]
	on := map[string]int64{}
	for tenant := int64(1); len(on) < 2; tenant++ {
		canonical, _ := w.spec.Tables[0].Key.Stored(nil, []any{tenant})
		on[w.spec.Targets[w.spec.targetOf(shardkey.Of(canonical))].Group] = tenant
	}
	flows := map[string]*running{}
	for i, source := range []string{"g2", "g3"} {
		testkit.Exec(t, w.db[source], fmt.Sprintf("INSERT INTO people (id, tenant, email) VALUES (%d, %d, 'twice@x')", i, on[source]))
		back := *w
		back.spec.Source, back.spec.Targets = source, []Target{{Group: "g1", Ranges: w.spec.Targets[i].Ranges, Owns: []topology.Range{{}}}}
		flows[source] = back.start()
	}
	stuck := func() string { return flows["g2"].Progress().Stuck + flows["g3"].Progress().Stuck }
	for _, f := range flows {
		f.copied()
		f.until("it is said", func() bool { return stuck() != "" })
	}
	if text := stuck(); !strings.Contains(text, "Duplicate entry 'twice@x' for key 'people.email'") || !strings.Contains(text, "table people, and that of group g") {
		t.Error(text)
	}
	if rows := content(t, w.db["g1"], w.schema, "people", "TRUE"); len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
	testkit.Exec(t, w.db["g3"], "UPDATE people SET email = 'once@x'")
	for source, f := range flows {
		f.until("it goes on", func() bool { return stuck() == "" })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if err := f.Drain(ctx, executedOn(t, w.db[source]).String()); err != nil {
			t.Errorf("%s: %v", source, err)
		}
		cancel()
	}
	if rows := content(t, w.db["g1"], w.schema, "people", "TRUE"); len(rows) != 2 {
		t.Errorf("%d rows", len(rows))
	}
	testkit.Exec(t, w.db["g1"], "DELETE FROM _shardway.reshard_position WHERE job = '"+w.spec.Job+"'")
}
