package mysql

// Column is a column definition.
type Column struct {
	Schema, Table, OrgTable, Name, OrgName string
	Charset                                uint16 // collation id
	Length                                 uint32 // display width in bytes
	Type                                   FieldType
	Flags                                  uint16
	Decimals                               byte
}

// Unsigned reports whether the column's integers are unsigned.
func (c *Column) Unsigned() bool { return c.Flags&FlagUnsigned != 0 }

// Append appends the payload of a column definition packet to dst.
func (c *Column) Append(dst []byte) []byte {
	dst = AppendString(dst, "def")
	dst = AppendString(dst, c.Schema)
	dst = AppendString(dst, c.Table)
	dst = AppendString(dst, c.OrgTable)
	dst = AppendString(dst, c.Name)
	dst = AppendString(dst, c.OrgName)
	dst = append(dst, 0x0c)
	dst = appendUint16(dst, c.Charset)
	dst = appendUint32(dst, c.Length)
	dst = append(dst, byte(c.Type))
	dst = appendUint16(dst, c.Flags)
	return append(dst, c.Decimals, 0, 0)
}

// ParseColumn parses the payload of a column definition packet.
func ParseColumn(p []byte) (Column, error) {
	c := cursor{p: p}
	var col Column
	c.lenencBytes() // the catalog, always "def"
	col.Schema = string(c.lenencBytes())
	col.Table = string(c.lenencBytes())
	col.OrgTable = string(c.lenencBytes())
	col.Name = string(c.lenencBytes())
	col.OrgName = string(c.lenencBytes())
	c.lenenc() // the length of what follows, always 0x0c
	col.Charset = c.uint16()
	col.Length = c.uint32()
	col.Type = FieldType(c.uint8())
	col.Flags = c.uint16()
	col.Decimals = c.uint8()
	if c.bad {
		return Column{}, malformed("column definition")
	}
	return col, nil
}
