package merge

import "math"

// appendIntKey orders integers of either sign.
func appendIntKey(dst []byte, n uint64, negative bool) []byte {
	sign := byte(1)
	if negative {
		sign = 0
	}
	return appendUint64(append(dst, sign), n)
}

// appendDoubleKey turns the order of floats into the order of bytes: negative
// ones are complemented. Both zeros are equal.
func appendDoubleKey(dst []byte, f float64) []byte {
	if f == 0 {
		f = 0
	}
	n := math.Float64bits(f)
	if n>>63 != 0 {
		n = ^n
	} else {
		n |= 1 << 63
	}
	return appendUint64(dst, n)
}

func appendUint64(dst []byte, n uint64) []byte {
	return append(dst, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}
