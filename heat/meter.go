package heat

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/shardway/shardway/shardkey"
)

const (
	// keysMax is how many keys are kept for a keyspace.
	keysMax = 256
	// Ranges is how many equal token ranges loads are counted for.
	Ranges = 256
	// kept is what is left of a count after a second: half of it after ten.
	kept = 0.933
	// textMax bounds what is kept of a key's value, in bytes.
	textMax = 64
)

// Meter counts. The zero value is ready; it may be used by many at once.
type Meter struct {
	mu        sync.Mutex
	keyspaces map[string]*load
}

// load is one keyspace's.
type load struct {
	at     time.Time // until when it has cooled
	ranges [Ranges]float64
	keys   map[shardkey.Token]*counted
	least  coldest
}

// counted is a key and its place among the coldest.
type counted struct {
	Key
	place int
}

// coldest is a heap with the key of the smallest count first.
type coldest []*counted

// Len is part of heap.Interface, as are the others.
func (c coldest) Len() int { return len(c) }

// Less orders by counts.
func (c coldest) Less(i, j int) bool { return c[i].PerSecond < c[j].PerSecond }

// Swap notes where the two are.
func (c coldest) Swap(i, j int) {
	c[i], c[j] = c[j], c[i]
	c[i].place, c[j].place = i, j
}

// Push adds one at the end.
func (c *coldest) Push(x any) {
	k := x.(*counted)
	k.place = len(*c)
	*c = append(*c, k)
}

// Pop takes the last.
func (c *coldest) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// Key is a shard key that has much of the load.
type Key struct {
	Token shardkey.Token `json:"token"`
	// Text is a value of the key, as it was last written, perhaps cut.
	Text string `json:"text"`
	// PerSecond is how many statements it has, Over how many of these may be
	// other keys'.
	PerSecond float64 `json:"per_second"`
	Over      float64 `json:"over"`
}

// Load is a keyspace's load at a moment.
type Load struct {
	// Ranges has the statements per second of each of equal parts of the tokens.
	Ranges []float64 `json:"ranges"`
	// Keys are the hottest first.
	Keys []Key `json:"keys"`
}

// Count counts statements that a shard key has placed. text is only read.
func (m *Meter) Count(keyspace string, token shardkey.Token, text []byte, statements float64, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.keyspaces[keyspace]
	if l == nil {
		l = &load{at: now, keys: make(map[shardkey.Token]*counted)}
		if m.keyspaces == nil {
			m.keyspaces = make(map[string]*load)
		}
		m.keyspaces[keyspace] = l
	}
	l.cool(now)
	l.ranges[token>>56] += statements
	if k := l.keys[token]; k != nil {
		k.PerSecond += statements
		heap.Fix(&l.least, k.place)
		return
	}
	text = text[:min(len(text), textMax)]
	if len(l.keys) < keysMax {
		k := &counted{Key: Key{Token: token, Text: string(text), PerSecond: statements}}
		l.keys[token] = k
		heap.Push(&l.least, k)
		return
	}
	// The coldest makes way, and leaves its count behind.
	k := l.least[0]
	delete(l.keys, k.Token)
	l.keys[token] = k
	k.Token, k.Text, k.Over = token, string(text), k.PerSecond
	k.PerSecond += statements
	heap.Fix(&l.least, 0)
}

// cool forgets as time goes by.
func (l *load) cool(now time.Time) {
	seconds := math.Floor(now.Sub(l.at).Seconds())
	if seconds < 1 {
		return
	}
	l.at = l.at.Add(time.Duration(seconds) * time.Second)
	factor := math.Pow(kept, seconds)
	for i := range l.ranges {
		l.ranges[i] *= factor
	}
	for _, k := range l.keys {
		k.PerSecond *= factor
		k.Over *= factor
	}
}

// Load returns the loads of all keyspaces.
func (m *Meter) Load(now time.Time) map[string]Load {
	m.mu.Lock()
	defer m.mu.Unlock()
	loads := make(map[string]Load, len(m.keyspaces))
	for name, l := range m.keyspaces {
		l.cool(now)
		out := Load{Ranges: make([]float64, Ranges)}
		// In the long run a count is the rate divided by what goes each second.
		for i := range l.ranges {
			out.Ranges[i] = l.ranges[i] * (1 - kept)
		}
		for _, k := range l.keys {
			out.Keys = append(out.Keys, Key{Token: k.Token, Text: k.Text, PerSecond: k.PerSecond * (1 - kept), Over: k.Over * (1 - kept)})
		}
		out.sort()
		loads[name] = out
	}
	return loads
}

func (l *Load) sort() {
	slices.SortFunc(l.Keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(b.PerSecond, a.PerSecond), cmp.Compare(a.Token, b.Token))
	})
	l.Keys = l.Keys[:min(len(l.Keys), keysMax)]
}

// Add adds the load that another proxy has seen.
func (l *Load) Add(other Load) {
	if l.Ranges == nil {
		l.Ranges = make([]float64, Ranges)
	}
	for i := range min(len(l.Ranges), len(other.Ranges)) {
		l.Ranges[i] += other.Ranges[i]
	}
	for _, k := range other.Keys {
		at := slices.IndexFunc(l.Keys, func(o Key) bool { return o.Token == k.Token })
		if at < 0 {
			l.Keys = append(l.Keys, k)
			continue
		}
		l.Keys[at].PerSecond += k.PerSecond
		l.Keys[at].Over += k.Over
	}
	l.sort()
}

// Total is all statements per second.
func (l *Load) Total() (sum float64) {
	for _, r := range l.Ranges {
		sum += r
	}
	return sum
}
