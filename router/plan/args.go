package plan

import (
	"bytes"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/shardkey"
)

// Params are the values that a client bound to a prepared statement's
// placeholders, counted from 0.
type Params interface {
	// Value is the i-th value, as a shard key is compared with it.
	Value(i int) shardkey.Value
	// AppendSQL appends the i-th value as SQL text that means the same.
	AppendSQL(dst []byte, i int) []byte
}

// ShapeArgs are the Args of one execution of a statement that parser.Scanner
// has read. They belong to one goroutine, allocate nothing once their scratch
// memory has grown, and are set anew for each execution.
type ShapeArgs struct {
	// SQL is the text that Shape was scanned from.
	SQL   []byte
	Shape *parser.Shape
	Mode  parser.Mode
	// Charset is the character set of the session's strings.
	Charset shardkey.Charset
	// Opaque: character_set_client and character_set_connection differ, so
	// that what a string becomes is not known here; it never routes.
	Opaque bool
	// Params is set for prepared statements.
	Params Params

	scratch []byte
	key     [canonicalMax]byte
}

var _ Args = (*ShapeArgs)(nil)

// Len implements Args. The slots of a folded row have a value for each row. A
// doubtful shape has no slots: then each is a placeholder of the client's.
func (a *ShapeArgs) Len(slot int) int {
	s := a.Shape
	switch {
	case slot >= len(s.Slots):
		return 1
	case a.folded(slot):
		return s.Rows.Count
	default:
		return s.Slots[slot].Count
	}
}

// Value implements Args.
func (a *ShapeArgs) Value(slot, i int) shardkey.Value {
	lit := a.literal(slot, i)
	if lit == nil {
		return a.param(slot)
	}
	return a.value(lit)
}

// AppendSQL implements Args.
func (a *ShapeArgs) AppendSQL(dst []byte, slot int) []byte {
	for i, n := 0, a.Len(slot); i < n; i++ {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = a.AppendOneSQL(dst, slot, i)
	}
	return dst
}

// AppendOneSQL implements Args.
func (a *ShapeArgs) AppendOneSQL(dst []byte, slot, i int) []byte {
	lit := a.literal(slot, i)
	param := slot
	if lit != nil {
		if lit.Kind != parser.Param {
			return append(dst, a.SQL[lit.Start:lit.End]...)
		}
		param = int(lit.Param)
	}
	if a.Params == nil {
		return append(dst, '?') // MySQL says that it takes no placeholders here
	}
	return a.Params.AppendSQL(dst, param)
}

// folded reports whether the slot is one of the row that stands for all rows.
func (a *ShapeArgs) folded(slot int) bool {
	s := a.Shape
	return s.HasRows && slot >= s.Rows.Slot && slot < s.Rows.Slot+s.Rows.Width
}

// literal is the i-th literal of a slot, nil if the shape has no slots.
func (a *ShapeArgs) literal(slot, i int) *parser.Literal {
	s := a.Shape
	switch {
	case slot >= len(s.Slots):
		return nil
	case a.folded(slot):
		return &s.Literals[s.Rows.Lit+i*s.Rows.Width+slot-s.Rows.Slot]
	default:
		return &s.Literals[s.Slots[slot].First+i]
	}
}

func (a *ShapeArgs) param(i int) shardkey.Value {
	if a.Params == nil {
		return shardkey.Value{}
	}
	return a.Params.Value(i)
}

func (a *ShapeArgs) value(lit *parser.Literal) shardkey.Value {
	text := a.SQL[lit.Start:lit.End]
	switch lit.Kind {
	case parser.Int:
		return shardkey.Value{Kind: shardkey.Int, Bytes: text}
	case parser.Decimal:
		return shardkey.Value{Kind: shardkey.Decimal, Bytes: text}
	case parser.Float:
		return shardkey.Value{Kind: shardkey.Float, Bytes: text}
	case parser.String:
		if a.Opaque {
			return shardkey.Value{}
		}
		return shardkey.Value{Kind: shardkey.String, Charset: a.Charset, Bytes: a.unquoted(lit, text)}
	case parser.NString:
		if a.Opaque || a.Charset != shardkey.UTF8 {
			return shardkey.Value{} // it is converted to utf8mb3 first
		}
		return shardkey.Value{Kind: shardkey.String, Bytes: a.unquoted(lit, text[1:])}
	case parser.BinaryString, parser.Hex:
		return shardkey.Value{Kind: shardkey.Binary, Bytes: a.unquoted(lit, nil)}
	case parser.Param:
		return a.param(int(lit.Param))
	case parser.Bit:
	}
	return shardkey.Value{}
}

// unquoted is the value of a literal. quoted is its text if that begins with a
// quote: without escapes the value is a part of it.
func (a *ShapeArgs) unquoted(lit *parser.Literal, quoted []byte) []byte {
	if n := len(quoted); n >= 2 {
		inner := quoted[1 : n-1]
		if bytes.IndexByte(inner, quoted[0]) < 0 && (a.Mode.NoBackslashEscapes || bytes.IndexByte(inner, '\\') < 0) {
			return inner
		}
	}
	out, err := parser.Unquote(a.SQL, *lit, a.Mode, a.scratch[:0])
	if err != nil {
		panic("plan: the scanner took a literal that has no value: " + err.Error())
	}
	a.scratch = out
	return out
}
