package plan

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/shardkey"
)

// shards are one server's rows and the same rows spread over several schemas,
// one a group.
type shards struct {
	*world
	conn   *sql.Conn
	whole  string
	groups []string // schemas, named as the groups
	single int      // statements that went to one group
	several,
	refused int
}

// randomStatements is how many of each kind are tried; RANDOM_STATEMENTS
// overrides it.
const randomStatements = 250

// TestSoundness makes random statements and runs each on one server with all
// rows, and as its plan says on the shards: the answers must agree, or the plan
// must refuse.
func TestSoundness(t *testing.T) {
	w := spreadRows(t)
	count, seed := randomStatements, uint64(7)
	if text := os.Getenv("RANDOM_STATEMENTS"); text != "" {
		_, _ = fmt.Sscan(text, &count, &seed)
	}
	speak := &speaker{Rand: rand.New(rand.NewPCG(seed, 11))}
	for range count {
		w.checkRead(t, speak.statement())
	}
	t.Logf("reads: %d by one group, %d by several, %d refused", w.single, w.several, w.refused)
	if w.single < count/10 || w.several < count/10 {
		t.Error("too few statements are answered for the test to tell anything")
	}
	w.single, w.several, w.refused = 0, 0, 0
	for range count {
		w.checkWrite(t, speak.change())
	}
	t.Logf("writes: %d by one group, %d by several, %d refused", w.single, w.several, w.refused)
}

func spreadRows(t *testing.T) *shards {
	t.Helper()
	server := testkit.Server(t, testkit.Options{})
	w := &shards{world: newWorld(), whole: server.Schema(t), groups: []string{server.Schema(t), server.Schema(t), server.Schema(t)}}
	w.keyspace(t, "rnd", 3, w.groups, randomSchema)
	conn, err := server.DB(t, "").Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w.conn = conn
	for _, schema := range append([]string{w.whole}, w.groups...) {
		w.exec(t, "USE "+schema)
		for _, ddl := range w.ddl["rnd"] {
			w.exec(t, ddl)
		}
	}
	random := rand.New(rand.NewPCG(3, 5))
	for _, name := range []string{"a", "b", "c", "m", "n", "r", "g"} {
		for id := range 14 {
			w.place(t, random, name, id)
		}
	}
	return w
}

// place stores a random row in the whole and where it belongs.
func (w *shards) place(t *testing.T, random *rand.Rand, table string, id int) {
	t.Helper()
	k, x, s := strconv.Itoa(random.IntN(5)), strconv.Itoa(random.IntN(4)), []string{"x", "X", "y", "z"}[random.IntN(4)]
	decl := w.snapshot.Keyspaces["rnd"].Tables[table]
	if decl == nil || decl.Kind == "reference" {
		if random.IntN(5) == 0 {
			k = "NULL"
		}
	}
	if random.IntN(5) == 0 && table != "m" && table != "n" {
		x = "NULL"
	}
	insert := fmt.Sprintf("INSERT INTO %s (id, k, x, s) VALUES (%d, %s, %s, '%s')", table, id, k, x, s)
	homes := w.groups
	switch {
	case decl == nil:
		homes = w.groups[:1]
	case len(decl.ShardKey) > 0:
		all := map[string]shardkey.Value{
			"k": {Kind: shardkey.Int, Bytes: []byte(k)}, "x": {Kind: shardkey.Int, Bytes: []byte(x)}, "s": {Kind: shardkey.String, Bytes: []byte(s)},
		}
		var key []shardkey.Value
		for _, c := range decl.ShardKey {
			key = append(key, all[c.Name])
		}
		canon, _ := decl.ShardKey.Store(nil, key)
		homes = []string{w.snapshot.Keyspaces["rnd"].ShardFor(shardkey.Of(canon)).Group}
	}
	for _, schema := range append([]string{w.whole}, homes...) {
		w.exec(t, "USE "+schema)
		w.exec(t, insert)
	}
}

func (w *shards) exec(t *testing.T, text string) {
	t.Helper()
	if _, err := w.conn.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// rows runs a query in a schema.
func (w *shards) rows(t *testing.T, schema, text string) (rows []row, columns int, err error) {
	t.Helper()
	w.exec(t, "USE "+schema)
	found, err := w.conn.QueryContext(t.Context(), text)
	if err != nil {
		return nil, 0, err
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		return nil, 0, err
	}
	for found.Next() {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, 0, err
		}
		r := make(row, len(names))
		for i, v := range values {
			if r[i] = v.String; !v.Valid {
				r[i] = null
			}
		}
		rows = append(rows, r)
	}
	return rows, len(names), found.Err()
}

