package merge

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/shardway/shardway/mysql"
)

// malformed says which kind of value could not be read.
func malformed(what string) error { return &mysql.MalformedError{What: what} }

// text returns the value as text; it may use scratch.
func (l *layout) text(scratch []byte, column int, cell mysql.Cell) ([]byte, error) {
	if !l.binary {
		return cell.Data, nil
	}
	return mysql.BinaryToText(scratch, &l.columns[column], cell.Data)
}

// double reads a FLOAT or DOUBLE, or any number's text.
func (l *layout) double(column int, cell mysql.Cell) (float64, error) {
	t := l.columns[column].Type
	v := cell.Data
	switch {
	case l.binary && t == mysql.TypeFloat && len(v) == 4:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(v))), nil
	case l.binary && t == mysql.TypeDouble && len(v) == 8:
		return math.Float64frombits(binary.LittleEndian.Uint64(v)), nil
	}
	var scratch [64]byte
	text, err := l.text(scratch[:0], column, cell)
	if err != nil {
		return 0, err
	}
	bits := 64
	if t == mysql.TypeFloat {
		bits = 32
	}
	f, err := strconv.ParseFloat(string(text), bits)
	if err != nil {
		return 0, malformed("number in a row")
	}
	return f, nil
}

// integer reads an integer column; a negative one as its two's complement.
func (l *layout) integer(column int, cell mysql.Cell) (n uint64, negative bool, err error) {
	var ok bool
	if l.binary {
		n, negative, ok = wireInt(cell.Data, l.columns[column].Unsigned() || l.columns[column].Type == mysql.TypeYear)
	} else {
		n, negative, ok = textInt(cell.Data)
	}
	if !ok {
		return 0, false, malformed("integer in a row")
	}
	return n, negative, nil
}

// wireInt widens a little-endian integer.
func wireInt(v []byte, unsigned bool) (n uint64, negative, ok bool) {
	switch len(v) {
	case 1, 2, 4, 8:
	default:
		return 0, false, false
	}
	for i, b := range v {
		n |= uint64(b) << (8 * i)
	}
	if negative = !unsigned && v[len(v)-1]&0x80 != 0; negative {
		n |= ^uint64(0) << (8*len(v) - 1)
	}
	return n, negative, true
}

// textInt reads digits with an optional minus.
func textInt(v []byte) (n uint64, negative, ok bool) {
	if len(v) > 0 && v[0] == '-' {
		negative, v = true, v[1:]
	}
	if len(v) == 0 {
		return 0, false, false
	}
	for _, b := range v {
		d := uint64(b - '0')
		if d > 9 || n > (math.MaxUint64-d)/10 {
			return 0, false, false
		}
		n = n*10 + d
	}
	if negative {
		if n > 1<<63 {
			return 0, false, false
		}
		return -n, n != 0, true
	}
	return n, false, true
}

// bits reads a BIT value, which travels as big-endian bytes.
func bits(v []byte) (n uint64, ok bool) {
	if len(v) > 8 {
		return 0, false
	}
	for _, b := range v {
		n = n<<8 | uint64(b)
	}
	return n, true
}

// numberCell makes a cell of a number's text, in the row's encoding.
func (l *layout) numberCell(column int, text []byte) (mysql.Cell, error) {
	if !l.binary || isBytes(l.columns[column].Type) {
		return mysql.Cell{Data: text}, nil
	}
	data, err := mysql.TextToBinary(nil, &l.columns[column], text)
	return mysql.Cell{Data: data}, err
}

// doubleCell makes a cell of a DOUBLE.
func (l *layout) doubleCell(column int, f float64) (mysql.Cell, error) {
	data := binary.LittleEndian.AppendUint64(nil, math.Float64bits(f))
	if l.binary {
		return mysql.Cell{Data: data}, nil
	}
	text, err := mysql.BinaryToText(nil, &l.columns[column], data)
	return mysql.Cell{Data: text}, err
}
