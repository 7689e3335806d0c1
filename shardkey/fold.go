package shardkey

import "unicode/utf8"

// fold appends the canonical bytes of a text: what all texts have in common
// that the collation calls equal. ok is false if the column's character set
// cannot hold the text.
func (c collation) fold(dst []byte, v Value) ([]byte, bool) {
	start := len(dst)
	for b := v.Bytes; len(b) > 0; {
		r, size := v.next(b)
		if r == utf8.RuneError && size <= 1 {
			return dst[:start], false
		}
		b = b[size:]
		var ok bool
		if dst, ok = c.appendRune(dst, r); !ok {
			return dst[:start], false
		}
	}
	return c.trim(dst, start), true
}

// appendRune appends a character's canonical bytes.
func (c collation) appendRune(dst []byte, r rune) ([]byte, bool) {
	switch c.charset {
	case charsetUTF8MB3:
		if r > 0xFFFF {
			return dst, false
		}
	case charsetLatin1, charsetASCII:
		return dst, false
	}
	return utf8.AppendRune(dst, r), true
}

// trim cuts trailing spaces, or trailing weights of a space.
func (c collation) trim(dst []byte, start int) []byte {
	return dst[:start+len(trimSpaces(dst[start:]))]
}
