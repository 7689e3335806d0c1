package exec

import (
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// rowArgs gives rows to a plan as if the client had written them: a slot is a
// column, and has a value for each row from first on, n of them.
type rowArgs struct {
	set      *rowSet
	first, n int
	// at is the row whose cells are decoded, -1 if none is.
	at    int
	cells []mysql.Cell
	err   error
}

var _ plan.Args = (*rowArgs)(nil)

func newRowArgs(set *rowSet) *rowArgs { return &rowArgs{set: set, n: set.Len(), at: -1} }

// Len implements plan.Args.
func (a *rowArgs) Len(int) int { return a.n }

// cell is a value; one that cannot be read counts as malformed in all that follows.
func (a *rowArgs) cell(column, i int) mysql.Cell {
	if row := a.first + i; row != a.at {
		a.cells, a.err = a.set.Cells(a.cells[:0], row)
		a.at = row
	}
	if a.err != nil || column >= len(a.cells) {
		return mysql.Cell{Null: true}
	}
	return a.cells[column]
}

// Value implements plan.Args.
func (a *rowArgs) Value(slot, i int) shardkey.Value {
	return keyValue(&a.set.Columns[slot], a.cell(slot, i))
}

// AppendSQL implements plan.Args.
func (a *rowArgs) AppendSQL(dst []byte, slot int) []byte {
	for i := range a.n {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = a.AppendOneSQL(dst, slot, i)
	}
	return dst
}

// AppendOneSQL implements plan.Args.
func (a *rowArgs) AppendOneSQL(dst []byte, slot, i int) []byte {
	cell := a.cell(slot, i)
	out, err := mysql.AppendValue(dst, &a.set.Columns[slot], cell)
	if a.err != nil || err != nil {
		return append(dst, "(malformed value)"...) // a syntax error, never another value
	}
	return out
}

// keyValue is a value as a shard key is compared with it. What it is not sure
// of is Other, which never routes.
func keyValue(col *mysql.Column, v mysql.Cell) shardkey.Value {
	if v.Null {
		return shardkey.Value{Kind: shardkey.Null}
	}
	kind := shardkey.Other
	switch col.Type {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeInt24, mysql.TypeLong, mysql.TypeLongLong, mysql.TypeYear:
		kind = shardkey.Int
	case mysql.TypeDecimal, mysql.TypeNewDecimal:
		kind = shardkey.Decimal
	case mysql.TypeDouble:
		kind = shardkey.Float
	case mysql.TypeDate, mysql.TypeNewDate:
		kind = shardkey.Date
	case mysql.TypeDatetime, mysql.TypeTimestamp:
		kind = shardkey.DateTime
	case mysql.TypeTime:
		kind = shardkey.Time
	case mysql.TypeBit:
		text, err := mysql.AppendValue(nil, col, v)
		if err != nil {
			return shardkey.Value{}
		}
		return shardkey.Value{Kind: shardkey.Int, Bytes: text}
	case mysql.TypeVarchar, mysql.TypeVarString, mysql.TypeString, mysql.TypeTinyBlob, mysql.TypeMediumBlob, mysql.TypeLongBlob, mysql.TypeBlob, mysql.TypeEnum, mysql.TypeSet:
		return textKeyValue(col, v.Data)
	default: // the rest never routes
		return shardkey.Value{}
	}
	column := *col
	column.Flags &^= mysql.FlagZerofill
	text, err := mysql.BinaryToText(nil, &column, v.Data)
	if err != nil {
		return shardkey.Value{}
	}
	return shardkey.Value{Kind: kind, Bytes: text}
}

func textKeyValue(col *mysql.Column, text []byte) shardkey.Value {
	if col.Flags&(mysql.FlagEnum|mysql.FlagSet) != 0 {
		return shardkey.Value{} // a number where a number is stored
	}
	text = append([]byte(nil), text...)
	switch mysql.CharsetOf(col.Charset) {
	case "binary":
		return shardkey.Value{Kind: shardkey.Binary, Bytes: text}
	case "utf8mb4", "utf8mb3", "ascii":
		return shardkey.Value{Kind: shardkey.String, Charset: shardkey.UTF8, Bytes: text}
	case "latin1":
		return shardkey.Value{Kind: shardkey.String, Charset: shardkey.Latin1, Bytes: text}
	case "", "ucs2", "utf16", "utf16le", "utf32", "swe7":
		return shardkey.Value{}
	default:
		return shardkey.Value{Kind: shardkey.String, Charset: shardkey.ASCIIOnly, Bytes: text}
	}
}
