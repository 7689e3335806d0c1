package merge

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// lister joins the texts of GROUP_CONCAT.
type lister struct {
	separator          string
	max, count, length int
	// element is the column of a row's text; -1: rows bring lists of their own.
	element int
	order   keys
	// rows counts the texts of all groups, which is what MySQL's warning names;
	// cuts are its values where a list was cut.
	rows uint64
	cuts []uint64
}

// list is what is put together for one group.
type list struct {
	items []item
	max   uint64
}

// item is a text, or some that are joined already. length is in bytes of the
// column's own character set, of what is not cut.
type item struct {
	key           []byte
	text          []byte
	count, length uint64
}

// itemSize is about what an item takes beside its bytes.
const itemSize = 80

func (r *roles) list(a *plan.Aggregate) error {
	if a.List == nil {
		return mismatch("a list without its columns")
	}
	c := combiner{l: r.l, fn: a.Func, weight: -1, once: a.Once - 1}
	t := &lister{separator: a.List.Separator, element: -1}
	for _, at := range []struct {
		ref plan.ColumnRef
		to  *int
	}{{a.Column, &c.column}, {a.List.Max, &t.max}, {a.List.Count, &t.count}, {a.List.Bytes, &t.length}} {
		var err error
		if *at.to, err = r.l.index(at.ref); err != nil {
			return err
		}
	}
	column := &r.l.columns[c.column]
	if a.List.Elements {
		var err error
		if t.element, err = r.l.index(a.List.Element); err != nil {
			return err
		}
		if t.order, err = r.l.orderKeys(a.List.Order); err != nil {
			return err
		}
		if r.l.columns[t.element].Charset != column.Charset {
			return &UnsupportedError{What: "joining texts of several character sets"}
		}
	}
	if wideCharset(column.Charset) {
		return &UnsupportedError{What: "GROUP_CONCAT in a character set of two or four bytes each"}
	}
	c.list = t
	r.combiners = append(r.combiners, c)
	return nil
}

func (c *combiner) addList(s *state, cells []mysql.Cell) (grown int, err error) {
	t := c.list
	var it item
	if it.count, _, err = c.l.integer(t.count, cells[t.count]); err != nil || it.count == 0 {
		return 0, err
	}
	if s.list == nil {
		s.list = &list{}
		if s.list.max, _, err = c.l.integer(t.max, cells[t.max]); err != nil {
			return 0, err
		}
	}
	if it.length, err = c.length(cells[t.length]); err != nil {
		return 0, err
	}
	from := c.column
	if t.element >= 0 {
		from = t.element
		if c.once >= 0 {
			it.count = 1
		}
	} else {
		it.length += (it.count - 1) * uint64(len(t.separator))
	}
	it.text = bytes.Clone(cells[from].Data)
	if it.key, err = t.order.appendNulls(nil, cells); err != nil {
		return 0, err
	}
	s.list.items = append(s.list.items, it)
	return len(it.text) + len(it.key) + itemSize, nil
}

// appendNulls is append for a list's order, in which MySQL takes NULL for what
// an empty field holds: 0, an empty text, a date of zeros.
func (ks keys) appendNulls(dst []byte, cells []mysql.Cell) ([]byte, error) {
	for i := range ks {
		k := &ks[i]
		if !cells[k.column].Null {
			var err error
			if dst, err = ks[i:i+1].append(dst, cells); err != nil {
				return nil, err
			}
			continue
		}
		start := len(dst)
		dst = k.appendZero(append(dst, keyValue))
		for j := start; k.desc && j < len(dst); j++ {
			dst[j] = ^dst[j]
		}
	}
	return dst, nil
}

// appendZero is the key of an empty field.
func (k *key) appendZero(dst []byte) []byte {
	switch k.form {
	case formInt:
		return appendIntKey(dst, 0, false)
	case formDouble:
		return appendDoubleKey(dst, 0)
	case formDecimal:
		return append(dst, decimalZero)
	case formDate:
		dst, _ = appendDateKey(dst, nil)
		return dst
	case formTime:
		dst, _ = appendTimeKey(dst, nil)
		return dst
	case formBytes, formWeight:
	}
	// BIT and BINARY are as long as their columns. Text is never NULL here.
	column := &k.l.columns[k.column]
	switch column.Type {
	case mysql.TypeBit:
		return appendBytesKey(dst, make([]byte, (column.Length+7)/8))
	case mysql.TypeString:
		return appendBytesKey(dst, make([]byte, column.Length))
	default:
		return appendBytesKey(dst, nil)
	}
}

// length reads a sum of lengths, which is a decimal.
func (c *combiner) length(cell mysql.Cell) (uint64, error) {
	text, err := c.l.text(nil, c.list.length, cell)
	if err != nil {
		return 0, err
	}
	n, negative, ok := textInt(text)
	if !ok || negative {
		return 0, malformed("length in a row")
	}
	return n, nil
}

func (c *combiner) listResult(s *state) (mysql.Cell, error) {
	if s.list == nil {
		return mysql.Cell{Null: true}, nil
	}
	if c.list.order != nil {
		slices.SortStableFunc(s.list.items, func(a, z item) int { return bytes.Compare(a.key, z.key) })
	}
	j := joining{lister: c.list, before: c.list.rows, max: s.list.max, charset: c.l.columns[c.column].Charset}
	for _, it := range s.list.items {
		if !j.add(it) {
			break
		}
	}
	text, err := j.finish()
	return mysql.Cell{Data: text}, err
}

// Warnings are MySQL's 1260 for each list that was cut, after the last row. lists
// tells whether lists were made at all.
func (m *Merger) Warnings() (messages []string, lists bool) {
	if m.groups == nil {
		return nil, false
	}
	for i := range m.groups.roles.combiners {
		t := m.groups.roles.combiners[i].list
		if t == nil {
			continue
		}
		lists = true
		for _, row := range t.cuts {
			messages = append(messages, fmt.Sprintf("Row %d was cut by GROUP_CONCAT()", row))
		}
	}
	return messages, lists
}
