package drill

import (
	"fmt"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit/cluster"
)

// TestBank: proxies and servers are killed, connections cut and branches left
// prepared while 16 clients move money through two proxies. Nothing is lost,
// nothing done by halves, and no branch stays prepared for longer than 5 s once
// the system is whole (safety rules 4 to 7 and 10).
func TestBank(t *testing.T) {
	c := cluster.New(t, shape())
	results := openResults(t, *table)
	for results.next < *rounds {
		from, to := results.next, min(results.next+blockRounds, *rounds)
		t.Run(fmt.Sprintf("rounds %d to %d", from+1, to), func(t *testing.T) {
			s := openSite(t, c)
			for n := from; n < to; n++ {
				results.add(s.tell(t, n))
			}
			results.write(t)
		})
		if t.Failed() {
			return
		}
	}
}

// tell runs a round and says what happened.
func (s *site) tell(t *testing.T, n int) outcome {
	t.Helper()
	begin := time.Now()
	out := s.round(t, n, *seed+uint64(n))
	t.Logf("round %d, seed %d, %s: %d acknowledged, %d failed (%d deadlocks), %d unknown, settled in %s, slowest transfer %s; %v",
		n+1, *seed+uint64(n), time.Since(begin).Round(time.Millisecond), out.acknowledged, out.failed, out.deadlocks, out.unknown,
		out.settled.Round(time.Millisecond), out.slowest.Round(time.Millisecond), out.broken)
	if out.acknowledged == 0 {
		t.Fatalf("round %d: no transfer was acknowledged", n+1)
	}
	return out
}
