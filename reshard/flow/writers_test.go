package flow

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// shop makes tables of all kinds, with everything that is hard to move.
func (w *world) shop() {
	w.table(topology.KindSharded, "orders", `(id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, customer BIGINT NOT NULL, num INT UNIQUE, mail VARCHAR(40) UNIQUE,
		note VARCHAR(200) CHARACTER SET latin1, doubled BIGINT AS (customer * 2) STORED, half BIGINT AS (customer DIV 2) VIRTUAL UNIQUE INVISIBLE, f FLOAT, at DATETIME(3), KEY (customer))`,
		shardkey.Column{Name: "customer", Type: "bigint"})
	w.table(topology.KindSharded, "words", `(word VARCHAR(20) COLLATE utf8mb4_0900_ai_ci NOT NULL, part INT NOT NULL, body JSON, PRIMARY KEY (word, part))`,
		shardkey.Column{Name: "word", Type: "varchar(20)", Collation: "utf8mb4_0900_ai_ci"})
	w.table(topology.KindReference, "lands", "(code CHAR(2) NOT NULL, name VARCHAR(20), UNIQUE KEY (code))")
	w.table(topology.KindSingle, "counter", "(id INT PRIMARY KEY, n BIGINT NOT NULL)")
}

// fill gives the tables rows before the flow begins.
func (w *world) fill(rows int) {
	w.t.Helper()
	testkit.Exec(w.t, w.db["g1"],
		"SET SESSION cte_max_recursion_depth = 1000000",
		fmt.Sprintf(`INSERT INTO orders (customer, num, mail, note, f, at) WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < %d)
			SELECT 10 * i, i, CONCAT('M', i), REPEAT('ä', i %% 100), i / 7, NOW(3) FROM n`, rows),
		fmt.Sprintf(`INSERT INTO words WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < %d)
			SELECT CONCAT(IF(i %% 2, 'Word', 'wörd'), i DIV 3), i, JSON_OBJECT('i', i, 'x', i / 3e0) FROM n`, rows),
		"INSERT INTO lands VALUES ('de', 'Deutschland'), ('FR', 'France'), ('it', NULL)",
		"INSERT INTO counter VALUES (1, 0), (2, 0)")
}

// writers change everything until they are stopped.
type writers struct {
	cancel context.CancelFunc
	wait   sync.WaitGroup
	// done counts transactions.
	done atomic.Int64
}

func (w *world) write(n, rows int) *writers {
	return w.writeWith(n, func(ctx context.Context, conn *sql.Conn, random *rand.Rand, writer int) bool {
		return change(ctx, w.t, conn, random, rows, writer)
	})
}

// writeWith has n writers execute changes, each with a random source of its own.
func (w *world) writeWith(n int, change func(ctx context.Context, conn *sql.Conn, random *rand.Rand, writer int) bool) *writers {
	ctx, cancel := context.WithCancel(w.t.Context())
	all := &writers{cancel: cancel}
	db := w.primary["g1"].DB(w.t, w.schema)
	for i := range n {
		all.wait.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			for ctx.Err() == nil {
				conn, err := db.Conn(ctx)
				if err != nil {
					continue
				}
				for range 50 {
					if change(ctx, conn, random, i) {
						all.done.Add(1)
					}
				}
				_ = conn.Close()
			}
		})
	}
	w.t.Cleanup(all.stop)
	return all
}

func (all *writers) stop() {
	all.cancel()
	all.wait.Wait()
}

