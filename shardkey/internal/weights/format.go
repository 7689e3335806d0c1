package weights

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A data file is a deflated sequence of varints: 1 if Hangul is composed, else
// 0; then for each run the characters left out before it, its length, twice
// its number of weights (plus one if the last grows), and its weights, the
// first as a difference from the previous run's first, the others each from
// the one before it.

// errFormat says that a data file is not what gen writes.
var errFormat = errors.New("weights: malformed data file")

// mostRunes is how many code points there are.
const mostRunes = 0x110000

// Encode writes a data file. weightsOf gives the weights of each character
// that is in the table; ok is false for those that are not.
func Encode(hangul bool, weightsOf func(rune) (weights []uint16, ok bool)) ([]byte, error) {
	e := encoder{}
	e.uvarint(0)
	if hangul {
		e.raw[0] = 1
	}
	for r := rune(0); r < mostRunes; r++ {
		if w, ok := weightsOf(r); ok {
			e.add(r, w)
		}
	}
	e.flush()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	if _, err := w.Write(e.raw); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	return out.Bytes(), nil
}

// encoder gathers characters into runs and writes them.
type encoder struct {
	raw     []byte
	current run
	weights []uint16 // of the current run's first character
	end     rune     // after the last run written
	first   uint16   // the first weight of the last run written
}

func (e *encoder) uvarint(v uint64) { e.raw = binary.AppendUvarint(e.raw, v) }

// add puts the next character into the current run or begins another.
func (e *encoder) add(r rune, w []uint16) {
	if e.extends(r, w) {
		e.current.length++
		return
	}
	e.flush()
	e.current = run{first: r, length: 1, count: uint8(len(w))}
	e.weights = append(e.weights[:0], w...)
}

// extends reports whether r goes on with the current run; the second
// character of a run decides whether it grows.
func (e *encoder) extends(r rune, w []uint16) bool {
	c := &e.current
	if c.length == 0 || r != c.first+c.length || len(w) != int(c.count) {
		return false
	}
	last := len(w) - 1
	for i := range last {
		if w[i] != e.weights[i] {
			return false
		}
	}
	if last < 0 {
		return true
	}
	if c.length == 1 {
		c.grows = w[last] != e.weights[last]
	}
	want := e.weights[last]
	if c.grows {
		want += uint16(c.length)
	}
	if w[last] == want {
		return true
	}
	c.grows = c.grows && c.length > 1
	return false
}

// flush writes the current run.
func (e *encoder) flush() {
	c := e.current
	if c.length == 0 {
		return
	}
	e.uvarint(uint64(c.first - e.end))
	e.uvarint(uint64(c.length))
	shape := uint64(c.count) << 1
	if c.grows {
		shape |= 1
	}
	e.uvarint(shape)
	previous := e.first
	for _, w := range e.weights {
		e.raw = binary.AppendVarint(e.raw, int64(w)-int64(previous))
		previous = w
	}
	if len(e.weights) > 0 {
		e.first = e.weights[0]
	}
	e.end = c.first + c.length
}

// Decode reads a data file.
func Decode(data []byte) (*Table, error) {
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(data)))
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	d := decoder{raw: raw}
	t := &Table{hangul: d.uvarint() == 1}
	end, first := rune(0), uint16(0)
	for len(d.raw) > 0 && !d.broken {
		u := run{first: end + rune(d.uvarint()), length: int32(d.uvarint()), offset: uint32(len(t.pool))}
		shape := d.uvarint()
		u.count, u.grows = uint8(shape>>1), shape&1 == 1
		previous := first
		for range u.count {
			previous = uint16(int64(previous) + d.varint())
			t.pool = append(t.pool, previous)
		}
		if u.count > 0 {
			first = t.pool[u.offset]
		}
		end = u.first + u.length
		t.runs = append(t.runs, u)
	}
	if d.broken || len(t.runs) == 0 || end > mostRunes {
		return nil, errFormat
	}
	t.index()
	return t, nil
}

// index fills what is looked up by character.
func (t *Table) index() {
	t.pages = make([]uint32, mostRunes>>8+1)
	at := 0
	for page := range t.pages {
		for at+1 < len(t.runs) && t.runs[at+1].first <= rune(page)<<8 {
			at++
		}
		t.pages[page] = uint32(at)
	}
	for c := range t.ascii {
		u, ok := t.find(rune(c))
		if !ok || u.count != 1 {
			continue
		}
		w := t.pool[u.offset]
		if u.grows {
			w += uint16(rune(c) - u.first)
		}
		t.ascii[c] = present | uint32(w)
	}
}

// decoder reads varints; broken is set where there are none.
type decoder struct {
	raw    []byte
	broken bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.raw)
	d.advance(n)
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.raw)
	d.advance(n)
	return v
}

func (d *decoder) advance(n int) {
	if n <= 0 {
		d.broken, n = true, len(d.raw)
	}
	d.raw = d.raw[n:]
}
