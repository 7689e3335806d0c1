package pool

import (
	"sync"
	"time"

	"github.com/shardway/shardway/mysql"
)

// historyLen is how many probes of a primary are kept: a minute of them, which
// is the longest lag that can be told from a longer one.
const historyLen = 240

// history is what the primary of a group had executed at recent moments.
// Clocks of servers do not matter: both ends are measured here.
type history struct {
	mu   sync.Mutex
	ring [historyLen]moment
	next int // where the next moment goes
	n    int
}

type moment struct {
	at    time.Time
	gtids mysql.GTIDSet
}

func (h *history) add(at time.Time, gtids mysql.GTIDSet) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring[h.next] = moment{at, gtids}
	h.next = (h.next + 1) % historyLen
	h.n = min(h.n+1, historyLen)
}

// lag bounds how old the data of a server are that had executed gtids at the
// given time: it finds the latest moment whose transactions are all in gtids.
func (h *history) lag(at time.Time, gtids mysql.GTIDSet) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := 1; i <= h.n; i++ {
		m := &h.ring[(h.next-i+historyLen)%historyLen]
		if gtids.Contains(m.gtids) {
			return max(0, at.Sub(m.at))
		}
	}
	return LagUnknown
}
