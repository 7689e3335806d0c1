package shardkey

// latin1High is what MySQL's latin1 has at 0x80 to 0x9F, which is cp1252 with
// its five holes filled by control characters.
const latin1High = "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
	"\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178"

// latin1Rune returns the character of a latin1 byte.
func latin1Rune(b byte) rune {
	if b < 0x80 || b > 0x9F {
		return rune(b)
	}
	want := b - 0x80
	for _, r := range latin1High {
		if want == 0 {
			return r
		}
		want--
	}
	return rune(b)
}

// latin1Byte returns the latin1 byte of a character, if it has one.
func latin1Byte(r rune) (byte, bool) {
	if r < 0x80 || r > 0x9F && r <= 0xFF {
		return byte(r), true
	}
	b := byte(0x80)
	for _, high := range latin1High {
		if r == high {
			return b, true
		}
		b++
	}
	return 0, false
}
