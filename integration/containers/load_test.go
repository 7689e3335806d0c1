package containers

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// load is clients that write and remember what they were told: each number n
// once, alone or, every second client, together with -n in one transaction,
// which is on both groups for half of them.
type load struct {
	db     *sql.DB
	stop   context.CancelFunc
	all    sync.WaitGroup
	writes atomic.Int64

	mu sync.Mutex
	// told are the acknowledged numbers, unsure those whose write ended in an error.
	told, unsure map[int]bool
	failed       []error
	last         time.Time
	gap          time.Duration
}

func begin(t *testing.T, db *sql.DB, clients int) *load {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &load{db: db, stop: stop, told: map[int]bool{}, unsure: map[int]bool{}, last: time.Now()}
	db.SetMaxIdleConns(clients)
	for c := range clients {
		l.all.Go(func() {
			for n := c + 1; ctx.Err() == nil; n += clients {
				l.answer(n, l.write(n, c%2 == 1))
			}
		})
	}
	t.Cleanup(func() { stop(); l.all.Wait() })
	return l
}

// write does not end with the load: a write that is given up is not an answer.
func (l *load) write(n int, pair bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), awaited)
	defer cancel()
	if !pair {
		_, err := l.db.ExecContext(ctx, "INSERT INTO written VALUES (?)", n)
		return err
	}
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, id := range []int{n, -n} {
		if _, err := tx.ExecContext(ctx, "INSERT INTO written VALUES (?)", id); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (l *load) answer(n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.unsure[n] = true
		l.failed = append(l.failed, err)
		return
	}
	l.told[n] = true
	l.writes.Add(1)
	l.gap = max(l.gap, time.Since(l.last))
	l.last = time.Now()
}

// goesOn waits until clients have been answered again, and returns the longest
// time without an answer since it was last called.
func (l *load) goesOn(t *testing.T) time.Duration {
	t.Helper()
	was := l.writes.Load()
	until(t, "writes are answered", func() bool { return l.writes.Load() > was+50 })
	l.mu.Lock()
	defer l.mu.Unlock()
	gap := l.gap
	l.gap = 0
	return gap.Round(10 * time.Millisecond)
}

// settle ends the load and compares what clients were told with the rows.
func (l *load) settle(t *testing.T) {
	t.Helper()
	l.stop()
	l.all.Wait()
	there := l.rows(t)
	for n := range l.told {
		if !there[n] {
			t.Errorf("row %d was acknowledged and is lost", n)
		}
	}
	for n := range there {
		if n < 0 && !there[-n] {
			t.Errorf("row %d is there without its other half", n)
		}
		if n > 0 && !l.told[n] && !l.unsure[n] {
			t.Errorf("nobody wrote row %d", n)
		}
	}
	for _, err := range l.failed {
		if !mayBeTold(err) {
			t.Errorf("a client was told: %v", err)
		}
	}
	t.Logf("%d writes acknowledged, %d not", len(l.told), len(l.failed))
}

func (l *load) rows(t *testing.T) map[int]bool {
	t.Helper()
	conn, err := l.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SET shardway.read = 'primary'"); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.QueryContext(t.Context(), "SELECT id FROM written")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	there := map[int]bool{}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		there[id] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return there
}

// mayBeTold reports whether an error is one that clients can be given when a
// server dies: the outcome is unknown (2013), the transaction was rolled back
// (1213; 1180 if that was COMMIT's answer), or their connection has ended.
func mayBeTold(err error) bool {
	var my *driver.MySQLError
	if errors.As(err, &my) {
		return my.Number == 2013 || my.Number == 1213 || my.Number == 1180
	}
	return errors.Is(err, driver.ErrInvalidConn)
}
