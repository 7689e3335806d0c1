package merge

import "bytes"

// decimal is a number's text taken apart. whole has no zeros in front; fraction
// is as written.
type decimal struct {
	negative        bool
	whole, fraction []byte
}

// parseDecimal reads an optional sign and digits with an optional point.
func parseDecimal(text []byte) (d decimal, ok bool) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		d.negative, text = text[0] == '-', text[1:]
	}
	digits := 0
	point := -1
	for i, b := range text {
		switch {
		case b >= '0' && b <= '9':
			digits++
		case b == '.' && point < 0:
			point = i
		default:
			return decimal{}, false
		}
	}
	d.whole = text
	if point >= 0 {
		d.whole, d.fraction = text[:point], text[point+1:]
	}
	d.whole = bytes.TrimLeft(d.whole, "0")
	return d, digits > 0
}

// The first byte of a decimal's key.
const (
	decimalNegative = 1
	decimalZero     = 2
	decimalPositive = 3
)

// appendDecimalKey orders decimals of any scale exactly: the sign, where the
// point is, and the digits from the first that is not zero, two in a byte. What
// follows the sign of a negative one is complemented.
func appendDecimalKey(dst []byte, d decimal) []byte {
	fraction := bytes.TrimRight(d.fraction, "0")
	exponent := len(d.whole)
	if exponent == 0 {
		n := len(fraction)
		fraction = bytes.TrimLeft(fraction, "0")
		exponent = len(fraction) - n
		if len(fraction) == 0 {
			return append(dst, decimalZero)
		}
	}
	sign := byte(decimalPositive)
	if d.negative {
		sign = decimalNegative
	}
	dst = append(dst, sign)
	start := len(dst)
	e := uint32(exponent) ^ 1<<31
	dst = append(dst, byte(e>>24), byte(e>>16), byte(e>>8), byte(e))
	dst = appendDigitPairs(dst, d.whole, fraction)
	if d.negative {
		for i := start; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

// appendDigitPairs packs the digits of a and b; the end is 0, no pair is.
func appendDigitPairs(dst, a, b []byte) []byte {
	half, have := byte(0), false
	for _, part := range [2][]byte{a, b} {
		for _, c := range part {
			if c -= '0'; have {
				dst = append(dst, half*10+c+1)
			}
			half, have = c, !have
		}
	}
	if have {
		dst = append(dst, half*10+1)
	}
	return append(dst, 0)
}
