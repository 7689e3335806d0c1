package tpcc

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// random makes values by the rules of clause 4.3.2 of the specification.
type random struct{ *rand.Rand }

func newRandom(seed, stream uint64) random { return random{rand.New(rand.NewPCG(seed, stream))} }

// between returns a number from low to high, both included.
func (r random) between(low, high int) int { return low + r.IntN(high-low+1) }

// The constants of uneven numbers; each run may choose its own.
const (
	constantLast     = 117
	constantCustomer = 259
	constantItem     = 7911
)

// uneven prefers some numbers from low to high (clause 2.1.6).
func (r random) uneven(a, constant, low, high int) int {
	return ((r.between(0, a)|r.between(low, high))+constant)%(high-low+1) + low
}

// customer, item and last name as terminals ask for them.
func (r random) customer(o Options) int { return r.uneven(1023, constantCustomer, 1, o.Customers) }
func (r random) item(o Options) int     { return r.uneven(8191, constantItem, 1, o.Items) }

func (r random) lastName(o Options) string {
	return lastName(r.uneven(255, constantLast, 0, min(999, o.Customers-1)))
}

// lastName is made of three syllables, one for each digit.
func lastName(n int) string {
	syllables := []string{"BAR", "OUGHT", "ABLE", "PRI", "PRES", "ESE", "ANTI", "CALLY", "ATION", "EING"}
	return syllables[n/100] + syllables[n/10%10] + syllables[n%10]
}

// letters is low to high letters.
func (r random) letters(low, high int) string {
	b := make([]byte, r.between(low, high))
	for i := range b {
		b[i] = byte('a' + r.IntN(26))
	}
	return string(b)
}

func (r random) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

func (r random) zip() string { return r.digits(4) + "11111" }

// data holds the word ORIGINAL in a tenth of all cases.
func (r random) data() string {
	text := r.letters(26, 50)
	if r.IntN(10) > 0 {
		return text
	}
	at := r.between(0, len(text)-8)
	return text[:at] + "ORIGINAL" + text[at+8:]
}

// decimal is n units of 10^-scale.
func decimal(n, scale int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	digits := fmt.Sprintf("%0*d", scale+1, n)
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// cents reads what decimal writes with scale 2.
func cents(text string) (int, error) { return strconv.Atoi(strings.Replace(text, ".", "", 1)) }
