package weights_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shardway/shardway/shardkey/internal/weights"
)

// TestRoundTrip: what is encoded is what the decoded table answers, for runs
// of every shape.
func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	want := map[rune][]uint16{}
	for r := rune(0); r < 0x110000; {
		first := make([]uint16, random.IntN(4))
		for i := range first {
			first[i] = uint16(random.Uint32())
		}
		if r < 128 {
			first = first[:min(len(first), 1)]
		}
		grows := random.IntN(2) == 0
		for n := random.IntN(600); n >= 0 && r < 0x110000; n-- {
			if len(first) > 0 || random.IntN(50) > 0 {
				want[r] = slices.Clone(first)
			}
			if grows && len(first) > 0 {
				first[len(first)-1]++
			}
			r++
		}
		if random.IntN(4) == 0 {
			r += rune(random.IntN(1000))
		}
	}
	data, err := weights.Encode(false, func(r rune) ([]uint16, bool) {
		w, ok := want[r]
		return w, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	table, err := weights.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for r := rune(-1); r <= 0x110000; r++ {
		var have []uint16
		bytes := table.Append(nil, r)
		for i := 0; i < len(bytes); i += 2 {
			have = append(have, uint16(bytes[i])<<8|uint16(bytes[i+1]))
		}
		if !slices.Equal(have, want[r]) {
			t.Fatalf("%U: %x, want %x", r, have, want[r])
		}
	}
}

func TestDecodeRefusesWhatIsBroken(t *testing.T) {
	data, err := weights.Encode(true, func(r rune) ([]uint16, bool) { return []uint16{1}, r == 'a' })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := weights.Decode(data); err != nil {
		t.Fatal(err)
	}
	for n := range data {
		if _, err := weights.Decode(data[:n]); err == nil {
			t.Errorf("%d of %d bytes are a table", n, len(data))
		}
	}
}

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name  string
		table *weights.Table
		r     rune
		want  string
	}{
		{"uca900", weights.UCA900(), 'a', "\x1c\x47"},
		{"uca900", weights.UCA900(), 0, ""},
		{"uca900", weights.UCA900(), 'ß', "\x1e\x71\x1e\x71"},
		{"unicode", weights.Unicode(), '😀', "\xff\xfd"},
		{"general", weights.General(), 0, "\x00\x00"},
		{"general", weights.General(), 'ß', "\x00S"},
	} {
		if got := c.table.Append(nil, c.r); string(got) != c.want {
			t.Errorf("%s %U: %x, want %x", c.name, c.r, got, c.want)
		}
	}
	if weights.Swedish('a') != 'A' {
		t.Error("latin1_swedish_ci tells a from A")
	}
}

func TestSyllable(t *testing.T) {
	for r, want := range map[rune][3]rune{
		0xAC00: {0x1100, 0x1161, 0}, 0xAC01: {0x1100, 0x1161, 0x11A8}, 0xD7A3: {0x1112, 0x1175, 0x11C2},
	} {
		l, v, trail, ok := weights.Syllable(r)
		if got := [3]rune{l, v, trail}; !ok || got != want {
			t.Errorf("%U: %x", r, got)
		}
	}
	if _, _, _, ok := weights.Syllable('a'); ok {
		t.Error("a is a syllable")
	}
}
