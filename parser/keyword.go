package parser

// keyword is a word that the Scanner acts on.
type keyword uint8

const (
	kwNone keyword = iota
	kwSelect
	kwFrom
	kwWhere
	kwHaving
	kwKeep // GROUP, ORDER, LIMIT, WINDOW: literals stay from here on
	kwUnion
	kwDistinct
	kwInto
	kwFile // OUTFILE, DUMPFILE
	kwIn
	kwValues
	kwFor
	kwUpdate
	kwInsert
	kwReplace
	kwDelete
	kwShare
	kwLock
	kwCreate // CREATE, ALTER, DROP
	kwTemporary
	kwProgram  // PROCEDURE, FUNCTION, …
	kwObject   // TABLE, VIEW, …: what a CREATE creates
	kwKeepNext // a literal right behind stays
	kwType     // literals in parentheses right behind stay
)

// word is what the Scanner knows about a word.
type word struct {
	text string // folded: see fold
	kw   keyword
	verb Verb  // if it is a statement's first word
	call Flags // if "(" follows
	bare Flags // always
}

// fold maps letters to lower case. It maps the underscore to 0x7F, so that it
// is one instruction; both sides of a comparison are folded.
func fold(c byte) byte { return c | 0x20 }

func foldEqual(a []byte, lower string) bool {
	if len(a) != len(lower) {
		return false
	}
	for i, c := range a {
		if fold(c) != fold(lower[i]) {
			return false
		}
	}
	return true
}

const (
	wordSlots    = 1024 // of the hash table; a power of two
	wordLenMax   = 40
	wordLenLeast = 2
)

// wordTable finds words by a hash of length and three bytes, by open addressing.
type wordTable struct {
	slots [wordSlots]uint8 // index in words plus one
	words []word
}

// keywords is the table of known words. It is never written.
var keywords = makeWordTable()

func wordHash(w []byte) uint {
	n := len(w)
	return (uint(fold(w[0]))*31 ^ uint(fold(w[n-1]))*389 ^ uint(fold(w[n/2]))*1709 ^ uint(n)*97) % wordSlots
}

func makeWordTable() *wordTable {
	t := &wordTable{words: knownWords()}
	for i := range t.words {
		text := []byte(t.words[i].text)
		for j := range text {
			text[j] = fold(text[j])
		}
		t.words[i].text = string(text)
		h := wordHash(text)
		for t.slots[h] != 0 {
			h = (h + 1) % wordSlots
		}
		t.slots[h] = uint8(i + 1)
	}
	return t
}

// lookup returns what is known about a word, nil for nothing.
func (t *wordTable) lookup(w []byte) *word {
	if len(w) < wordLenLeast || len(w) > wordLenMax {
		return nil
	}
	for h := wordHash(w); t.slots[h] != 0; h = (h + 1) % wordSlots {
		known := &t.words[t.slots[h]-1]
		if len(known.text) != len(w) {
			continue
		}
		i := 0
		for i < len(w) && fold(w[i]) == known.text[i] {
			i++
		}
		if i == len(w) {
			return known
		}
	}
	return nil
}
