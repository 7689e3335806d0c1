package weights

// The Unicode Standard, section 3.12: a Hangul syllable is made of a leading
// consonant, a vowel and perhaps a trailing consonant, counted through.
const (
	hangulFirst    = 0xAC00
	hangulLast     = 0xD7A3
	hangulLeading  = 0x1100
	hangulVowel    = 0x1161
	hangulTrailing = 0x11A7 // one before the first: 0 is none
	hangulVowels   = 21
	hangulTrails   = 28
)

// Syllable takes a Hangul syllable apart; trailing is 0 if there is none. ok
// is false for any other character.
func Syllable(r rune) (leading, vowel, trailing rune, ok bool) {
	if r < hangulFirst || r > hangulLast {
		return 0, 0, 0, false
	}
	n := r - hangulFirst
	leading = hangulLeading + n/(hangulVowels*hangulTrails)
	vowel = hangulVowel + n/hangulTrails%hangulVowels
	if t := n % hangulTrails; t != 0 {
		trailing = hangulTrailing + t
	}
	return leading, vowel, trailing, true
}

// appendSyllable appends the weights of a syllable's letters.
func (t *Table) appendSyllable(dst []byte, r rune) []byte {
	leading, vowel, trailing, _ := Syllable(r)
	dst = t.Append(dst, leading)
	dst = t.Append(dst, vowel)
	if trailing != 0 {
		dst = t.Append(dst, trailing)
	}
	return dst
}
