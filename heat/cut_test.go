package heat

import (
	"math"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

func ranges(from, to int, each float64) []float64 {
	list := make([]float64, Ranges)
	for i := from; i < to; i++ {
		list[i] = each
	}
	return list
}

func near(a, b shardkey.Token) bool { return max(a, b)-min(a, b) < 1<<50 }

func TestCutsAreEvenByLoad(t *testing.T) {
	even := Load{Ranges: ranges(0, 256, 1)}
	if c := even.Cut(0, 0, 4); len(c.At) != 3 || !near(c.At[0], 0x40<<56) || !near(c.At[1], 0x80<<56) || !near(c.At[2], 0xc0<<56) || c.Alone != nil {
		t.Errorf("an even load: %x", c.At)
	}
	// All of it is in the lower quarter of the upper half.
	low := Load{Ranges: ranges(0x80, 0xa0, 1)}
	if c := low.Cut(0x80<<56, 0, 2); len(c.At) != 1 || !near(c.At[0], 0x90<<56) || math.Abs(c.Shares[0]-0.5) > 0.01 {
		t.Errorf("a load at one end: %x, %v", c.At, c.Shares)
	}
	if c := low.Cut(0, 0x80<<56, 2); len(c.At) != 0 {
		t.Errorf("a range without load is cut at %x", c.At)
	}
}

// A key that has more than a part should is said to be one, and stays whole.
func TestAKeyAloneIsNamed(t *testing.T) {
	hot := Key{Token: 0x20<<56 + 5, Text: "42", PerSecond: 60}
	l := Load{Ranges: ranges(0, 256, 40.0/256), Keys: []Key{hot}}
	l.Ranges[0x20] += 60
	c := l.Cut(0, 0, 2)
	if c.Alone == nil || c.Alone.Text != "42" {
		t.Fatalf("%+v", c)
	}
	if len(c.At) != 1 || c.At[0] != hot.Token && c.At[0] != hot.Token+1 {
		t.Errorf("the best cut is beside the key: %x", c.At)
	}
	sum := 0.0
	for _, s := range c.Shares {
		sum += s
	}
	if math.Abs(sum-1) > 0.001 || len(c.Shares) != 2 {
		t.Errorf("shares %v", c.Shares)
	}
	if c := l.Cut(0x80<<56, 0, 2); c.Alone != nil || !near(c.At[0], 0xc0<<56) {
		t.Errorf("elsewhere it does not matter: %+v", c)
	}
}

// Cuts are in order and inside, whatever the load.
func FuzzCut(f *testing.F) {
	f.Add(uint64(0), uint64(0), uint8(3), uint64(77), 5.0, 1.0)
	f.Fuzz(func(t *testing.T, start, end uint64, n uint8, token uint64, hot, each float64) {
		if end != 0 && start >= end || hot < 0 || each < 0 || math.IsNaN(hot+each) || hot+each > 1e12 {
			return
		}
		l := Load{Ranges: ranges(0, 256, each), Keys: []Key{{Token: shardkey.Token(token), PerSecond: hot}}}
		l.Ranges[token>>56] += hot
		c := l.Cut(shardkey.Token(start), shardkey.Token(end), int(n%16))
		before := shardkey.Token(start)
		for _, at := range c.At {
			if at <= before || end != 0 && at >= shardkey.Token(end) {
				t.Fatalf("cut at %x in %x-%x: %x", at, start, end, c.At)
			}
			before = at
		}
	})
}