// change executes one transaction of a random kind; one that fails, for a
// duplicate or a deadlock, is rolled back.
func change(ctx context.Context, t *testing.T, conn *sql.Conn, random *rand.Rand, rows, writer int) bool {
	id := func() int { return 1 + random.IntN(rows+rows/4) }
	var q []string
	switch random.IntN(12) {
	case 0, 1:
		q = []string{fmt.Sprintf("INSERT INTO orders (customer, num, mail) VALUES (%d, %d, 'm%d')", random.IntN(1<<30), random.IntN(10*rows), random.IntN(10*rows))}
	case 2:
		q = []string{fmt.Sprintf("DELETE FROM orders WHERE id = %d", id())}
	case 3: // moves to another shard
		q = []string{fmt.Sprintf("UPDATE orders SET customer = %d WHERE id = %d", random.IntN(1<<30), id())}
	case 4: // two rows swap unique values
		a, b := id(), id()
		q = []string{
			fmt.Sprintf("SELECT num, mail INTO @a, @m FROM orders WHERE id = %d FOR UPDATE", a), fmt.Sprintf("SELECT num, mail INTO @b, @n FROM orders WHERE id = %d FOR UPDATE", b),
			fmt.Sprintf("UPDATE orders SET num = NULL, mail = NULL WHERE id = %d", a), fmt.Sprintf("UPDATE orders SET num = @a, mail = UPPER(@m) WHERE id = %d", b),
			fmt.Sprintf("UPDATE orders SET num = @b, mail = LOWER(@n) WHERE id = %d", a),
		}
	case 5: // a row takes the unique value of one that goes
		a, b := id(), id()
		q = []string{
			fmt.Sprintf("SELECT num INTO @a FROM orders WHERE id = %d FOR UPDATE", a), fmt.Sprintf("DELETE FROM orders WHERE id = %d", a),
			fmt.Sprintf("UPDATE orders SET num = @a WHERE id = %d", b), fmt.Sprintf("INSERT INTO orders (id, customer) VALUES (%d, %d)", a, random.IntN(1<<30)),
		}
	case 6: // a primary key changes, or only its case
		q = []string{fmt.Sprintf("UPDATE words SET word = IF(RAND() < .5, UPPER(word), LOWER(word)) WHERE part = %d", id())}
	case 7:
		q = []string{fmt.Sprintf("UPDATE words SET word = CONCAT('w', %d), body = JSON_SET(body, '$.y', 1e0) WHERE part = %d", random.IntN(rows), id())}
	case 8:
		q = []string{fmt.Sprintf("INSERT INTO words VALUES ('neu%d', %d, NULL)", random.IntN(rows), id()), fmt.Sprintf("DELETE FROM words WHERE part = %d", id())}
	case 9:
		q = []string{fmt.Sprintf("REPLACE INTO lands VALUES ('%c%c', 'x%d')", 'a'+random.IntN(5), 'A'+random.IntN(5), id()), "UPDATE counter SET n = n + 1 WHERE id = 1"}
	case 10:
		q = []string{fmt.Sprintf("DELETE FROM lands WHERE code = '%c%c'", 'a'+random.IntN(5), 'a'+random.IntN(5)), "UPDATE counter SET n = n + 1 WHERE id = 2"}
	case 11:
		return branch(ctx, conn, random, id(), writer)
	}
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return false
	}
	for _, statement := range q {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
			return false
		}
	}
	_, err := conn.ExecContext(ctx, "COMMIT")
	return err == nil
}

// branch prepares an XA branch and decides it later, one way or the other. It
// is decided even if the test ends meanwhile.
func branch(ctx context.Context, conn *sql.Conn, random *rand.Rand, id, writer int) bool {
	return branchOf(ctx, conn, random, writer, fmt.Sprintf("UPDATE orders SET customer = %d, note = 'branch' WHERE id = %d", random.IntN(1<<30), id))
}

func branchOf(ctx context.Context, conn *sql.Conn, random *rand.Rand, writer int, statement string) bool {
	xid := fmt.Sprintf("'b%d-%d'", writer, random.IntN(1<<30))
	if _, err := conn.ExecContext(ctx, "XA START "+xid); err != nil {
		return false
	}
	ctx = context.WithoutCancel(ctx)
	_, err := conn.ExecContext(ctx, statement)
	_, _ = conn.ExecContext(ctx, "XA END "+xid)
	if err != nil {
		_, _ = conn.ExecContext(ctx, "XA ROLLBACK "+xid)
		return false
	}
	if _, err := conn.ExecContext(ctx, "XA PREPARE "+xid); err != nil {
		_, _ = conn.ExecContext(ctx, "XA ROLLBACK "+xid)
		return false
	}
	for range random.IntN(3) {
		_, _ = conn.ExecContext(ctx, "DO SLEEP(0.01)")
	}
	decision := "XA COMMIT "
	if random.IntN(2) == 0 {
		decision = "XA ROLLBACK "
	}
	_, err = conn.ExecContext(ctx, decision+xid)
	return err == nil
}
