package integration

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// TestSafetyRule8CrossedTransfers: two transactions that each wait in one group
// for what the other has there: one gets 1213 and is rolled back on all groups,
// the other goes on, long before any lock wait times out.
func TestSafetyRule8CrossedTransfers(t *testing.T) {
	c := cluster.Get(t, wide())
	ks, here, there := place(t, c, 4)
	update := func(id int) string { return fmt.Sprintf("UPDATE accounts SET n = n + 1 WHERE id = %d", id) }
	for round := range 3 {
		sides := []*client{session(t, c, ks), session(t, c, ks)}
		ids := [][2]int{{here, there}, {there, here}}
		for i, s := range sides {
			s.must(t, "BEGIN")
			s.must(t, update(ids[i][0]))
		}
		began := time.Now()
		answers := make([]answer, 2)
		var took [2]time.Duration
		var wait sync.WaitGroup
		for i, s := range sides {
			wait.Go(func() {
				var err error
				if answers[i], err = s.query(update(ids[i][1])); err != nil {
					t.Error(err)
				}
				took[i] = time.Since(began)
			})
		}
		wait.Wait()
		victims := 0
		for i, a := range answers {
			if a.err == nil {
				sides[i].must(t, "COMMIT")
				continue
			}
			victims++
			if a.err.Code != mysql.ErLockDeadlock {
				t.Errorf("the victim got %v, want 1213", a.err)
			}
			// Two seconds are promised; the machine may be loaded.
			if took[i] > 10*time.Second {
				t.Errorf("the victim waited %s", took[i])
			}
		}
		if victims != 1 {
			t.Fatalf("%d victims: %v, %v", victims, answers[0].err, answers[1].err)
		}
		if n := session(t, c, ks).value(t, "SELECT SUM(n) FROM accounts"); n != fmt.Sprint(4000+2*(round+1)) {
			t.Errorf("the sum is %s: not all of one and nothing of the other", n)
		}
		t.Logf("the answers took %s and %s", took[0], took[1])
	}
}

// TestSafetyRule5ProxiesAreKilledInTheMiddle: clients transfer between accounts
// on four groups through a proxy that is killed while they do. What it leaves
// prepared is decided within seconds, each transfer everywhere alike.
func TestSafetyRule5ProxiesAreKilledInTheMiddle(t *testing.T) {
	c := cluster.Get(t, wide())
	ks, _, _ := place(t, c, 4)
	left := 0
	for range 3 {
		p := anotherProxy(t, c, c.Store.Endpoints()[0], testkit.Dir(t))
		var transfers atomic.Int64
		enough := make(chan struct{})
		var clients sync.WaitGroup
		for range 8 {
			s := p.server.connect(t, mysql.Variant{DeprecateEOF: true})
			s.must(t, "USE "+ks)
			clients.Go(func() {
				for transfer(s) {
					if transfers.Add(1) == 100 {
						close(enough)
					}
				}
			})
		}
		<-enough
		p.Kill()
		clients.Wait()
		killed := time.Now()
		left += len(preparedOn(t, c))
		until(t, "no branch is prepared", func() bool { return len(preparedOn(t, c)) == 0 })
		// Five seconds are promised; the machine may be loaded.
		if took := time.Since(killed); took > 15*time.Second {
			t.Errorf("branches stayed prepared for %s", took)
		}
		if n := session(t, c, ks).value(t, "SELECT SUM(n) FROM accounts"); n != "4000" {
			t.Fatalf("the sum is %s, want 4000", n)
		}
	}
	t.Logf("%d branches were left", left)
}

// transfer moves 1 from one account to two others. It returns false once the
// proxy is gone.
func transfer(s *client) bool {
	for _, sql := range []string{
		"BEGIN",
		fmt.Sprintf("UPDATE accounts SET n = n - 2 WHERE id = %d", 1+rand.IntN(40)),
		fmt.Sprintf("UPDATE accounts SET n = n + 1 WHERE id = %d", 1+rand.IntN(40)),
		fmt.Sprintf("UPDATE accounts SET n = n + 1 WHERE id = %d", 1+rand.IntN(40)),
		"COMMIT",
	} {
		a, err := s.query(sql)
		if err != nil {
			return false
		}
		if a.err != nil {
			// A deadlock; nothing of it is left.
			_, err = s.query("ROLLBACK")
			return err == nil
		}
	}
	return true
}

// preparedOn lists the prepared branches of all groups, as their servers say.
func preparedOn(t *testing.T, c *cluster.Cluster) []string {
	t.Helper()
	var list []string
	for id, server := range c.Servers {
		rows, err := server.DB(t, "").Query("XA RECOVER")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var format, gtrid, bqual int
			var data string
			if err := rows.Scan(&format, &gtrid, &bqual, &data); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(data, "shardway-") {
				list = append(list, id+" "+data)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
	return list
}
