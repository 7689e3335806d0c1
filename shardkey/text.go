package shardkey

import "unicode/utf8"

// rawBytes returns the bytes that v brings to a binary column.
func (v Value) rawBytes() ([]byte, bool) {
	switch v.Kind {
	case Binary:
		return v.Bytes, true
	case String:
		_, ok := v.characters()
		return v.Bytes, ok
	default:
		return nil, false
	}
}

// characters counts the characters of a String; ok says that its bytes are
// well-formed in its character set.
func (v Value) characters() (n int64, ok bool) {
	if v.Charset == Latin1 {
		return int64(len(v.Bytes)), true
	}
	for b := v.Bytes; len(b) > 0; n++ {
		r, size := v.next(b)
		if r == utf8.RuneError && size <= 1 {
			return 0, false
		}
		b = b[size:]
	}
	return n, true
}

// next reads one character off the front of b, which is not empty; RuneError
// with size 1 means that there is none.
func (v Value) next(b []byte) (rune, int) {
	switch {
	case b[0] < utf8.RuneSelf:
		return rune(b[0]), 1
	case v.Charset == UTF8:
		return utf8.DecodeRune(b)
	case v.Charset == Latin1:
		return latin1Rune(b[0]), 1
	}
	return utf8.RuneError, 1
}

// appendBinary appends what a binary column holds.
func (f *form) appendBinary(dst, b []byte) []byte {
	dst = append(dst, b...)
	if f.fixed {
		for i := int64(len(b)); i < f.length; i++ {
			dst = append(dst, 0)
		}
	}
	return dst
}

// storeText converts to the column's character set and cuts what is too long
// if it is but spaces.
func (f *form) storeText(dst []byte, v Value) ([]byte, Outcome) {
	var room [mostDigits + 1]byte
	if v.Kind == Int {
		n, ok := parseNumber(v.Bytes)
		if !ok || n.part != nil {
			return dst, Unsure
		}
		v = Value{Kind: String, Bytes: n.appendWhole(room[:0])}
	}
	if v.Kind == Binary {
		v = f.text.decoded(v)
	}
	if v.Kind != String {
		return dst, Unsure
	}
	start := len(dst)
	dst, ok := f.text.fold(dst, v)
	if !ok {
		return dst, Unsure
	}
	if !f.fits(v) {
		return dst[:start], Invalid
	}
	return dst, Stored
}

// decoded takes bytes without a character set for text in the column's, as
// MySQL does.
func (c collation) decoded(v Value) Value {
	v.Kind = String
	switch c.charset {
	case charsetLatin1:
		v.Charset = Latin1
	case charsetASCII:
		v.Charset = ASCIIOnly
	default:
		v.Charset = UTF8
	}
	return v
}

// fits reports whether v, less trailing spaces, is short enough.
func (f *form) fits(v Value) bool {
	b := v.Bytes
	if f.inBytes {
		return f.bytesFit(v)
	}
	if int64(len(b)) <= f.length {
		return true
	}
	v.Bytes = trimSpaces(b)
	n, ok := v.characters()
	return ok && n <= f.length
}

// bytesFit measures v in the column's own encoding.
func (f *form) bytesFit(v Value) bool {
	if f.text.charset == charsetLatin1 || f.text.charset == charsetASCII {
		n, ok := v.characters()
		return ok && n <= f.length
	}
	n := int64(0)
	for b := v.Bytes; len(b) > 0; {
		r, size := v.next(b)
		n += int64(utf8.RuneLen(r))
		b = b[size:]
	}
	return n <= f.length
}

func trimSpaces(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}
