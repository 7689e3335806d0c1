package shardkey

import (
	"math"
	"strconv"
)

// number is a decimal number, taken apart: its digits before the point without
// leading zeros, and those after it.
type number struct {
	negative    bool
	whole, part []byte
}

// mostDigits is how many digits MySQL keeps of an exact number.
const mostDigits = 65

// parseNumber reads [+-]digits[.digits]; nothing else may be there.
func parseNumber(b []byte) (n number, ok bool) {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		n.negative = b[0] == '-'
		b = b[1:]
	}
	i := countDigits(b)
	n.whole, b = b[:i], b[i:]
	seen := i
	if len(b) > 0 && b[0] == '.' {
		i = countDigits(b[1:])
		n.part, b = b[1:1+i], b[1+i:]
		seen += i
	}
	if seen == 0 || len(b) > 0 {
		return number{}, false
	}
	for len(n.whole) > 0 && n.whole[0] == '0' {
		n.whole = n.whole[1:]
	}
	return n, len(n.whole)+len(n.part) <= mostDigits
}

func countDigits(b []byte) int {
	for i, c := range b {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(b)
}

// partIsZero reports whether there is nothing but zeros from the digit at
// after the point on.
func (n number) partIsZero(at int) bool {
	for i := at; i < len(n.part); i++ {
		if n.part[i] != '0' {
			return false
		}
	}
	return true
}

// isZero reports whether the number is 0 or -0.
func (n number) isZero() bool { return len(n.whole) == 0 && n.partIsZero(0) }

// appendWhole appends the digits before the point as MySQL prints them.
func (n number) appendWhole(dst []byte) []byte {
	if len(n.whole) == 0 {
		return append(dst, '0')
	}
	if n.negative {
		dst = append(dst, '-')
	}
	return append(dst, n.whole...)
}

// magnitude returns the digits before the point as an integer.
func (n number) magnitude() (uint64, bool) {
	v := uint64(0)
	for i, c := range n.whole {
		d := uint64(c - '0')
		if i >= 19 && v > (math.MaxUint64-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, true
}

// exactInDouble bounds the integers that have no neighbour with the same
// DOUBLE: comparing as DOUBLE then means comparing exactly.
const exactInDouble = 1 << 53

// parseFloat reads a number with an exponent; ok only for integers that
// comparing and storing as DOUBLE cannot confuse with another.
func parseFloat(b []byte) (negative bool, magnitude uint64, ok bool) {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) >= exactInDouble {
		return false, 0, false
	}
	return v < 0, uint64(math.Abs(v)), true
}

// appendInt appends an integer in canonical form if the column can hold it.
func (f *form) appendInt(dst []byte, negative bool, magnitude uint64) ([]byte, bool) {
	negative = negative && magnitude != 0
	limit := uint64(math.MaxUint64) >> (64 - f.bits)
	switch {
	case f.unsigned && negative:
		return dst, false
	case !f.unsigned && negative:
		limit = limit/2 + 1
	case !f.unsigned:
		limit /= 2
	}
	if magnitude > limit {
		return dst, false
	}
	if negative {
		dst = append(dst, '-')
	}
	return strconv.AppendUint(dst, magnitude, 10), true
}

// appendDecimal appends a number in canonical form, rounded half away from
// zero to the column's scale, if the column can hold it.
func (f *form) appendDecimal(dst []byte, n number) ([]byte, bool) {
	start, scale := len(dst), int(f.scale)
	dst = append(dst, '0') // room for a carry
	dst = append(dst, n.whole...)
	dst = append(dst, n.part[:min(scale, len(n.part))]...)
	for i := len(n.part); i < scale; i++ {
		dst = append(dst, '0')
	}
	if len(n.part) > scale && n.part[scale] >= '5' {
		i := len(dst) - 1
		for dst[i] == '9' {
			dst[i] = '0'
			i--
		}
		dst[i]++
	}
	return f.finishDecimal(dst, start, n.negative)
}

// finishDecimal turns the digits from start on, of which the last are the
// fraction, into sign, whole part, point and fraction.
func (f *form) finishDecimal(dst []byte, start int, negative bool) ([]byte, bool) {
	all, scale := dst[start:], int(f.scale)
	zeros := 0
	for zeros < len(all) && all[zeros] == '0' {
		zeros++
	}
	if zeros == len(all) {
		negative = false
	}
	whole := max(len(all)-scale-zeros, 0)
	if whole > int(f.precision)-scale || (negative && f.unsigned) {
		return dst[:start], false
	}
	var room [mostDigits + 3]byte
	out := room[:0]
	if negative {
		out = append(out, '-')
	}
	if whole == 0 {
		out = append(out, '0')
	}
	out = append(out, all[len(all)-scale-whole:len(all)-scale]...)
	if scale > 0 {
		out = append(out, '.')
		out = append(out, all[len(all)-scale:]...)
	}
	return append(dst[:start], out...), true
}
