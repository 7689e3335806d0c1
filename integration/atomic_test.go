package integration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/txn"
)

// exchange is accounts on four shards between which clients move money through
// proxies that are killed, over connections that are killed.
type exchange struct {
	c        *cluster.Cluster
	keyspace string
	addrs    atomic.Pointer[[]server]
	moved    atomic.Int64
	// unknown counts transfers of whose outcome the client was not told.
	unknown atomic.Int64
}

const (
	bankAccounts = 40
	bankClients  = 8
	bankTotal    = bankAccounts * 100
	bankTime     = 12 * time.Second
)

// open connects to one of the proxies.
func (e *exchange) open(proxy server) *sql.DB {
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.DBName = "tcp", proxy.addr, proxy.user, proxy.password, e.keyspace
	cfg.Logger, cfg.InterpolateParams = &driver.NopLogger{}, true
	connector, _ := driver.NewConnector(cfg)
	return sql.OpenDB(connector)
}

// transfer moves money between two accounts, and writes down that it did, on
// the shard of a third key.
func (e *exchange) transfer(ctx context.Context, db *sql.DB, id string) error {
	from, to, n := rand.IntN(bankAccounts)+1, rand.IntN(bankAccounts)+1, rand.IntN(20)+1
	if from > to { // as in every bank, so that few wait crosswise
		from, to, n = to, from, -n
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it is over after a commit
	for _, sql := range []string{
		fmt.Sprintf("UPDATE accounts SET n = n - %d WHERE id = %d", n, from),
		fmt.Sprintf("UPDATE accounts SET n = n + %d WHERE id = %d", n, to),
		fmt.Sprintf("INSERT INTO journal VALUES ('%s', %d, %d, %d)", id, from, to, n),
	} {
		if _, err := tx.ExecContext(ctx, sql); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		var my *driver.MySQLError
		if !errors.As(err, &my) || strings.Contains(my.Message, "unknown") {
			e.unknown.Add(1)
		}
		return err
	}
	e.moved.Add(1)
	return nil
}

// client transfers until ctx ends, through a proxy chosen anew after each error.
func (e *exchange) client(ctx context.Context, number int) {
	for n := 0; ctx.Err() == nil; {
		proxies := *e.addrs.Load()
		db := e.open(proxies[rand.IntN(len(proxies))])
		db.SetMaxOpenConns(1)
		for ; ctx.Err() == nil; n++ {
			if err := e.transfer(ctx, db, fmt.Sprintf("%d-%d", number, n)); err != nil {
				break
			}
		}
		n++
		_ = db.Close()
	}
}

// resolve decides the branches that dead proxies have left, by their rows,
// unless the controller has been quicker.
func (e *exchange) resolve(t *testing.T) (left int) {
	t.Helper()
	for _, s := range e.c.Servers {
		db := s.DB(t, "")
		rows, err := db.Query("XA RECOVER")
		if err != nil {
			t.Fatal(err)
		}
		var ids []txn.ID
		for rows.Next() {
			var format, gtridLength, bqualLength int
			var data string
			if err := rows.Scan(&format, &gtridLength, &bqualLength, &data); err != nil {
				t.Fatal(err)
			}
			id, err := txn.Parse(data[:gtridLength], data[gtridLength:])
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		_ = rows.Close()
		for _, id := range ids {
			left++
			home := e.c.Servers[id.Home+"-1"].DB(t, "")
			_, err := home.Exec(id.InsertDecision(txn.Abort, nil))
			end := id.Rollback()
			if numberOf(err) == 1062 {
				var outcome string
				if err := home.QueryRow(id.SelectOutcome()).Scan(&outcome); err != nil {
					t.Fatal(err)
				}
				if outcome == string(txn.Commit) {
					end = id.CommitPrepared()
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(end); err != nil && numberOf(err) != 1397 {
				t.Fatal(err)
			}
		}
	}
	return left
}

// Safety rules 2 to 5 and 7: whatever is killed while money is moved, no
// statement at level snapshot ever sees another total, and in the end every
// transfer is there whole or not at all.
func TestTransfersAreAtomic(t *testing.T) {
	c := cluster.Get(t, wide())
	e := &exchange{c: c, keyspace: c.Keyspace(t, cluster.Keyspace{Shards: 4})}
	s := session(t, c, e.keyspace)
	s.must(t, "CREATE TABLE accounts (id INT PRIMARY KEY, n INT NOT NULL) COMMENT='shardway:shard_key=id'")
	s.must(t, "CREATE TABLE journal (id VARCHAR(40) PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, n INT NOT NULL) COMMENT='shardway:shard_key=id'")
	s.must(t, "INSERT INTO accounts VALUES "+numbers(1, bankAccounts, "(%d, 100)"))
	victim := e.startProxy(t)
	ctx, stop := context.WithTimeout(t.Context(), bankTime)
	defer stop()
	var clients sync.WaitGroup
	for n := range bankClients {
		clients.Go(func() { e.client(ctx, n) })
	}
	clients.Go(func() { e.audit(t, ctx) })
	tick := time.NewTicker(700 * time.Millisecond)
	defer tick.Stop()
	for kill := 0; ctx.Err() == nil; kill++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			continue
		}
		if kill%3 == 2 {
			victim.Kill()
			victim = e.startProxy(t)
			continue
		}
		e.killBackends(t)
	}
	clients.Wait()
	left := 0
	until(t, "no branch is left", func() bool {
		n := e.resolve(t)
		left += n
		return n == 0
	})
	t.Logf("%d transfers, %d with unknown outcome, %d branches were left", e.moved.Load(), e.unknown.Load(), left)
	e.check(t)
}

// startProxy starts another proxy and makes it one of two that clients use.
func (e *exchange) startProxy(t *testing.T) *proxyProcess {
	t.Helper()
	p := anotherProxy(t, e.c, testkit.Etcd(t), testkit.Dir(t))
	e.addrs.Store(&[]server{proxyOf(e.c), p.server})
	return p
}

// killBackends ends some connections of proxies, on each server.
func (e *exchange) killBackends(t *testing.T) {
	t.Helper()
	for _, s := range e.c.Servers {
		db := s.DB(t, "")
		rows, err := db.Query("SELECT id FROM performance_schema.processlist WHERE user LIKE 'shardway\\_p%' AND db = ?", e.keyspace)
		if err != nil {
			t.Fatal(err)
		}
		var ids []int64
		for rows.Next() {
			var id int64
			_ = rows.Scan(&id)
			ids = append(ids, id)
		}
		_ = rows.Close()
		for _, id := range ids {
			if rand.IntN(4) == 0 {
				_, _ = db.Exec(fmt.Sprint("KILL ", id)) // it may be gone by itself
			}
		}
	}
}

// audit adds up the accounts again and again at level snapshot.
func (e *exchange) audit(t *testing.T, ctx context.Context) {
	db := e.open(proxyOf(e.c))
	defer db.Close()
	seen, failed := 0, 0
	for ctx.Err() == nil {
		var sum, accounts int
		err := db.QueryRowContext(ctx, "SELECT /*+ SHARDWAY(snapshot) */ SUM(n), COUNT(*) FROM accounts").Scan(&sum, &accounts)
		switch {
		case err != nil:
			failed++
		case sum != bankTotal || accounts != bankAccounts:
			t.Errorf("a snapshot shows %d in %d accounts", sum, accounts)
			seen++
		default:
			seen++
		}
	}
	if seen == 0 {
		t.Errorf("no snapshot was read, %d failed", failed)
	}
	t.Logf("%d snapshots, %d failed", seen, failed)
}

// check compares the accounts with what the journal says.
func (e *exchange) check(t *testing.T) {
	t.Helper()
	s := session(t, e.c, e.keyspace)
	s.must(t, "SET shardway.read = 'primary'")
	want := map[string]int{}
	for n := 1; n <= bankAccounts; n++ {
		want[fmt.Sprint(n)] = 100
	}
	journal := s.must(t, "SELECT a, b, n FROM journal").rows
	for _, row := range journal {
		var n int
		_, _ = fmt.Sscan(row[2], &n)
		want[row[0]] -= n
		want[row[1]] += n
	}
	for _, row := range s.must(t, "SELECT id, n FROM accounts").rows {
		if row[1] != fmt.Sprint(want[row[0]]) {
			t.Errorf("account %s has %s, by the journal %d", row[0], row[1], want[row[0]])
		}
	}
	// Transfers that were acknowledged are there; others may be.
	moved, unknown := e.moved.Load(), e.unknown.Load()
	if n := int64(len(journal)); n < moved || n > moved+unknown {
		t.Errorf("the journal has %d transfers; %d were acknowledged and %d are unknown", n, moved, unknown)
	}
	if moved == 0 {
		t.Error("no transfer was made")
	}
}
