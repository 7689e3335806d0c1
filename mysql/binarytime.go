package mysql

import (
	"encoding/binary"
	"strconv"
)

// appendDatetime prints a binary DATE, DATETIME or TIMESTAMP. decimals is the
// column's; 31 stands for "as many as there are".
func appendDatetime(dst []byte, dateOnly bool, decimals byte, v []byte) ([]byte, error) {
	var year, month, day, hour, minute, second, micros uint64
	switch len(v) {
	case 11:
		micros = uint64(binary.LittleEndian.Uint32(v[7:]))
		fallthrough
	case 7:
		hour, minute, second = uint64(v[4]), uint64(v[5]), uint64(v[6])
		fallthrough
	case 4:
		year, month, day = uint64(binary.LittleEndian.Uint16(v)), uint64(v[2]), uint64(v[3])
	case 0:
	default:
		return nil, malformed("binary date")
	}
	dst = appendPadded(dst, year, 4)
	dst = appendPadded(append(dst, '-'), month, 2)
	dst = appendPadded(append(dst, '-'), day, 2)
	if dateOnly {
		return dst, nil
	}
	dst = append(dst, ' ')
	return appendClock(dst, hour, minute, second, micros, decimals), nil
}

func appendClock(dst []byte, hour, minute, second, micros uint64, decimals byte) []byte {
	dst = appendPadded(dst, hour, 2)
	dst = appendPadded(append(dst, ':'), minute, 2)
	dst = appendPadded(append(dst, ':'), second, 2)
	if decimals >= notFixed {
		decimals = 0
		if micros != 0 {
			decimals = 6
		}
	}
	if decimals = min(decimals, 6); decimals > 0 {
		dst = appendPadded(append(dst, '.'), micros, 6)
		dst = dst[:len(dst)-6+int(decimals)]
	}
	return dst
}

// appendTime prints a binary TIME.
func appendTime(dst []byte, decimals byte, v []byte) ([]byte, error) {
	var hours, minute, second, micros uint64
	switch len(v) {
	case 12:
		micros = uint64(binary.LittleEndian.Uint32(v[8:]))
		fallthrough
	case 8:
		if v[0] != 0 {
			dst = append(dst, '-')
		}
		hours = uint64(binary.LittleEndian.Uint32(v[1:]))*24 + uint64(v[5])
		minute, second = uint64(v[6]), uint64(v[7])
	case 0:
	default:
		return nil, malformed("binary time")
	}
	return appendClock(dst, hours, minute, second, micros, decimals), nil
}

// dateFields reads "YYYY-MM-DD[ HH:MM:SS[.ffffff]]".
func dateFields(text []byte) (f [7]uint64, ok bool) {
	rest := text
	for i, sep := range [...]byte{'-', '-', ' ', ':', ':', '.'} {
		var n uint64
		n, rest, ok = digits(rest)
		if !ok {
			return f, false
		}
		f[i] = n
		if len(rest) == 0 {
			return f, i == 2 || i == 5
		}
		if rest[0] != sep && !(sep == ' ' && rest[0] == 'T') {
			return f, false
		}
		rest = rest[1:]
	}
	f[6], ok = fraction(rest)
	return f, ok
}

func digits(text []byte) (n uint64, rest []byte, ok bool) {
	i := 0
	for i < len(text) && i < 19 && text[i] >= '0' && text[i] <= '9' {
		n = n*10 + uint64(text[i]-'0')
		i++
	}
	return n, text[i:], i > 0
}

// fraction reads up to six digits as microseconds.
func fraction(text []byte) (uint64, bool) {
	if len(text) == 0 || len(text) > 6 {
		return 0, len(text) == 0
	}
	n, err := strconv.ParseUint(string(text), 10, 32)
	for range 6 - len(text) {
		n *= 10
	}
	return n, err == nil
}
