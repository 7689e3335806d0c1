package merge

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// kind is a column type with random values and a plain way to compare them.
type kind struct {
	name    string
	column  mysql.Column
	random  func(r *rand.Rand) string
	compare func(a, b string) int
}

func kinds() []kind {
	return []kind{
		{"bigint", bigint, randomInt, compareRat},
		{"bigint unsigned", ubigint, func(r *rand.Rand) string { return strconv.FormatUint(r.Uint64()>>r.IntN(64), 10) }, compareRat},
		{"decimal", dec6, randomDecimal, compareRat},
		{"double", double, randomDouble, compareFloat},
		{"datetime", stamp, randomStamp, cmp.Compare[string]},
		{"date", day, func(r *rand.Rand) string { return randomStamp(r)[:10] }, cmp.Compare[string]},
		{"time", clock, randomClock, compareClock},
		{"binary", weights, randomBytes, cmp.Compare[string]},
	}
}

func randomInt(r *rand.Rand) string {
	return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
}

func randomDecimal(r *rand.Rand) string {
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0019"[r.IntN(4)]
		}
		return string(b)
	}
	sign := []string{"", "-"}[r.IntN(2)]
	if r.IntN(3) == 0 {
		return sign + digits(1+r.IntN(30))
	}
	return sign + digits(1+r.IntN(30)) + "." + digits(1+r.IntN(10))
}

func randomDouble(r *rand.Rand) string {
	f := math.Float64frombits(r.Uint64())
	switch {
	case r.IntN(4) == 0:
		f = []float64{0, math.Copysign(0, -1), 1, -1}[r.IntN(4)]
	case math.IsNaN(f) || math.IsInf(f, 0):
		f = 2.5
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func randomStamp(r *rand.Rand) string {
	return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d", r.IntN(3)*4000, r.IntN(3), r.IntN(3), r.IntN(2)*23, r.IntN(2), r.IntN(2), r.IntN(3)*400_000)
}

func randomClock(r *rand.Rand) string {
	return fmt.Sprintf("%s%02d:%02d:%02d.%06d", []string{"", "-"}[r.IntN(2)], r.IntN(3)*400, r.IntN(2)*59, r.IntN(2)*59, r.IntN(3)*300_000)
}

func randomBytes(r *rand.Rand) string {
	b := make([]byte, r.IntN(5))
	for i := range b {
		b[i] = []byte{0, 1, 0xff, 'a'}[r.IntN(4)]
	}
	return string(b)
}

func compareRat(a, b string) int {
	x, okx := new(big.Rat).SetString(a)
	y, oky := new(big.Rat).SetString(b)
	if !okx || !oky {
		panic("not a number")
	}
	return x.Cmp(y)
}

func compareFloat(a, b string) int {
	x, errx := strconv.ParseFloat(a, 64)
	y, erry := strconv.ParseFloat(b, 64)
	if errx != nil || erry != nil {
		panic("not a number")
	}
	return cmp.Compare(x, y)
}

func compareClock(a, b string) int {
	micros := func(s string) int64 {
		var h, m, sec, us int64
		sign := int64(1)
		if s[0] == '-' {
			sign, s = -1, s[1:]
		}
		if _, err := fmt.Sscanf(s, "%d:%d:%d.%d", &h, &m, &sec, &us); err != nil {
			panic(err)
		}
		return sign * (((h*60+m)*60+sec)*1e6 + us)
	}
	return cmp.Compare(micros(a), micros(b))
}

// compareNull puts NULL before every value.
func compareNull(a, b string, compare func(a, b string) int) int {
	switch {
	case a == null && b == null:
		return 0
	case a == null:
		return -1
	case b == null:
		return 1
	}
	return compare(a, b)
}

// TestKeysOrder compares the order of keys with the order of values, for each
// type alone.
func TestKeysOrder(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			bothEncodings(t, func(t *testing.T, binary bool) {
				r := rand.New(rand.NewPCG(7, 7))
				l := &layout{columns: []mysql.Column{k.column}, shown: 1, binary: binary}
				for range 3000 {
					a, b := k.random(r), k.random(r)
					if r.IntN(10) == 0 {
						a = null
					}
					desc := r.IntN(2) == 0
					want := compareNull(a, b, k.compare)
					if desc {
						want = -want
					}
					got := bytes.Compare(keyOf(t, l, desc, a), keyOf(t, l, desc, b))
					if got != want {
						t.Fatalf("%q and %q compare as %d (desc %v), want %d", a, b, got, desc, want)
					}
				}
			})
		})
	}
}

