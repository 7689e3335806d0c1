package integration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// usersTable has two unique keys that do not contain id, its shard key.
const usersTable = "CREATE TABLE users (id BIGINT PRIMARY KEY, email VARCHAR(60) COLLATE utf8mb4_0900_ai_ci, team INT, badge INT, note VARCHAR(40), " +
	"UNIQUE KEY email (email), UNIQUE KEY badge (team, badge))"

const byUser = " COMMENT='shardway:shard_key=id'"

// seedUsers gives users rows that claimants do not touch, with values that they want.
func seedUsers(t *testing.T, db *sql.DB, rows int) {
	t.Helper()
	for at := 0; at < rows; at += 500 {
		var list []string
		for i := at; i < min(at+500, rows); i++ {
			list = append(list, fmt.Sprintf("(%d, 'Seed%d@x', %d, %d, 'seed')", -1-i, i, i%10, i))
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO users VALUES "+strings.Join(list, ",")); err != nil {
			t.Fatal(err)
		}
	}
}

// claimants are clients that give their users emails and badges, which others want
// too, take them away, swap them, and delete users.
type claimants struct {
	db   *sql.DB
	stop context.CancelFunc
	all  sync.WaitGroup
	// writes are those that were acknowledged, refused those that met a value that
	// somebody has, cut those that were rolled back.
	writes, refused, cut atomic.Int64

	mu sync.Mutex
	// told is what each user is, as its client was told; unknown are users of which
	// the last write got no answer.
	told    map[int]user
	unknown map[int]bool
	failed  []error
}

// user is a row; an empty email and a badge of 0 are NULL.
type user struct {
	email string
	badge int
}

const usersEach = 40

func claim(t *testing.T, c *cluster.Cluster, keyspace string, clients int) *claimants {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	k := &claimants{db: c.DB(t, keyspace), stop: stop, told: map[int]user{}, unknown: map[int]bool{}}
	k.db.SetMaxIdleConns(clients)
	for n := range clients {
		k.all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(n), 17))
			again(ctx, writePause, func() {
				id := func() int { return 1 + n + clients*random.IntN(usersEach) }
				k.one(random, id(), id(), clients*usersEach)
			})
		})
	}
	t.Cleanup(func() { stop(); k.all.Wait() })
	return k
}

// one writes one or two of a client's own users.
func (k *claimants) one(random *rand.Rand, a, b, all int) {
	next := user{email: fmt.Sprintf("%s%d@x", []string{"mail", "Mail", "MÄIL"}[random.IntN(3)], random.IntN(all)), badge: 1 + random.IntN(all)}
	if random.IntN(8) == 0 {
		next.email = fmt.Sprintf("seed%d@X", random.IntN(50)) // somebody has it
	}
	if random.IntN(6) == 0 {
		next.email = ""
	}
	if random.IntN(6) == 0 {
		next.badge = 0
	}
	k.mu.Lock()
	old, there := k.told[a]
	other, both := k.told[b]
	lost := k.unknown[a] || k.unknown[b]
	k.mu.Unlock()
	set := func(id int, u user) string {
		return fmt.Sprintf("UPDATE users SET email = %s, team = 3, badge = %s WHERE id = %d", orNull(u.email), orNullNumber(u.badge), id)
	}
	var statements []string
	will := map[int]*user{a: &next}
	switch kind := random.IntN(8); {
	case lost:
		return
	case !there:
		statements = []string{fmt.Sprintf("INSERT INTO users VALUES (%d, %s, 3, %s, 'new')", a, orNull(next.email), orNullNumber(next.badge))}
	case kind == 0:
		statements, will[a] = []string{fmt.Sprintf("DELETE FROM users WHERE id = %d", a)}, nil
	case kind == 1:
		statements, will[a] = []string{fmt.Sprintf("UPDATE users SET note = 'n%d' WHERE id = %d", random.IntN(99), a)}, &old
	case kind < 5 && both && a != b: // two users swap
		statements = []string{"BEGIN", set(a, user{}), set(b, old), set(a, other), "COMMIT"}
		will[a], will[b] = &other, &old
	case kind == 5: // in a transaction that gives it up again
		statements, will[a] = []string{"BEGIN", set(a, next), "ROLLBACK"}, &old
	default:
		statements = []string{set(a, next)}
	}
	k.answer(k.run(statements), will)
}

func (k *claimants) run(statements []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := k.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			if len(statements) > 1 {
				_, _ = conn.ExecContext(ctx, "ROLLBACK")
			}
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// answer notes what a client was told. Of two errors it is known that nothing was
// written.
func (k *claimants) answer(err error, will map[int]*user) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch numberOf(err) {
	case 0:
		if err == nil {
			for id, u := range will {
				if delete(k.told, id); u != nil {
					k.told[id] = *u
				}
			}
			k.writes.Add(1)
			return
		}
	case mysql.ErDupEntry:
		k.refused.Add(1)
		return
	case mysql.ErLockDeadlock, mysql.ErLockWaitTimeout: // rolled back
		k.cut.Add(1)
		return
	}
	k.failed = append(k.failed, err)
	for id := range will {
		k.unknown[id] = true
	}
}

func orNull(s string) string {
	if s == "" {
		return "NULL"
	}
	return "'" + s + "'"
}

func orNullNumber(n int) string {
	if n == 0 {
		return "NULL"
	}
	return fmt.Sprint(n)
}

// more waits until clients are answered again.
func (k *claimants) more(t *testing.T) {
	t.Helper()
	was := k.writes.Load()
	until(t, "claims are answered", func() bool { return k.writes.Load() > was+60 })
}

