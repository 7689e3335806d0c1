package mysql

// Cell is one value of a row. Of a text row it is the text; of a binary row
// the value's bytes on the wire without their length (see BinaryToText).
type Cell struct {
	Data []byte
	Null bool
}

// DecodeTextRow appends the cells of a text row to dst. They point into p.
// columns says how many there must be.
func DecodeTextRow(dst []Cell, p []byte, columns int) ([]Cell, error) {
	c := cursor{p: p}
	for range columns {
		if len(c.p) > 0 && c.p[0] == 0xfb {
			c.p = c.p[1:]
			dst = append(dst, Cell{Null: true})
			continue
		}
		dst = append(dst, Cell{Data: c.lenencBytes()})
		if c.bad {
			return nil, malformed("text row")
		}
	}
	if len(c.p) != 0 {
		return nil, malformed("text row")
	}
	return dst, nil
}

// AppendTextRow appends the payload of a text row to dst.
func AppendTextRow(dst []byte, cells []Cell) []byte {
	for i := range cells {
		if cells[i].Null {
			dst = append(dst, 0xfb)
			continue
		}
		dst = AppendString(dst, cells[i].Data)
	}
	return dst
}