func keyOf(t *testing.T, l *layout, desc bool, text string) []byte {
	t.Helper()
	k, err := l.key(by(0), desc)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := l.decode(nil, encodeRow(t, l.columns, l.binary, text))
	if err != nil {
		t.Fatal(err)
	}
	b, err := keys{k}.append(nil, cells)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return b
}

// TestKeysOfSeveralColumns checks that no key runs into the next one.
func TestKeysOfSeveralColumns(t *testing.T) {
	ks := kinds()
	bothEncodings(t, func(t *testing.T, binary bool) {
		r := rand.New(rand.NewPCG(8, 8))
		for range 3000 {
			var columns []mysql.Column
			var order []plan.OrderKey
			var a, b []string
			want := 0
			for i := range 3 {
				k := ks[r.IntN(len(ks))]
				columns = append(columns, k.column)
				order = append(order, plan.OrderKey{KeyRef: by(i), Desc: r.IntN(2) == 0})
				x, y := k.random(r), k.random(r)
				if r.IntN(2) == 0 {
					y = x
				}
				a, b = append(a, x), append(b, y)
				if c := compareNull(x, y, k.compare); want == 0 && c != 0 {
					if want = c; order[i].Desc {
						want = -c
					}
				}
			}
			l := &layout{columns: columns, shown: 3, binary: binary}
			keys, err := l.orderKeys(order)
			if err != nil {
				t.Fatal(err)
			}
			var got [2][]byte
			for i, texts := range [][]string{a, b} {
				cells, err := l.decode(nil, encodeRow(t, columns, binary, texts...))
				if err != nil {
					t.Fatal(err)
				}
				if got[i], err = keys.append(nil, cells); err != nil {
					t.Fatal(err)
				}
			}
			if c := bytes.Compare(got[0], got[1]); c != want {
				t.Fatalf("%q and %q compare as %d, want %d", a, b, c, want)
			}
		}
	})
}

// TestPaddedKeys compares with a comparison that really pads.
func TestPaddedKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, pad := range [][]byte{{0x20}, {0x00, 0x20}, {0x00, 0x00, 0x20}} {
		units := [][]byte{pad, append(bytes.Clone(pad[:len(pad)-1]), 0x09), append(bytes.Clone(pad[:len(pad)-1]), 0x61)}
		random := func() []byte {
			var w []byte
			for range r.IntN(30) {
				w = append(w, units[min(r.IntN(12), 9)%3]...)
				if r.IntN(3) == 0 {
					w = append(w, bytes.Repeat(pad, r.IntN(12))...)
				}
			}
			return w
		}
		for range 5000 {
			a := random()
			b := random()
			if n := r.IntN(len(a) + 1); r.IntN(2) == 0 {
				b = append(bytes.Clone(a[:n-n%len(pad)]), b...)
			}
			n := max(len(a), len(b))
			want := bytes.Compare(padded(a, pad, n), padded(b, pad, n))
			if got := bytes.Compare(appendPaddedKey(nil, a, pad), appendPaddedKey(nil, b, pad)); got != want {
				t.Fatalf("%x and %x compare as %d, want %d", a, b, got, want)
			}
		}
	}
}

