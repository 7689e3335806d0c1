package heat

import (
	"slices"

	"github.com/shardway/shardway/shardkey"
)

// Cut is a proposal for splitting a token range by load.
type Cut struct {
	// At are the first tokens of the parts but the first.
	At []shardkey.Token
	// Shares are the parts' shares of the range's load, as expected.
	Shares []float64
	// Alone is a key that has more than a part should; nil if none has. Wherever
	// it goes, it dominates: only isolating it helps.
	Alone *Key
}

// mass is some of the load: at one token, or spread evenly up to one.
type mass struct {
	end    shardkey.Token // inclusive
	amount float64
	key    *Key
}

// Cut proposes how to split the tokens from start up to end, 0 standing for the
// last, into n parts of about the same load.
func (l *Load) Cut(start, end shardkey.Token, n int) Cut {
	masses := l.masses(start, end)
	total := 0.0
	for _, m := range masses {
		total += m.amount
	}
	var c Cut
	for _, m := range masses {
		if m.key != nil && n > 0 && m.amount > total/float64(n) && (c.Alone == nil || m.amount > c.Alone.PerSecond) {
			c.Alone = m.key
		}
	}
	if total == 0 || n < 2 {
		return c
	}
	begin, sum, last := start, 0.0, 0.0
	for _, m := range masses {
		for len(c.At) < n-1 {
			wanted := total * float64(len(c.At)+1) / float64(n)
			if sum+m.amount < wanted {
				break
			}
			at, before := m.cut(begin, wanted-sum)
			if at <= start || len(c.At) > 0 && at <= c.At[len(c.At)-1] || end != 0 && at >= end {
				break
			}
			c.At = append(c.At, at)
			c.Shares = append(c.Shares, (sum+before-last)/total)
			last = sum + before
		}
		sum += m.amount
		begin = m.end + 1
	}
	c.Shares = append(c.Shares, (total-last)/total)
	return c
}

// cut says where in a mass that begins at a token some of it has come, and how
// much that is. A key is not cut: it goes to the side that is more even.
func (m *mass) cut(begin shardkey.Token, wanted float64) (at shardkey.Token, before float64) {
	if m.key != nil {
		if wanted < m.amount/2 {
			return m.end, 0
		}
		return m.end + 1, m.amount
	}
	width := float64(m.end-begin) + 1
	return begin + shardkey.Token(width*wanted/m.amount), wanted
}

// masses are the loads between two tokens, in order.
func (l *Load) masses(start, end shardkey.Token) []mass {
	last := end - 1 // of the range, inclusive
	keys := make([]*Key, 0, len(l.Keys))
	for i := range l.Keys {
		if k := &l.Keys[i]; k.Token >= start && k.Token <= last {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b *Key) int {
		if a.Token < b.Token {
			return -1
		}
		return 1
	})
	var masses []mass
	for i, amount := range l.Ranges {
		low := shardkey.Token(i) << 56
		high := low + (1<<56 - 1)
		if high < start || low > last {
			continue
		}
		var own []*Key
		for _, k := range keys {
			if k.Token >= low && k.Token <= high {
				own = append(own, k)
				amount -= k.PerSecond - k.Over
			}
		}
		from, to := max(low, start), min(high, last)
		amount = max(amount, 0) * (float64(to-from) + 1) / (1 << 56)
		masses = append(masses, spread(from, to, amount, own)...)
	}
	return masses
}

// spread lays a range's even load around its keys.
func spread(from, to shardkey.Token, amount float64, keys []*Key) []mass {
	var masses []mass
	width := float64(to-from) + 1
	even := func(end shardkey.Token) {
		if end >= from {
			masses = append(masses, mass{end: end, amount: amount * (float64(end-from) + 1) / width})
		}
	}
	for _, k := range keys {
		if k.Token > from {
			even(k.Token - 1)
		}
		masses = append(masses, mass{end: k.Token, amount: k.PerSecond - k.Over, key: k})
		from = k.Token + 1
		if from == 0 || from > to {
			return masses
		}
	}
	even(to)
	return masses
}

// Between is the load of the tokens from start up to end, 0 standing for the last.
func (l *Load) Between(start, end shardkey.Token) (sum float64) {
	for _, m := range l.masses(start, end) {
		sum += m.amount
	}
	return sum
}