// settle ends the clients, and compares what they were told with the rows. died:
// servers died, so that some may not have been told.
func (k *claimants) settle(t *testing.T, died bool) {
	t.Helper()
	k.stop()
	k.all.Wait()
	conn := connection(t, k.db)
	must(t, conn, "SET shardway.read = 'primary'")
	rows, err := conn.QueryContext(t.Context(), "SELECT id, COALESCE(email, ''), COALESCE(badge, 0) FROM users WHERE id > 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	have := map[int]user{}
	for rows.Next() {
		var id int
		var u user
		if err := rows.Scan(&id, &u.email, &u.badge); err != nil {
			t.Fatal(err)
		}
		if _, twice := have[id]; twice {
			t.Errorf("user %d is there twice", id)
		}
		have[id] = u
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for id, u := range k.told {
		if have[id] != u && !k.unknown[id] {
			if wrong++; wrong < 5 {
				t.Errorf("user %d is %+v, and its client was told %+v", id, have[id], u)
			}
		}
	}
	for id := range have {
		if _, told := k.told[id]; !told && !k.unknown[id] {
			t.Errorf("nobody knows of user %d", id)
		}
	}
	for _, err := range k.failed {
		if n := numberOf(err); !died || !errors.Is(err, driver.ErrInvalidConn) && n != 2013 && n != 1180 {
			t.Errorf("a client was told %v", err)
		}
	}
	t.Logf("%d writes, %d refused as duplicates, %d cut, %d without an answer; %d users", k.writes.Load(), k.refused.Load(), k.cut.Load(), len(k.failed), len(have))
	if k.refused.Load() == 0 || wrong > 0 {
		t.Errorf("%d duplicates were refused, %d users are wrong", k.refused.Load(), wrong)
	}
}

// keysAreKept compares index tables with the rows, on the servers: every row without
// NULL in a key has its entry on the group where the value belongs, there is no other
// one, and no value is there twice. On a single group there is no index table.
func keysAreKept(t *testing.T, c *cluster.Cluster, keyspace, table string) {
	t.Helper()
	snap := c.Topology(t)
	k := snap.Keyspaces[keyspace]
	groups := k.Groups()
	decl := k.Tables[table]
	if len(decl.Unique) == 0 {
		t.Fatalf("table %s has no such keys: %+v", table, decl)
	}
	for i := range decl.Unique {
		key := &decl.Unique[i]
		if key.Kept != (len(groups) > 1) || (k.Tables[key.Index] != nil) != key.Kept {
			t.Errorf("on %d groups %s is kept by an index table: %v", len(groups), key.Index, key.Kept)
		}
		want, have := map[string][]string{}, map[string][]string{}
		for _, group := range groups {
			db := c.Servers[snap.Groups[group].Primary].DB(t, keyspace)
			for entry, token := range entries(t, db, table, decl, key) {
				at := k.ShardFor(token).Group
				want[at] = append(want[at], entry)
			}
			var there bool
			if err := db.QueryRowContext(t.Context(), "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?)", keyspace, key.Index).Scan(&there); err != nil || there != key.Kept {
				t.Errorf("group %s has the index table %s: %v, %v", group, key.Index, there, err)
			}
			if there {
				for entry := range entries(t, db, key.Index, decl, key) {
					have[group] = append(have[group], entry)
				}
			}
		}
		values := map[string]bool{}
		for _, group := range groups {
			slices.Sort(want[group])
			slices.Sort(have[group])
			if key.Kept && !slices.Equal(want[group], have[group]) {
				t.Errorf("the entries of %s on group %s are\n%v\nand the rows say\n%v", key.Index, group, have[group], want[group])
			}
			for _, entry := range want[group] {
				value, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(entry), "ä", "a"), "##")
				if values[value] {
					t.Errorf("%s is there twice", entry)
				}
				values[value] = true
			}
		}
		if len(values) == 0 {
			t.Errorf("there are no values of %s", key.Index)
		}
	}
}

// entries reads what the index table of a key has, or has to have, with tokens.
func entries(t *testing.T, db *sql.DB, from string, decl *topology.Table, key *topology.GlobalKey) map[string]shardkey.Token {
	t.Helper()
	var columns, there []string
	for i, column := range decl.IndexColumns(key) {
		if i == len(key.Columns) {
			columns = append(columns, "''") // what follows is no part of the value
		}
		columns = append(columns, "`"+column.Name+"`")
		if i < len(key.Columns) {
			there = append(there, "`"+column.Name+"` IS NOT NULL")
		}
	}
	query := fmt.Sprintf("SELECT CONCAT_WS('#', %s), %s FROM %s WHERE %s", strings.Join(columns, ", "), key.Columns.SQL(""), from, strings.Join(there, " AND "))
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	all := map[string]shardkey.Token{}
	for rows.Next() {
		var entry string
		var token uint64
		if err := rows.Scan(&entry, &token); err != nil {
			t.Fatal(err)
		}
		all[entry] = shardkey.Token(token)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// tokenOf is the token of a row that has a value of a key of one column.
func tokenOf(t *testing.T, key shardkey.Key, value any) shardkey.Token {
	t.Helper()
	switch v := value.(type) { // as a binary log has it
	case int:
		value = int64(v)
	case string:
		value = []byte(v)
	}
	canonical, ok := key.Stored(nil, []any{value})
	if !ok {
		t.Fatalf("the token of %v is not known", value)
	}
	return shardkey.Of(canonical)
}
