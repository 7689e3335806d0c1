package tpch

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// random is a table's own source of values: tables can be made in any order.
type random struct{ *rand.Rand }

func newRandom(seed uint64, table string) random {
	h := fnv.New64a()
	_, _ = h.Write([]byte(table))
	return random{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// between returns a number from low to high, both included.
func (r random) between(low, high int) int { return low + r.IntN(high-low+1) }

func (r random) one(of []string) string { return of[r.IntN(len(of))] }

// text is a comment of low to high characters: sentences, cut off.
func (r random) text(low, high int) string {
	length := r.between(low, high)
	var b strings.Builder
	for b.Len() < length {
		fmt.Fprintf(&b, "%s %s %s %s %s the %s %s. ",
			r.one(adjectives), r.one(nouns), r.one(verbs), r.one(adverbs), r.one(prepositions), r.one(adjectives), r.one(nouns))
	}
	return strings.TrimSpace(b.String()[:length])
}

// address is low to high letters of any kind.
func (r random) address(low, high int) string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ,. "
	b := make([]byte, r.between(low, high))
	for i := range b {
		b[i] = letters[r.IntN(len(letters)-1)]
	}
	return string(b)
}

// phone begins with the nation's code.
func (r random) phone(nation int) string {
	return fmt.Sprintf("%d-%d-%d-%d", nation+10, r.between(100, 999), r.between(100, 999), r.between(1000, 9999))
}

// cents is a number of cents as a decimal.
func cents(n int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}
