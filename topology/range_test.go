package topology

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

func TestRangesAreWrittenAsPrefixes(t *testing.T) {
	for text, want := range map[string]Range{
		"-":                                 {},
		"-80":                               {End: 1 << 63},
		"80-":                               {Start: 1 << 63},
		"40-80":                             {Start: 1 << 62, End: 1 << 63},
		"5555-aaaaaaaaaaaaaaaa":             {Start: 0x5555 << 48, End: 0xaaaaaaaaaaaaaaaa},
		"8000000000000001-8000000000000002": {Start: 1<<63 + 1, End: 1<<63 + 2},
		"ffffffffffffffff-":                 {Start: math.MaxUint64},
		"-0000000000000001":                 {End: 1},
		"01-":                               {Start: 1 << 56},
	} {
		got, err := ParseRange(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, prints %s, %v", text, got, got, err)
		}
	}
	for text, canonical := range map[string]string{"8-C": "80-c0", "00-8": "-80", "4000-80": "40-80"} {
		if got, err := ParseRange(text); err != nil || got.String() != canonical {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "80", "80-40", "80-80", "-00", "x-", "-g0", "1-2-3", "-+8", "12345678901234567-", " -80"} {
		_, err := ParseRange(text)
		if refused, ok := AsRefused(err); !ok || refused.Hint == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseRange(f *testing.F) {
	f.Add("40-80")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRange(text)
		if err != nil {
			return
		}
		if again, err := ParseRange(r.String()); err != nil || again != r {
			t.Errorf("%q is %+v, printed %s, read %+v, %v", text, r, r, again, err)
		}
	})
}

func TestRangesInJSON(t *testing.T) {
	shard := Shard{Range: Range{Start: 1 << 62}, Group: "g1"}
	data, err := json.Marshal(shard)
	if err != nil || string(data) != `{"range":"40-","group":"g1"}` {
		t.Errorf("%s, %v", data, err)
	}
	var back Shard
	if err := json.Unmarshal(data, &back); err != nil || back != shard {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"range":"zz"}`), &back); err == nil {
		t.Error("zz was read")
	}
}

func TestRangeContainsAndOverlaps(t *testing.T) {
	left, right, whole := Range{End: 100}, Range{Start: 100}, Range{}
	if !left.Contains(99) || left.Contains(100) || !right.Contains(100) || !right.Contains(math.MaxUint64) {
		t.Error("the bounds are not half-open")
	}
	if left.Overlaps(right) || right.Overlaps(left) || !left.Overlaps(whole) || !whole.Overlaps(right) {
		t.Error("overlaps")
	}
	if !whole.IsWhole() || left.IsWhole() {
		t.Error("whole")
	}
}

func TestEvenRanges(t *testing.T) {
	for n, want := range map[int]string{
		1: "-", 2: "-80 80-", 3: "-55 55-ab ab-", 4: "-40 40-80 80-c0 c0-",
	} {
		ranges, err := EvenRanges(n)
		if got := join(ranges); err != nil || got != want {
			t.Errorf("%d: %s, %v", n, got, err)
		}
	}
	for n := 1; n <= shardsMax; n++ {
		ranges, err := EvenRanges(n)
		if err != nil || len(ranges) != n {
			t.Fatalf("%d: %v", n, err)
		}
		even := math.Pow(2, 64) / float64(n)
		for i, r := range ranges {
			end := math.Pow(2, 64)
			if i < n-1 {
				end = float64(r.End)
			}
			if size := (end - float64(r.Start)) / even; size < 0.9 || size > 1.1 {
				t.Errorf("%d shards: %s is %.2f of even", n, r, size)
			}
			if i > 0 && r.Start != ranges[i-1].End || len(r.String()) > 9 {
				t.Errorf("%d shards: %s after %s", n, r, ranges[i-1])
			}
		}
		if ranges[0].Start != 0 || ranges[n-1].End != 0 {
			t.Errorf("%d shards do not cover everything", n)
		}
	}
	for _, n := range []int{-1, 0, shardsMax + 1} {
		if _, err := EvenRanges(n); err == nil {
			t.Errorf("%d shards", n)
		}
	}
}

func join(ranges []Range) string {
	var texts []string
	for _, r := range ranges {
		texts = append(texts, r.String())
	}
	return strings.Join(texts, " ")
}

func TestShardFor(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 256} {
		ranges, err := EvenRanges(n)
		if err != nil {
			t.Fatal(err)
		}
		k := Keyspace{Name: "k"}
		for _, r := range ranges {
			k.Shards = append(k.Shards, Shard{Range: r, Group: "g"})
		}
		tokens := []shardkey.Token{0, 1, math.MaxUint64}
		for _, r := range ranges {
			tokens = append(tokens, r.Start, r.Start-1, r.End-1)
		}
		for range 1000 {
			tokens = append(tokens, shardkey.Token(rand.Uint64()))
		}
		for _, token := range tokens {
			if shard := k.ShardFor(token); shard == nil || !shard.Range.Contains(token) {
				t.Errorf("%d shards: token %x is on %v", n, token, shard)
			}
		}
	}
	var none Keyspace
	if none.ShardFor(7) != nil {
		t.Error("a shard from nothing")
	}
}

func TestShardNames(t *testing.T) {
	keyspace, r, err := ParseShardName("shop/40-80")
	if err != nil || keyspace != "shop" || ShardName(keyspace, r) != "shop/40-80" {
		t.Error(keyspace, r, err)
	}
	for _, name := range []string{"shop", "/-80", "mysql/-80", "shop/80"} {
		if _, _, err := ParseShardName(name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestRangeSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"-", 2, "-80 80-"},
		{"-80", 2, "-40 40-80"},
		{"80-", 2, "80-c0 c0-"},
		{"40-80", 4, "40-50 50-60 60-70 70-80"},
		{"80-", 3, "80-ab ab-d5 d5-"},
		{"80-81", 2, "80-8080 8080-81"},
		{"-01", 256, ""},
		{"8000000000000000-8000000000000002", 2, "80-8000000000000001 8000000000000001-8000000000000002"},
		{"8000000000000000-8000000000000001", 2, "refused"},
	} {
		r, err := ParseRange(c.text)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := r.Split(c.n)
		if err != nil {
			if c.want != "refused" {
				t.Errorf("%s into %d: %v", c.text, c.n, err)
			}
			continue
		}
		var texts []string
		next := r.Start
		for i, p := range parts {
			if p.Start != next || i > 0 && p.Start == 0 {
				t.Errorf("%s into %d: part %d is %s", c.text, c.n, i, p)
			}
			next = p.End
			texts = append(texts, p.String())
		}
		if next != r.End || c.want != "" && strings.Join(texts, " ") != c.want {
			t.Errorf("%s into %d: %s", c.text, c.n, texts)
		}
	}
}

func TestRangeIntersect(t *testing.T) {
	for _, c := range [][3]string{
		{"-", "-", "-"},
		{"-", "40-80", "40-80"},
		{"-80", "40-", "40-80"},
		{"80-", "40-", "80-"},
		{"40-80", "60-70", "60-70"},
		{"-80", "80-", ""},
		{"40-50", "50-60", ""},
	} {
		a, _ := ParseRange(c[0])
		b, _ := ParseRange(c[1])
		for range 2 {
			common, ok := a.Intersect(b)
			if ok != (c[2] != "") || ok && common.String() != c[2] {
				t.Errorf("%s and %s have %s in common", a, b, common)
			}
			a, b = b, a
		}
	}
}
