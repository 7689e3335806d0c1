package binlog

import (
	"bytes"
	"errors"
	"fmt"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

// collationBinary is the collation of BINARY, VARBINARY and BLOB.
const collationBinary = 63

// Table is a table as it was when the transaction wrote to it.
type Table struct {
	Schema, Name string
	Columns      []Column
	// PrimaryKey is the places in Columns of the primary key's parts; empty
	// without a primary key.
	PrimaryKey []int
}

// Column is one column, generated ones included: the log does not tell them
// apart.
type Column struct {
	Name      string
	Unsigned  bool
	Invisible bool
	// Collation is MySQL's id for columns of characters and bytes, else 0.
	Collation uint64

	kind byte
	// fixedBytes is the length of BINARY(n), whose zeros at the end the log
	// leaves out.
	fixedBytes int
}

// JSON reports whether the column is of type JSON.
func (c *Column) JSON() bool { return c.kind == gomysql.MYSQL_TYPE_JSON }

// Placeholder is what stands for a value of the column in a statement that
// writes it back.
func (c *Column) Placeholder() string {
	if c.JSON() {
		return "CONVERT(? USING utf8mb4)"
	}
	return "?"
}

// value makes what the log's reader decoded a value that a statement can write
// back: nil, int64, uint64, float64, a string for decimals, times and JSON, and
// bytes in the column's own character set. The session that writes needs
// SET NAMES binary, time_zone '+00:00', and an sql_mode without NO_ZERO_DATE,
// NO_ZERO_IN_DATE and strictness, with NO_AUTO_VALUE_ON_ZERO. ENUM is its
// number, SET and BIT are their bits.
func (c *Column) value(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int8:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case int:
		return int64(v), nil
	case int64:
		if c.kind == gomysql.MYSQL_TYPE_BIT || c.kind == gomysql.MYSQL_TYPE_SET {
			return uint64(v), nil
		}
		return v, nil
	case uint8:
		return uint64(v), nil
	case uint16:
		return uint64(v), nil
	case uint32:
		return uint64(v), nil
	case uint64:
		return v, nil
	case float32:
		return float64(v), nil
	case float64:
		return v, nil
	case string:
		if c.characters() {
			return c.pad([]byte(v)), nil
		}
		return v, nil
	case []byte:
		if c.JSON() && len(v) == 0 {
			return "null", nil
		}
		return c.pad(v), nil
	}
	return nil, fmt.Errorf("column %s has a value of type %T", c.Name, v)
}

func (c *Column) characters() bool {
	switch c.kind {
	case gomysql.MYSQL_TYPE_STRING, gomysql.MYSQL_TYPE_VARCHAR, gomysql.MYSQL_TYPE_VAR_STRING, gomysql.MYSQL_TYPE_BLOB:
		return true
	}
	return false
}

func (c *Column) pad(v []byte) []byte {
	if missing := c.fixedBytes - len(v); missing > 0 {
		return append(bytes.Clone(v), make([]byte, missing)...)
	}
	return v
}

// newTable reads a table map, which has names when binlog_row_metadata is FULL.
func newTable(e *replication.TableMapEvent) (*Table, error) {
	t := &Table{Schema: string(e.Schema), Name: string(e.Table), Columns: make([]Column, e.ColumnCount)}
	if uint64(len(e.ColumnName)) != e.ColumnCount {
		return nil, fmt.Errorf("the log has no column names of %s.%s: binlog_row_metadata must be FULL", t.Schema, t.Name)
	}
	unsigned, collations, visible := e.UnsignedMap(), collationsOf(e), e.VisibilityMap()
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Name, c.Unsigned, c.Collation = string(e.ColumnName[i]), unsigned[i], collations[i]
		if v, known := visible[i]; known {
			c.Invisible = !v
		}
		c.kind = e.ColumnType[i]
		if c.kind == gomysql.MYSQL_TYPE_STRING {
			c.kind, c.fixedBytes = fixedString(e.ColumnMeta[i])
		}
		if c.Collation != collationBinary {
			c.fixedBytes = 0
		}
	}
	for _, at := range e.PrimaryKey {
		if at >= e.ColumnCount {
			return nil, errors.New("a primary key of columns that are not there")
		}
		t.PrimaryKey = append(t.PrimaryKey, int(at))
	}
	return t, nil
}

// collationsOf returns the collations of the columns that have one, by place. The
// log gives them in the order of these columns, either one each, or a default and
// the exceptions. A server counts VECTOR among them, which TableMapEvent's
// own CollationMap does not: what stands behind one would get its neighbour's.
func collationsOf(e *replication.TableMapEvent) map[int]uint64 {
	collations := make(map[int]uint64)
	n := 0
	for i := range e.ColumnType {
		if !e.IsCharacterColumn(i) && e.ColumnType[i] != gomysql.MYSQL_TYPE_VECTOR {
			continue
		}
		switch {
		case len(e.DefaultCharset) > 0:
			collations[i] = e.DefaultCharset[0]
			for at := 1; at+1 < len(e.DefaultCharset); at += 2 {
				if e.DefaultCharset[at] == uint64(n) {
					collations[i] = e.DefaultCharset[at+1]
				}
			}
		case n < len(e.ColumnCharset):
			collations[i] = e.ColumnCharset[n]
		}
		n++
	}
	return collations
}

// fixedString reads the metadata of MYSQL_TYPE_STRING, which is also ENUM and
// SET: the real type in the high byte, whose bits 4 and 5 are those of the
// length, inverted.
func fixedString(meta uint16) (kind byte, length int) {
	high, low := byte(meta>>8), int(meta&0xff)
	if high&0x30 != 0x30 {
		return high | 0x30, low | int(high&0x30^0x30)<<4
	}
	return high, low
}
