package weights

// Table has the weights of one collation for all code points. A character has
// none to a few dozen weights of 16 bits.
type Table struct {
	// ascii has the weight of each ASCII character plus present, or 0 for
	// one that has no weight; none has more than one.
	ascii [128]uint32
	// runs is ordered by first character and has no overlap.
	runs []run
	// pages has, for each 256 characters, the index of the last run that
	// begins at or before the first of them.
	pages []uint32
	// pool holds the weights that runs refer to.
	pool []uint16
	// hangul is set where a Hangul syllable weighs what its letters weigh.
	hangul bool
}

// run is a stretch of characters with the same weights, except that the last
// weight may grow by one from each character to the next.
type run struct {
	first  rune
	length int32
	offset uint32
	count  uint8
	grows  bool
}

// present tells a weight of 0, which general_ci gives to NUL, from none.
const present = 1 << 16

// AppendASCII appends the weight of an ASCII character, if it has one.
func (t *Table) AppendASCII(dst []byte, c byte) []byte {
	if w := t.ascii[c&0x7F]; w != 0 {
		return append(dst, byte(w>>8), byte(w))
	}
	return dst
}

// Append appends the weights of a character, each in two bytes, big-endian.
func (t *Table) Append(dst []byte, r rune) []byte {
	if r >= 0 && int(r) < len(t.ascii) {
		return t.AppendASCII(dst, byte(r))
	}
	if t.hangul && r >= hangulFirst && r <= hangulLast {
		return t.appendSyllable(dst, r)
	}
	u, ok := t.find(r)
	if !ok {
		return dst
	}
	for i, w := range t.pool[u.offset : u.offset+uint32(u.count)] {
		if u.grows && i == int(u.count)-1 {
			w += uint16(r - u.first)
		}
		dst = append(dst, byte(w>>8), byte(w))
	}
	return dst
}

// find returns the run that r is in.
func (t *Table) find(r rune) (run, bool) {
	page := int(r >> 8)
	if r < 0 || page+1 >= len(t.pages) {
		return run{}, false
	}
	low, high := t.pages[page], t.pages[page+1]
	for low < high { // the last run with first <= r is in [low, high]
		middle := (low + high + 1) / 2
		if t.runs[middle].first <= r {
			low = middle
		} else {
			high = middle - 1
		}
	}
	u := t.runs[low]
	return u, r >= u.first && r < u.first+u.length
}
