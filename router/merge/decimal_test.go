package merge

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func parsed(t testing.TB, text string) decimal {
	t.Helper()
	d, ok := parseDecimal([]byte(text))
	if !ok {
		t.Fatalf("%q is no decimal", text)
	}
	return d
}

func TestParseDecimal(t *testing.T) {
	for _, text := range []string{"0", "-0.00", "+5", ".5", "5.", "00012.3400"} {
		parsed(t, text)
	}
	for _, text := range []string{"", "-", ".", "1e5", "1.2.3", "0x5", "--1", "1 "} {
		if _, ok := parseDecimal([]byte(text)); ok {
			t.Errorf("%q is a decimal", text)
		}
	}
}

// TestExactSum compares sums with rational arithmetic.
func TestExactSum(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 500 {
		var s exactSum
		want := new(big.Rat)
		for range r.IntN(40) {
			text := randomDecimal(r)
			if r.IntN(3) == 0 {
				text = randomInt(r)
			}
			s.add(parsed(t, text))
			x, _ := new(big.Rat).SetString(text)
			want.Add(want, x)
		}
		if got := string(s.text(12)); !sameNumber(got, want.FloatString(12)) {
			t.Fatalf("sum is %s, want %s", got, want.FloatString(12))
		}
		if got := string(s.text(s.scale)); !sameNumber(got, want.FloatString(s.scale)) {
			t.Fatalf("sum at its scale is %s, want %s", got, want.FloatString(s.scale))
		}
	}
}

// sameNumber forgives a minus before zero, which big.Rat prints.
func sameNumber(a, b string) bool {
	if strings.Trim(b, "-0.") == "" {
		b = strings.TrimPrefix(b, "-")
	}
	return a == b
}

func TestExactSumAtTheEdgeOfAWord(t *testing.T) {
	var s exactSum
	want := new(big.Int)
	for range 30 {
		s.add(parsed(t, "999999999999999999"))
		s.add(parsed(t, "-9223372036854775808"))
		want.Add(want, big.NewInt(999999999999999999))
		want.Add(want, big.NewInt(-9223372036854775808))
	}
	if string(s.text(0)) != want.String() {
		t.Errorf("sum is %s, want %s", s.text(0), want)
	}
	m := exactSum{small: -1 << 63}
	if got := string(m.text(0)); got != "-9223372036854775808" {
		t.Errorf("the least word prints as %s", got)
	}
}

func TestSumsRound(t *testing.T) {
	for _, c := range []struct {
		sum      string
		decimals int
		want     string
	}{
		{"1.005", 2, "1.01"},
		{"-1.005", 2, "-1.01"},
		{"1.0049", 2, "1.00"},
		{"-0.004", 2, "0.00"},
		{"0", 3, "0.000"},
		{"7", 0, "7"},
		{"0.5", 0, "1"},
		{"-0.05", 4, "-0.0500"},
	} {
		var s exactSum
		s.add(parsed(t, c.sum))
		if got := string(s.text(c.decimals)); got != c.want {
			t.Errorf("%s with %d decimals is %s, want %s", c.sum, c.decimals, got, c.want)
		}
	}
}

// TestAverage holds answers that MySQL 9.7 gave.
func TestAverage(t *testing.T) {
	long := strings.Repeat("9", 65)
	for _, c := range []struct {
		sum      string
		count    int64
		decimals int
		want     string
	}{
		{"5", 3, 4, "1.6667"},
		{"-5", 3, 4, "-1.6667"},
		{"5.00000", 3, 9, "1.666666666"}, // cut off at a word
		{"5.000000004", 3, 13, "1.6666666680000"},
		{"5", 3, 10, "1.6666666667"},
		{"5", 3, 0, "1"},
		{"5.0000000000001", 3, 17, "1.66666666666670000"},
		{"5.0000000000000000000000000001", 3, 30, "1.666666666666666666666666666700"},
		{"1" + strings.Repeat("0", 64) + "7", 3, 4, strings.Repeat("3", 64) + "5.6667"},
		{"1" + strings.Repeat("0", 64) + "7", 3, 10, strings.Repeat("3", 64) + "5.666666666"},
		{"2" + long, 1, 4, "2" + long + ".0000"},
		{"0", 3, 4, "0.0000"},
	} {
		var s exactSum
		s.add(parsed(t, c.sum))
		if got := string(average(&s, big.NewInt(c.count), c.decimals)); got != c.want {
			t.Errorf("%s / %d is %s, want %s", c.sum, c.count, got, c.want)
		}
	}
}
