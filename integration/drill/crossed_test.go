package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit/cluster"
)

// victimMax is how long both sides of a deadlock may wait before one gets 1213.
const victimMax = 2 * time.Second

// TestCrossedTransfers: two transactions on two shards wait for each other,
// where no server sees it. Within 2 s one gets 1213, and the other goes on
// (safety rule 8).
func TestCrossedTransfers(t *testing.T) {
	s := openSite(t, cluster.New(t, shape()))
	var a, b int
	for account, home := range s.home {
		if a == 0 {
			a = account
		} else if b == 0 && home != s.home[a] {
			b = account
		}
	}
	var slowest time.Duration
	for n := range 10 {
		// Through one proxy, and through two.
		took := s.cross(t, s.proxies[0], s.proxies[n%2], a, b)
		slowest = max(slowest, took)
		if took > victimMax {
			t.Errorf("crossing %d: the victim waited %s", n, took)
		}
	}
	t.Logf("the slowest of 10 victims waited %s", slowest)
	s.settled(t, "no branch is left", settleMax, nil)
	s.check(t)
}

// cross has two transactions write two accounts in opposite order, and returns
// how long the victim waited.
func (s *site) cross(t *testing.T, first, second *sql.DB, a, b int) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), upTimeout)
	defer cancel()
	var sides [2]*sql.Conn
	for i, db := range []*sql.DB{first, second} {
		var err error
		if sides[i], err = db.Conn(ctx); err != nil {
			t.Fatal(err)
		}
		defer sides[i].Close()
		run(t, sides[i], "BEGIN")
		run(t, sides[i], fmt.Sprintf("UPDATE account SET balance = balance - 1 WHERE id = %d", []int{a, b}[i]))
	}
	var errs [2]error
	var took [2]time.Duration
	var wait sync.WaitGroup
	for i, conn := range sides {
		wait.Go(func() {
			begin := time.Now()
			_, errs[i] = conn.ExecContext(ctx, fmt.Sprintf("UPDATE account SET balance = balance + 1 WHERE id = %d", []int{b, a}[i]))
			took[i] = time.Since(begin)
			if errs[i] == nil {
				_, errs[i] = conn.ExecContext(ctx, "COMMIT")
			}
		})
	}
	wait.Wait()
	victim := -1
	for i, err := range errs {
		var refused *driver.MySQLError
		switch {
		case err == nil:
		case errors.As(err, &refused) && refused.Number == 1213 && victim < 0:
			victim = i
		default:
			t.Fatalf("side %d: %v", i+1, err)
		}
	}
	if victim < 0 {
		t.Fatal("both sides went on")
	}
	// What the other side moved is undone, so that the journal is right.
	run(t, sides[victim], "BEGIN")
	other := 1 - victim
	run(t, sides[victim], fmt.Sprintf("UPDATE account SET balance = balance + 1 WHERE id = %d", []int{a, b}[other]))
	run(t, sides[victim], fmt.Sprintf("UPDATE account SET balance = balance - 1 WHERE id = %d", []int{b, a}[other]))
	run(t, sides[victim], "COMMIT")
	return took[victim]
}

func run(t *testing.T, conn *sql.Conn, statement string) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