// printed makes rows comparable whatever their order, and text whatever its case.
func printed(rows []row) string {
	lines := make([]string, len(rows))
	for i, r := range rows {
		cells := make([]string, len(r))
		for j, v := range r {
			cells[j] = strings.ToLower(v)
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				cells[j] = decimals(f)
			}
		}
		lines[i] = strings.Join(cells, " ")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (w *shards) checkRead(t *testing.T, text string) {
	t.Helper()
	want, _, wantErr := w.rows(t, w.whole, text)
	if wantErr != nil {
		return // not a statement of MySQL's
	}
	p, args, err := w.buildArgs(text, nil)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	r := p.Op.(*Route)
	placed, err := r.Target.Groups(nil, args)
	var got []row
	switch {
	case err != nil || len(placed.Groups) > 1 && !placed.Any && r.Scatter == nil:
		w.refused++
		return
	case len(placed.Groups) == 1 || placed.Any:
		w.single++
		got, _, err = w.rows(t, placed.Groups[len(text)%len(placed.Groups)], text)
	default:
		w.several++
		var all []row
		columns := 0
		for _, group := range placed.Groups {
			part, n, partErr := w.rows(t, group, filled(t, r.Scatter.Text, args))
			all, columns = append(all, part...), n
			if partErr != nil {
				t.Errorf("%s\n%s%v", text, p, partErr)
				return
			}
		}
		got = merged(r.Scatter.Merge, all, columns, args)
	}
	if err != nil || printed(got) != printed(want) {
		t.Errorf("%s\n%sgot\n%s\nwant\n%s\n%v", text, p, printed(got), printed(want), err)
	}
}

// checkWrite runs a change on the whole and on the shards, compares all rows
// of all tables and undoes it.
func (w *shards) checkWrite(t *testing.T, text string) {
	t.Helper()
	p, args, err := w.buildArgs(text, nil)
	if err != nil {
		w.refused++
		return
	}
	r, ok := p.Op.(*Route)
	if !ok { // it takes several steps
		w.refused++
		return
	}
	placed, err := r.Target.Groups(nil, args)
	if err != nil || len(placed.Groups) > 1 && r.Scatter == nil {
		w.refused++
		return
	}
	w.exec(t, "START TRANSACTION")
	defer w.exec(t, "ROLLBACK")
	w.exec(t, "USE "+w.whole)
	result, err := w.conn.ExecContext(t.Context(), text)
	if err != nil {
		return
	}
	want, _ := result.RowsAffected()
	if len(placed.Groups) == 1 {
		w.single++
	} else {
		w.several++
	}
	got := int64(0)
	for _, group := range placed.Groups {
		w.exec(t, "USE "+group)
		result, err := w.conn.ExecContext(t.Context(), text)
		if err != nil {
			t.Errorf("%s\n%s%v", text, p, err)
			return
		}
		if n, _ := result.RowsAffected(); r.Scatter != nil && r.Scatter.Copies && len(placed.Groups) > 1 {
			got = n
		} else {
			got += n
		}
	}
	if got != want {
		t.Errorf("%s\n%saffected %d rows instead of %d", text, p, got, want)
	}
	w.compareTables(t, text, p)
}

func (w *shards) compareTables(t *testing.T, text string, p *Plan) {
	t.Helper()
	for _, table := range []string{"a", "b", "c", "m", "n", "r", "g"} {
		want, _, err := w.rows(t, w.whole, "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		var got []row
		for _, group := range w.groups {
			part, _, err := w.rows(t, group, "SELECT * FROM "+table)
			if err != nil {
				t.Fatal(err)
			}
			if table == "r" && printed(part) != printed(want) {
				t.Errorf("%s\n%sthe copies of r differ", text, p)
				return
			}
			if got = append(got, part...); table == "r" {
				got = part
			}
		}
		if printed(got) != printed(want) {
			t.Errorf("%s\n%stable %s has\n%s\ninstead of\n%s", text, p, table, printed(got), printed(want))
		}
	}
}
