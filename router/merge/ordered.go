package merge

import (
	"bytes"
	"io"

	"github.com/shardway/shardway/mysql"
)

// ordered merges streams that are sorted. Each stream's next row waits in its
// head; the heads form a binary heap, the least key first, equal keys in the
// order of the streams.
type ordered struct {
	l     *layout
	keys  keys
	heads []*head
	// begun: the streams' first rows were read. taken: the first head's row
	// was given out, so that the stream must move on.
	begun, taken bool
}

type head struct {
	stream  Stream
	index   int
	payload []byte
	cells   []mysql.Cell
	key     []byte
}

func newOrdered(l *layout, order keys, streams []Stream) *ordered {
	o := &ordered{l: l, keys: order, heads: make([]*head, len(streams))}
	for i, s := range streams {
		o.heads[i] = &head{stream: s, index: i}
	}
	return o
}

func (o *ordered) next(r *row) error {
	if err := o.settle(); err != nil {
		return err
	}
	if len(o.heads) == 0 {
		return io.EOF
	}
	h := o.heads[0]
	o.taken = true
	r.payload, r.cells = h.payload, h.cells
	return nil
}

// settle brings the least row to the front.
func (o *ordered) settle() error {
	if !o.begun {
		return o.begin()
	}
	if !o.taken {
		return nil
	}
	o.taken = false
	h := o.heads[0]
	more, err := o.advance(h, len(o.heads) == 1)
	if err != nil {
		return err
	}
	if !more {
		last := len(o.heads) - 1
		o.heads[0] = o.heads[last]
		o.heads = o.heads[:last]
	}
	o.down(0)
	return nil
}

func (o *ordered) begin() error {
	o.begun = true
	full := o.heads[:0]
	for _, h := range o.heads {
		more, err := o.advance(h, false)
		if err != nil {
			return err
		}
		if more {
			full = append(full, h)
		}
	}
	o.heads = full
	for i := len(full)/2 - 1; i >= 0; i-- {
		o.down(i)
	}
	return nil
}

// advance reads the stream's next row; the last stream left needs no keys.
func (o *ordered) advance(h *head, alone bool) (more bool, err error) {
	h.payload, err = pull(h.stream)
	if isEnd(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if alone {
		h.cells = nil
		return true, nil
	}
	if h.cells, err = o.l.decode(h.cells[:0], h.payload); err != nil {
		return false, err
	}
	h.key, err = o.keys.append(h.key[:0], h.cells)
	return err == nil, err
}

func (o *ordered) less(i, j int) bool {
	c := bytes.Compare(o.heads[i].key, o.heads[j].key)
	return c < 0 || c == 0 && o.heads[i].index < o.heads[j].index
}

// down moves a head to its place below.
func (o *ordered) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(o.heads); child++ {
			if o.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		o.heads[i], o.heads[least] = o.heads[least], o.heads[i]
		i = least
	}
}