func padded(w, pad []byte, n int) []byte {
	w = bytes.Clone(w)
	for len(w) < n {
		w = append(w, pad...)
	}
	return w
}

func TestLongPaddedKeyIsLinear(t *testing.T) {
	w := append(bytes.Repeat([]byte{0x00, 0x20}, 1<<20), 0x00, 0x61)
	if n := len(appendPaddedKey(nil, w, []byte{0x00, 0x20})); n < len(w) || n > 2*len(w) {
		t.Errorf("%d bytes of %d", n, len(w))
	}
}

func TestOddWeightsDoNoHarm(t *testing.T) {
	for _, w := range []string{"\x00", "\x00\x20\x00", "\x00\x20\x00\x20\x00", "abc"} {
		if len(appendPaddedKey(nil, []byte(w), []byte{0x00, 0x20})) == 0 {
			t.Errorf("%x has no key", w)
		}
	}
}

func TestWeights(t *testing.T) {
	columns := []mysql.Column{varchar, weights}
	ref := plan.KeyRef{Column: shown(0), Weight: hidden(0), HasWeight: true}
	l := &layout{columns: columns, shown: 1}
	key := func(ref plan.KeyRef, texts ...string) ([]byte, error) {
		k, err := l.key(ref, false)
		if err != nil {
			t.Fatal(err)
		}
		cells, err := l.decode(nil, encodeRow(t, columns, false, texts...))
		if err != nil {
			t.Fatal(err)
		}
		return keys{k}.append(nil, cells)
	}
	a, _ := key(ref, "a", "W")
	b, _ := key(ref, "B", "W")
	if !bytes.Equal(a, b) {
		t.Error("equal weights gave different keys")
	}
	if n, err := key(ref, null, null); err != nil || !bytes.Equal(n, []byte{keyNull}) {
		t.Errorf("NULL has key %x, %v", n, err)
	}
	var unsupported *UnsupportedError
	if _, err := key(ref, "a", null); !errors.As(err, &unsupported) {
		t.Errorf("text without a weight: %v", err)
	}
	if _, err := key(plan.KeyRef{Column: hidden(0), Weight: hidden(0), HasWeight: true}, "a", "b"); err != nil {
		t.Errorf("bytes: %v", err)
	}
	// A number's weight does not count: its type says more.
	l.columns = []mysql.Column{bigint, weights}
	x, _ := key(ref, "2", "zzz")
	y, _ := key(ref, "10", "aaa")
	if bytes.Compare(x, y) >= 0 {
		t.Error("2 does not come before 10")
	}
}

func TestKeysThatCannotBe(t *testing.T) {
	for _, typ := range []mysql.FieldType{mysql.TypeJSON, mysql.TypeGeometry, mysql.TypeVector} {
		l := &layout{columns: []mysql.Column{{Type: typ}}, shown: 1}
		var unsupported *UnsupportedError
		if _, err := l.key(by(0), false); !errors.As(err, &unsupported) {
			t.Errorf("type %d: %v", typ, err)
		}
	}
	for column, text := range map[*mysql.Column]string{&bigint: "x", &dec2: "1..", &double: "", &stamp: "2020", &clock: "1:2", &day: "-"} {
		l := &layout{columns: []mysql.Column{*column}, shown: 1}
		k, err := l.key(by(0), false)
		if err != nil {
			t.Fatal(err)
		}
		var malformed *mysql.MalformedError
		if _, err := (keys{k}).append(nil, []mysql.Cell{{Data: []byte(text)}}); !errors.As(err, &malformed) {
			t.Errorf("%q as %s: %v", text, column.Name, err)
		}
		l.binary = true
		if _, err := (keys{k}).append(nil, []mysql.Cell{{Data: []byte("123")}}); column.Type != mysql.TypeNewDecimal && !errors.As(err, &malformed) {
			t.Errorf("three bytes as %s: %v", column.Name, err)
		}
	}
}
