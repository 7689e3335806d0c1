package mysql

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"
)

// LiteralMode is what the writing of a literal depends on in the session that
// will read it.
type LiteralMode struct {
	// NoBackslashEscapes: sql_mode has NO_BACKSLASH_ESCAPES.
	NoBackslashEscapes bool
	// Charset is character_set_client, "utf8mb4" if empty.
	Charset string
}

// trailBackslash reports whether 0x5c can be the second byte of a character.
func (m LiteralMode) trailBackslash() bool {
	switch m.Charset {
	case "big5", "cp932", "gbk", "gb18030", "sjis":
		return true
	}
	return false
}

// valid reports whether v is certainly text of the session's charset.
func (m LiteralMode) valid(v []byte) bool {
	switch m.Charset {
	case "", "utf8mb4":
		return utf8.Valid(v)
	case "latin1":
		return true
	}
	for _, b := range v {
		if b >= 0x80 {
			return false
		}
	}
	return true
}

// Literal appends the parameter as a SQL literal of the same value and type
// class: integers as integers, floats in exponent form (so that MySQL does not
// take them for decimals), temporals as typed literals with the six decimals
// that a parameter has, text and blobs as strings in the session's charset,
// bytes that are no text as binary strings.
func (p *Param) Literal(dst []byte, m LiteralMode) ([]byte, error) {
	if p.Null {
		return append(dst, "NULL"...), nil
	}
	switch p.Type {
	case TypeTiny, TypeShort, TypeYear, TypeLong, TypeInt24, TypeLongLong:
		n, ok := intValue(p.Type, p.Unsigned, p.Value)
		if !ok {
			return nil, malformed("parameter")
		}
		if p.Unsigned {
			return strconv.AppendUint(dst, n, 10), nil
		}
		return strconv.AppendInt(dst, int64(n), 10), nil
	case TypeFloat, TypeDouble:
		return p.floatLiteral(dst)
	case TypeDate, TypeNewDate, TypeDatetime, TypeTimestamp, TypeTime:
		return p.temporalLiteral(dst)
	case TypeDecimal, TypeNewDecimal:
		if isDecimal(p.Value) {
			return append(dst, p.Value...), nil
		}
	case TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob:
		// MySQL takes a blob where a string is due for text of the session.
		if !m.valid(p.Value) {
			return appendHex(dst, "binary", p.Value), nil
		}
	case TypeBit, TypeGeometry, TypeVector:
		return appendHex(dst, "binary", p.Value), nil
	case TypeNull:
		return append(dst, "NULL"...), nil
	case TypeVarchar, TypeVarString, TypeString, TypeJSON, TypeEnum, TypeSet:
	}
	return AppendQuoted(dst, p.Value, m), nil
}

// AppendQuoted appends text as a string literal that reads back byte for byte,
// whatever the charset and sql_mode of the session are.
func AppendQuoted(dst, text []byte, m LiteralMode) []byte {
	if m.trailBackslash() {
		for _, b := range text {
			if b == '\\' {
				return appendHex(dst, m.Charset, text)
			}
		}
	}
	dst = append(dst, '\'')
	for _, b := range text {
		switch {
		case b == '\'':
			dst = append(dst, '\'', '\'')
		case b == '\\' && !m.NoBackslashEscapes:
			dst = append(dst, '\\', '\\')
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, '\'')
}

func appendHex(dst []byte, charset string, v []byte) []byte {
	dst = append(append(dst, '_'), charset...)
	dst = append(dst, " X'"...)
	dst = hex.AppendEncode(dst, v)
	return append(dst, '\'')
}

func (p *Param) floatLiteral(dst []byte) ([]byte, error) {
	var f float64
	switch {
	case p.Type == TypeFloat && len(p.Value) == 4:
		f = float64(math.Float32frombits(binary.LittleEndian.Uint32(p.Value)))
	case p.Type == TypeDouble && len(p.Value) == 8:
		f = math.Float64frombits(binary.LittleEndian.Uint64(p.Value))
	default:
		return nil, malformed("parameter")
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, NewError(ErWrongArguments, "Incorrect arguments to mysqld_stmt_execute")
	}
	return strconv.AppendFloat(dst, f, 'e', -1, 64), nil
}

// temporalLiteral writes DATE'…', TIME'…' or TIMESTAMP'…'. Dates with a zero in
// them are plain strings: sql_mode may forbid them as typed literals and still
// allow the comparison or assignment that the parameter stands in.
func (p *Param) temporalLiteral(dst []byte) ([]byte, error) {
	var b [48]byte
	text, err := binaryToText(b[:0], p.Type, false, 6, p.Value)
	if err != nil {
		return nil, err
	}
	if p.Type == TypeTime {
		dst = append(dst, "TIME"...)
	} else if len(p.Value) >= 4 && p.Value[2] != 0 && p.Value[3] != 0 {
		if p.Type == TypeDate || p.Type == TypeNewDate {
			dst = append(dst, "DATE"...)
		} else {
			dst = append(dst, "TIMESTAMP"...)
		}
	}
	return append(append(append(dst, '\''), text...), '\''), nil
}

func isDecimal(v []byte) bool {
	seen, point := false, false
	for i, b := range v {
		switch {
		case b >= '0' && b <= '9':
			seen = true
		case b == '.' && !point:
			point = true
		case (b == '-' || b == '+') && i == 0:
		default:
			return false
		}
	}
	return seen
}
