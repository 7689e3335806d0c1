package mysql

import (
	"encoding/hex"
	"strconv"
)

// AppendValue appends a value of a binary row (a Cell of DecodeBinaryRow) as a
// SQL literal that MySQL stores and compares as it would the value itself:
//
//   - integers, decimals and years as digits, BIT as an unsigned integer;
//   - FLOAT and DOUBLE in exponent form with all digits that they have;
//   - dates and times as typed literals with the decimals of their column;
//   - text with its character set in front, bytes as a binary string: neither
//     sql_mode nor the session's character sets change what is read back.
//
// The column's charset must be the one that the row's bytes are in; with
// character_set_results NULL it is. An ENUM or SET becomes its text.
func AppendValue(dst []byte, col *Column, v Cell) ([]byte, error) {
	if v.Null {
		return append(dst, "NULL"...), nil
	}
	switch col.Type {
	case TypeNull:
		return append(dst, "NULL"...), nil
	case TypeTiny, TypeShort, TypeYear, TypeLong, TypeInt24, TypeLongLong:
		return binaryToText(dst, col.Type, col.Unsigned(), 0, v.Data)
	case TypeFloat, TypeDouble:
		p := Param{ParamType: ParamType{Type: col.Type}, Value: v.Data}
		return p.floatLiteral(dst)
	case TypeDecimal, TypeNewDecimal:
		if !isDecimal(v.Data) {
			return nil, malformed("decimal")
		}
		return append(dst, v.Data...), nil
	case TypeDate, TypeNewDate, TypeDatetime, TypeTimestamp, TypeTime:
		return appendTemporal(dst, col, v.Data)
	case TypeBit:
		return appendBit(dst, v.Data)
	case TypeJSON:
		return appendText(dst, "utf8mb4", v.Data), nil
	case TypeGeometry, TypeVector:
		return appendHex(dst, "binary", v.Data), nil
	case TypeVarchar, TypeVarString, TypeString, TypeEnum, TypeSet, TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob:
	}
	charset := CharsetOf(col.Charset)
	if charset == "" {
		return nil, NewError(ErNotSupportedYet, "a value of column %s has the collation %d, which is not known here", col.Name, col.Charset)
	}
	return appendText(dst, charset, v.Data), nil
}

// appendText writes text with an introducer: between quotes if every way of
// reading SQL reads it alike, else as hexadecimal.
func appendText(dst []byte, charset string, text []byte) []byte {
	if charset == "binary" || wideCharset(charset) || !plainASCII(text) {
		return appendHex(dst, charset, text)
	}
	dst = append(append(dst, '_'), charset...)
	dst = append(dst, '\'')
	return append(append(dst, text...), '\'')
}

func plainASCII(text []byte) bool {
	for _, b := range text {
		if b < 0x20 || b > 0x7e || b == '\'' || b == '\\' {
			return false
		}
	}
	return true
}

// appendTemporal writes DATE'…', TIME'…' or TIMESTAMP'…', and plain strings
// for dates with a zero in them.
func appendTemporal(dst []byte, col *Column, v []byte) ([]byte, error) {
	var b [48]byte
	text, err := binaryToText(b[:0], col.Type, false, col.Decimals, v)
	if err != nil {
		return nil, err
	}
	switch {
	case col.Type == TypeTime:
		dst = append(dst, "TIME"...)
	case len(v) < 4 || v[0] == 0 && v[1] == 0 || v[2] == 0 || v[3] == 0:
	case col.Type == TypeDate || col.Type == TypeNewDate:
		dst = append(dst, "DATE"...)
	default:
		dst = append(dst, "TIMESTAMP"...)
	}
	return append(append(append(dst, '\''), text...), '\''), nil
}

func appendBit(dst, v []byte) ([]byte, error) {
	n := uint64(0)
	if len(v) > 8 {
		return nil, malformed("bit value " + hex.EncodeToString(v))
	}
	for _, b := range v {
		n = n<<8 | uint64(b)
	}
	return strconv.AppendUint(dst, n, 10), nil
}
