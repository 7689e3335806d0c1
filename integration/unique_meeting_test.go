package integration

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// meetingStatement is one of the forms of INSERT that do something else than fail
// where a row meets another, with up to three rows of few values.
func meetingStatement(r *rand.Rand) string {
	var rows []string
	for range 1 + r.IntN(3) {
		email, badge := "NULL", "NULL"
		if r.IntN(5) > 0 {
			email = fmt.Sprintf("'%c@x'", 'a'+rune(r.IntN(6)))
		}
		if r.IntN(3) > 0 {
			badge = fmt.Sprint(r.IntN(6))
		}
		rows = append(rows, fmt.Sprintf("(%d, %d, %s, %s, 'n%d')", r.IntN(6), r.IntN(2), email, badge, r.IntN(3)))
	}
	values := "INTO members VALUES " + strings.Join(rows, ", ")
	switch r.IntN(6) {
	case 0:
		return "INSERT IGNORE " + values
	case 1, 2:
		return "REPLACE " + values
	case 3:
		return fmt.Sprintf("DELETE FROM members WHERE tenant = %d", r.IntN(6))
	default:
		set := []string{"note = VALUES(note)", "note = note", "email = VALUES(email)", "badge = members.badge + 10, note = 'more'", "badge = VALUES(badge), email = NULL"}
		return "INSERT " + values + " ON DUPLICATE KEY UPDATE " + set[r.IntN(len(set))]
	}
}

// Safety rule 25: whatever rows meet, by one key or several, on one shard or on
// others, REPLACE, INSERT IGNORE and ON DUPLICATE KEY UPDATE leave the rows that
// MySQL leaves, and the index tables have what the table has. That holds too for
// clients to which a row counts that is found and not changed.
func TestAUniqueKeyInEveryFormOfInsert(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	for _, found := range []bool{false, true} {
		t.Run(fmt.Sprint("found=", found), func(t *testing.T) {
			variant := mysql.Variant{DeprecateEOF: true, FoundRows: found}
			schema := testkit.Server(t, testkit.Options{}).Schema(t) // dropped when the connections are closed
			proxy, plain := proxyOf(c).connect(t, variant), plainServer(t).connect(t, variant)
			plain.must(t, "USE "+schema)
			proxy.must(t, "USE "+ks)
			for _, s := range []*client{proxy, plain} {
				s.must(t, "DROP TABLE IF EXISTS members")
				s.must(t, members)
			}
			r := rand.New(rand.NewPCG(25, uint64(len(t.Name()))))
			refused := 0
			for n := range 400 {
				if n%7 == 0 {
					for _, s := range []*client{proxy, plain} {
						s.must(t, []string{"BEGIN", "COMMIT"}[n/7%2])
					}
				}
				sql := meetingStatement(r)
				given, err := proxy.query(sql)
				if err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
				if given.err != nil && isRefusal(given.err) {
					refused++
					continue
				}
				want, err := plain.query(sql)
				if err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
				for _, d := range compare(want, given, judgement{ordered: true}) {
					if d.field == "error" && want.err != nil && given.err != nil && want.err.Code == given.err.Code || d.field == "warnings" || d.field == "info" {
						continue
					}
					t.Errorf("%d: %s: %v", n, sql, d)
				}
				const all = "SELECT * FROM members ORDER BY tenant, id"
				if got, want := proxy.must(t, all), plain.must(t, all); !slices.EqualFunc(got.rows, want.rows, slices.Equal) {
					t.Fatalf("%d: after %s\n%v\nnot\n%v", n, sql, got.rows, want.rows)
				}
			}
			for _, s := range []*client{proxy, plain} {
				s.must(t, "COMMIT")
			}
			if refused > 100 {
				t.Errorf("%d of 400 statements are refused", refused)
			}
			indexed(t, c, ks, "members", "email", "badge")
		})
	}
}

// Safety rule 25: sessions that insert, replace and change the same values at the
// same time, alone and in transactions, get no error but the deadlocks that MySQL
// has, and the index tables have what the table has.
func TestUniqueValuesMeetAtTheSameTime(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	session(t, c, ks).must(t, members)
	var wg sync.WaitGroup
	for worker := range 6 {
		s := session(t, c, ks)
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(worker), 26))
			run := func(sql string) {
				a, err := s.query(sql)
				switch {
				case err != nil:
					t.Errorf("%s: %v", sql, err)
				case a.err != nil && a.err.Code != mysql.ErLockDeadlock && a.err.Code != mysql.ErDupEntry && !isRefusal(a.err):
					t.Errorf("%s: %v", sql, a.err)
				}
			}
			for n := range 60 {
				if n%4 == 0 {
					run("BEGIN")
				}
				run(meetingStatement(r))
				if n%4 == 2 {
					run([]string{"COMMIT", "ROLLBACK"}[r.IntN(2)])
				}
			}
			run("COMMIT")
		})
	}
	wg.Wait()
	indexed(t, c, ks, "members", "email", "badge")
}

// Safety rule 25: sessions that count with ON DUPLICATE KEY UPDATE on one value
// wait for each other; none fails and no count is lost.
func TestUniqueValuesAreCounted(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	first := session(t, c, ks)
	first.must(t, members)
	const workers, rounds = 6, 20
	var wg sync.WaitGroup
	for worker := range workers {
		s := session(t, c, ks)
		wg.Go(func() {
			for n := range rounds {
				sql := fmt.Sprintf("INSERT INTO members VALUES (%d, %d, 'one@x', 1, '') ON DUPLICATE KEY UPDATE badge = badge + 1", worker, n)
				if a, err := s.query(sql); err != nil || a.err != nil {
					t.Errorf("%s: %v %v", sql, err, a.err)
				}
			}
		})
	}
	wg.Wait()
	if got := first.value(t, "SELECT CONCAT(COUNT(*), ' ', SUM(badge)) FROM members"); got != fmt.Sprint("1 ", workers*rounds) {
		t.Errorf("rows and count: %s", got)
	}
	indexed(t, c, ks, "members", "email", "badge")
}
