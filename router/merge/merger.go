package merge

import (
	"io"
	"math"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// row is a row on its way. One that was combined has no payload; one that
// nobody needed to look into has no cells.
type row struct {
	payload []byte
	cells   []mysql.Cell
}

// source gives rows; each is valid until the next call. The end is io.EOF.
type source interface {
	next(r *row) error
}

// Merger is several streams put together.
type Merger struct {
	l      *layout
	source source
	// groups is set if groups are combined.
	groups *grouping
	// skip and left are what LIMIT still takes away and lets through.
	skip, left uint64
	row        row
	out        []byte
	cells      []mysql.Cell
	err        error
}

// New prepares the merge of what several groups answer. Nothing is read before
// the first Next. binary says how rows are encoded. args are the execution's,
// for LIMIT and HAVING.
func New(spec *plan.Merge, args plan.Args, binary bool, streams []Stream, limits Limits) (*Merger, error) {
	l, err := newLayout(streams, spec.Hidden, binary)
	if err != nil {
		return nil, err
	}
	if spec.Width > 0 && spec.Width != l.shown {
		return nil, mismatch("%d columns instead of %d", l.shown, spec.Width)
	}
	if binary {
		streams = l.align(streams)
	}
	m := &Merger{l: l, left: math.MaxUint64}
	if spec.Limit != nil {
		if m.skip, m.left, err = spec.Limit.Resolve(args); err != nil {
			return nil, err
		}
	}
	limits = limits.withDefaults()
	order, err := l.orderKeys(spec.Order)
	if err != nil {
		return nil, err
	}
	switch {
	case spec.Group != nil:
		m.groups, err = newGrouping(l, spec.Group, args, order, streams, limits)
		m.source = m.groups
	case len(order) > 0:
		m.source = newOrdered(l, order, streams)
	default:
		m.source = &concat{streams: streams}
	}
	if err != nil {
		return nil, err
	}
	if spec.Distinct != nil {
		if m.source, err = newDistinct(l, spec.Distinct, m.source, limits); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Columns are the columns that the client sees, as the first stream has them.
func (m *Merger) Columns() []mysql.Column { return m.l.columns[:m.l.shown] }

// Next returns the payload of the next row as the client gets it, valid until
// the next call, or io.EOF. After an error it returns that error again.
func (m *Merger) Next() ([]byte, error) {
	if m.err != nil {
		return nil, m.err
	}
	p, err := m.next()
	if err != nil {
		m.err = err
		return nil, err
	}
	return p, nil
}

func (m *Merger) next() ([]byte, error) {
	if m.left == 0 {
		return nil, io.EOF
	}
	for ; m.skip > 0; m.skip-- {
		if err := m.source.next(&m.row); err != nil {
			return nil, err
		}
	}
	if err := m.source.next(&m.row); err != nil {
		return nil, err
	}
	m.left--
	if m.row.payload != nil && m.l.shown == len(m.l.columns) {
		return m.row.payload, nil
	}
	if m.row.cells == nil {
		cells, err := m.l.decode(m.cells[:0], m.row.payload)
		if err != nil {
			return nil, err
		}
		m.cells, m.row.cells = cells, cells
	}
	m.out = m.l.encode(m.out[:0], m.row.cells)
	return m.out, nil
}

// concat gives one stream's rows after the other's.
type concat struct{ streams []Stream }

func (c *concat) next(r *row) error {
	for len(c.streams) > 0 {
		p, err := pull(c.streams[0])
		if err == nil {
			r.payload, r.cells = p, nil
			return nil
		}
		if !isEnd(err) {
			return err
		}
		c.streams = c.streams[1:]
	}
	return io.EOF
}
