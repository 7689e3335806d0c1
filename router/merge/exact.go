package merge

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
)

// exactSum adds integers and decimals without loss: value × 10^-scale, kept in
// a machine word as long as it fits.
type exactSum struct {
	small int64
	wide  *big.Int // nil if small is all; else it is added to small
	scale int
}

// wordDigits is the number of digits that any int64 can hold.
const wordDigits = 18

func (s *exactSum) add(d decimal) {
	if len(d.fraction) > s.scale {
		s.rescale(len(d.fraction))
	}
	if len(d.whole)+s.scale <= wordDigits {
		n := wordOf(d, s.scale)
		sum := s.small + n
		if (sum > s.small) == (n > 0) {
			s.small = sum
			return
		}
		s.widen()
		s.small = n
		return
	}
	s.widen()
	s.wide.Add(s.wide, bigOf(d, s.scale))
}

// wordOf is d × 10^scale for a d that fits.
func wordOf(d decimal, scale int) int64 {
	var n int64
	for _, b := range d.whole {
		n = n*10 + int64(b-'0')
	}
	for _, b := range d.fraction {
		n = n*10 + int64(b-'0')
	}
	for range scale - len(d.fraction) {
		n *= 10
	}
	if d.negative {
		n = -n
	}
	return n
}

func bigOf(d decimal, scale int) *big.Int {
	digits := append(append(append(make([]byte, 0, len(d.whole)+scale+1), '0'), d.whole...), d.fraction...)
	n, ok := new(big.Int).SetString(string(digits), 10)
	if !ok {
		panic("merge: a decimal that is not made of digits")
	}
	n.Mul(n, powerOfTen(scale-len(d.fraction)))
	if d.negative {
		n.Neg(n)
	}
	return n
}

// widen moves small into wide.
func (s *exactSum) widen() {
	if s.wide == nil {
		s.wide = new(big.Int)
	}
	s.wide.Add(s.wide, big.NewInt(s.small))
	s.small = 0
}

func (s *exactSum) rescale(scale int) {
	if s.small != 0 || s.wide != nil {
		s.widen()
		s.wide.Mul(s.wide, powerOfTen(scale-s.scale))
	}
	s.scale = scale
}

// value is the sum × 10^scale.
func (s *exactSum) value() *big.Int {
	n := big.NewInt(s.small)
	if s.wide != nil {
		n.Add(n, s.wide)
	}
	return n
}

// text is the sum with so many decimals.
func (s *exactSum) text(decimals int) []byte {
	if s.wide == nil && s.scale == decimals && s.small != math.MinInt64 {
		digits := strconv.AppendInt(nil, max(s.small, -s.small), 10)
		return pointed(digits, s.small < 0, decimals)
	}
	return scaledText(s.value(), s.scale, decimals)
}

// scaledText prints n × 10^-scale with so many decimals, halves rounded away
// from zero.
func scaledText(n *big.Int, scale, decimals int) []byte {
	negative := n.Sign() < 0
	n = new(big.Int).Abs(n)
	if scale < decimals {
		n.Mul(n, powerOfTen(decimals-scale))
	} else if scale > decimals {
		unit := powerOfTen(scale - decimals)
		n.Add(n, new(big.Int).Rsh(unit, 1))
		n.Quo(n, unit)
	}
	return pointed(n.Append(nil, 10), negative && n.Sign() != 0, decimals)
}

// pointed puts the point and the sign into digits.
func pointed(digits []byte, negative bool, decimals int) []byte {
	out := make([]byte, 0, len(digits)+decimals+3)
	if negative {
		out = append(out, '-')
	}
	whole := len(digits) - decimals
	if whole <= 0 {
		out = append(out, '0')
	} else {
		out = append(out, digits[:whole]...)
		digits = digits[whole:]
	}
	if decimals == 0 {
		return out
	}
	out = append(out, '.')
	out = append(out, bytes.Repeat([]byte{'0'}, decimals-len(digits))...)
	return append(out, digits...)
}

func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, 0))), nil)
}
