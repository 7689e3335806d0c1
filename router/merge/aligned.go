package merge

import (
	"slices"

	"github.com/shardway/shardway/mysql"
)

// align makes one type of each column's integer types. A server gives an
// expression the width that it has where the server keeps the value, and one
// that uses a temporary table keeps it elsewhere than one that does not.
func (l *layout) align(streams []Stream) []Stream {
	for _, s := range streams {
		for i, c := range s.Columns() {
			if t := &l.columns[i]; isInt(c.Type) && isInt(t.Type) && rank(c.Type) > rank(t.Type) {
				t.Type, t.Length = c.Type, max(t.Length, c.Length)
			}
		}
	}
	all := slices.Clone(streams)
	for i, s := range streams {
		if slices.ContainsFunc(indexes(s.Columns()), func(c int) bool { return s.Columns()[c].Type != l.columns[c].Type && isInt(l.columns[c].Type) }) {
			all[i] = &aligned{Stream: s, to: l.columns}
		}
	}
	return all
}

func indexes(columns []mysql.Column) []int {
	all := make([]int, len(columns))
	for i := range all {
		all[i] = i
	}
	return all
}

// rank orders the integer types by how much they hold.
func rank(t mysql.FieldType) int {
	return slices.Index([]mysql.FieldType{mysql.TypeTiny, mysql.TypeYear, mysql.TypeShort, mysql.TypeInt24, mysql.TypeLong, mysql.TypeLongLong}, t)
}

// width is how many bytes a value of an integer type has in a binary row.
func width(t mysql.FieldType) int {
	switch t {
	case mysql.TypeTiny:
		return 1
	case mysql.TypeYear, mysql.TypeShort:
		return 2
	case mysql.TypeLongLong:
		return 8
	default:
		return 4
	}
}

// aligned is a stream whose integers are as wide as the other streams'.
type aligned struct {
	Stream
	to    []mysql.Column
	cells []mysql.Cell
	out   []byte
}

func (a *aligned) Columns() []mysql.Column { return a.to }

func (a *aligned) Next() ([]byte, error) {
	p, err := a.Stream.Next()
	if err != nil {
		return nil, err
	}
	from := a.Stream.Columns()
	if a.cells, err = mysql.DecodeBinaryRow(a.cells[:0], p, from); err != nil {
		return nil, err
	}
	for i := range a.cells {
		if c := &a.cells[i]; !c.Null && isInt(from[i].Type) && from[i].Type != a.to[i].Type {
			c.Data = widened(c.Data, width(a.to[i].Type), from[i].Unsigned())
		}
	}
	a.out = mysql.AppendBinaryRow(a.out[:0], a.to, a.cells)
	return a.out, nil
}

// widened is a little-endian integer in more bytes.
func widened(data []byte, bytes int, unsigned bool) []byte {
	wide, fill := slices.Clone(data), byte(0)
	if !unsigned && len(data) > 0 && data[len(data)-1] >= 0x80 {
		fill = 0xff
	}
	for len(wide) < bytes {
		wide = append(wide, fill)
	}
	return wide
}
