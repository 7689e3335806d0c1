package mysql

// binaryValue reads one value of type t in the binary protocol, without the
// length in front of it.
func (c *cursor) binaryValue(t FieldType) []byte {
	switch t {
	case TypeTiny:
		return c.bytes(1)
	case TypeShort, TypeYear:
		return c.bytes(2)
	case TypeLong, TypeInt24, TypeFloat:
		return c.bytes(4)
	case TypeLongLong, TypeDouble:
		return c.bytes(8)
	case TypeDate, TypeDatetime, TypeTimestamp, TypeTime, TypeNewDate:
		return c.bytes(int(c.uint8()))
	case TypeNull:
		return nil
	case TypeDecimal, TypeNewDecimal, TypeVarchar, TypeVarString, TypeString, TypeBit, TypeJSON, TypeEnum,
		TypeSet, TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob, TypeGeometry, TypeVector:
		return c.lenencBytes()
	}
	return c.lenencBytes()
}

// lenenc reports whether values of the type are length-encoded strings.
func (t FieldType) lenenc() bool {
	switch t {
	case TypeTiny, TypeShort, TypeYear, TypeLong, TypeInt24, TypeFloat, TypeLongLong, TypeDouble,
		TypeDate, TypeDatetime, TypeTimestamp, TypeTime, TypeNewDate, TypeNull:
		return false
	case TypeDecimal, TypeNewDecimal, TypeVarchar, TypeVarString, TypeString, TypeBit, TypeJSON, TypeEnum,
		TypeSet, TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob, TypeGeometry, TypeVector:
	}
	return true
}

// DecodeBinaryRow appends the cells of a binary row to dst, as their bytes on
// the wire without lengths. They point into p.
func DecodeBinaryRow(dst []Cell, p []byte, columns []Column) ([]Cell, error) {
	c := cursor{p: p}
	c.uint8() // the header, 0x00
	nulls := c.bytes((len(columns) + 7 + 2) / 8)
	if c.bad || p[0] != 0 {
		return nil, malformed("binary row")
	}
	for i := range columns {
		if bit := i + 2; nulls[bit/8]&(1<<(bit%8)) != 0 {
			dst = append(dst, Cell{Null: true})
			continue
		}
		dst = append(dst, Cell{Data: c.binaryValue(columns[i].Type)})
		if c.bad {
			return nil, malformed("binary row")
		}
	}
	if len(c.p) != 0 {
		return nil, malformed("binary row")
	}
	return dst, nil
}

// AppendBinaryRow appends the payload of a binary row whose cells are bytes as
// DecodeBinaryRow returns them.
func AppendBinaryRow(dst []byte, columns []Column, cells []Cell) []byte {
	dst = append(dst, 0)
	nulls := len(dst)
	for range (len(columns) + 7 + 2) / 8 {
		dst = append(dst, 0)
	}
	for i := range cells {
		if cells[i].Null {
			dst[nulls+(i+2)/8] |= 1 << ((i + 2) % 8)
			continue
		}
		dst = appendBinaryValue(dst, columns[i].Type, cells[i].Data)
	}
	return dst
}

func appendBinaryValue(dst []byte, t FieldType, v []byte) []byte {
	switch t {
	case TypeTiny, TypeShort, TypeYear, TypeLong, TypeInt24, TypeFloat, TypeLongLong, TypeDouble:
		return append(dst, v...)
	case TypeDate, TypeDatetime, TypeTimestamp, TypeTime, TypeNewDate:
		return append(append(dst, byte(len(v))), v...)
	case TypeNull:
		return dst
	case TypeDecimal, TypeNewDecimal, TypeVarchar, TypeVarString, TypeString, TypeBit, TypeJSON, TypeEnum,
		TypeSet, TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob, TypeGeometry, TypeVector:
	}
	return AppendString(dst, v)
}

// AppendBinaryRowFromText appends the payload of a binary row whose cells are
// text, converted by the columns' types.
func AppendBinaryRowFromText(dst []byte, columns []Column, cells []Cell) ([]byte, error) {
	if len(cells) != len(columns) {
		return nil, malformed("row: its cells do not match the columns")
	}
	dst = append(dst, 0)
	nulls := len(dst)
	for range (len(columns) + 7 + 2) / 8 {
		dst = append(dst, 0)
	}
	var err error
	for i := range cells {
		if cells[i].Null {
			dst[nulls+(i+2)/8] |= 1 << ((i + 2) % 8)
			continue
		}
		if dst, err = TextToBinary(dst, &columns[i], cells[i].Data); err != nil {
			return nil, err
		}
	}
	return dst, nil
}
