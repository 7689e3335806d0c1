package shardkey

import (
	"unicode/utf8"

	"github.com/shardway/shardway/shardkey/internal/weights"
)

// fold appends the canonical bytes of a text: what all texts have in common
// that the collation calls equal. ok is false if the column's character set
// cannot hold the text.
func (c collation) fold(dst []byte, v Value) ([]byte, bool) {
	start := len(dst)
	ok := false
	switch c.folding {
	case foldUCA900:
		dst, ok = c.foldWeights(dst, v, weights.UCA900())
	case foldUnicode:
		dst, ok = c.foldWeights(dst, v, weights.Unicode())
	case foldGeneral:
		dst, ok = c.foldWeights(dst, v, weights.General())
	default:
		dst, ok = c.foldBytes(dst, v)
	}
	if !ok {
		return dst[:start], false
	}
	return dst, true
}

// foldWeights appends weights, less those of trailing spaces. Other characters
// may weigh what a space weighs, so it is weights that are cut, not characters.
func (c collation) foldWeights(dst []byte, v Value, table *weights.Table) ([]byte, bool) {
	start := len(dst)
	for b := v.Bytes; len(b) > 0; {
		if b[0] < utf8.RuneSelf {
			dst = table.AppendASCII(dst, b[0])
			b = b[1:]
			continue
		}
		r, size := v.next(b)
		if r == utf8.RuneError && size <= 1 || r > 0xFFFF && c.charset == charsetUTF8MB3 {
			return dst, false
		}
		dst = table.Append(dst, r)
		b = b[size:]
	}
	var room [2]byte
	space := table.AppendASCII(room[:0], ' ')
	end := len(dst)
	for end-start >= 2 && dst[end-2] == space[0] && dst[end-1] == space[1] {
		end -= 2
	}
	return dst[:end], true
}

// foldBytes appends the bytes that the column stores, or a weight for each,
// less trailing spaces.
func (c collation) foldBytes(dst []byte, v Value) ([]byte, bool) {
	start := len(dst)
	for b := v.Bytes; len(b) > 0; {
		if b[0] < utf8.RuneSelf {
			dst = append(dst, b[0])
			b = b[1:]
			continue
		}
		r, size := v.next(b)
		if r == utf8.RuneError && size <= 1 {
			return dst, false
		}
		b = b[size:]
		ok := false
		if dst, ok = c.appendStored(dst, r); !ok {
			return dst, false
		}
	}
	if c.folding != foldNone {
		for i := start; i < len(dst); i++ {
			dst[i] = c.weigh(dst[i])
		}
	}
	return dst[:start+len(trimSpaces(dst[start:]))], true
}

// appendStored appends a character in the column's character set.
func (c collation) appendStored(dst []byte, r rune) ([]byte, bool) {
	switch c.charset {
	case charsetASCII:
		return append(dst, byte(r)), r < utf8.RuneSelf
	case charsetLatin1:
		b, ok := latin1Byte(r)
		return append(dst, b), ok
	case charsetUTF8MB3:
		return utf8.AppendRune(dst, r), r <= 0xFFFF
	default:
		return utf8.AppendRune(dst, r), true
	}
}

// weigh returns the weight of a stored byte.
func (c collation) weigh(b byte) byte {
	switch {
	case c.folding == foldSwedish:
		return weights.Swedish(b)
	case c.folding == foldASCII && b >= 'a' && b <= 'z':
		return b - 'a' + 'A'
	}
	return b
}
