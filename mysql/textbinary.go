package mysql

import (
	"encoding/binary"
	"math"
	"strconv"
)

// TextToBinary appends a text value as a binary row carries it, its length
// included, converted by the column's type. It is exact for every value that
// the text protocol prints for such a column.
func TextToBinary(dst []byte, col *Column, text []byte) ([]byte, error) {
	switch col.Type {
	case TypeTiny, TypeShort, TypeYear, TypeLong, TypeInt24, TypeLongLong:
		return textToInt(dst, col, text)
	case TypeFloat:
		f, err := strconv.ParseFloat(string(text), 32)
		if err != nil {
			return nil, malformed("float in a text row")
		}
		return appendUint32(dst, math.Float32bits(float32(f))), nil
	case TypeDouble:
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return nil, malformed("double in a text row")
		}
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f)), nil
	case TypeDate, TypeNewDate, TypeDatetime, TypeTimestamp:
		return textToDatetime(dst, text)
	case TypeTime:
		return textToTime(dst, text)
	case TypeNull:
		return dst, nil
	case TypeDecimal, TypeNewDecimal, TypeVarchar, TypeVarString, TypeString, TypeBit, TypeJSON, TypeEnum,
		TypeSet, TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob, TypeGeometry, TypeVector:
	}
	return AppendString(dst, text), nil
}

func textToInt(dst []byte, col *Column, text []byte) ([]byte, error) {
	var n uint64
	var err error
	if len(text) > 0 && text[0] == '-' {
		var signed int64
		signed, err = strconv.ParseInt(string(text), 10, 64)
		n = uint64(signed)
	} else {
		n, err = strconv.ParseUint(string(text), 10, 64)
	}
	if err != nil {
		return nil, malformed("integer in a text row")
	}
	switch width := intWidth(col.Type); width {
	case 1:
		return append(dst, byte(n)), nil
	case 2:
		return appendUint16(dst, uint16(n)), nil
	case 4:
		return appendUint32(dst, uint32(n)), nil
	}
	return binary.LittleEndian.AppendUint64(dst, n), nil
}

// intWidth is the bytes of a binary integer.
func intWidth(t FieldType) int {
	if t == TypeTiny {
		return 1
	}
	if t == TypeShort || t == TypeYear {
		return 2
	}
	if t == TypeLong || t == TypeInt24 {
		return 4
	}
	return 8
}

func textToDatetime(dst, text []byte) ([]byte, error) {
	f, ok := dateFields(text)
	if !ok {
		return nil, malformed("date in a text row")
	}
	n := 0
	switch {
	case f[6] != 0:
		n = 11
	case f[3]|f[4]|f[5] != 0:
		n = 7
	case f[0]|f[1]|f[2] != 0:
		n = 4
	}
	dst = append(dst, byte(n))
	if n >= 4 {
		dst = append(appendUint16(dst, uint16(f[0])), byte(f[1]), byte(f[2]))
	}
	if n >= 7 {
		dst = append(dst, byte(f[3]), byte(f[4]), byte(f[5]))
	}
	if n == 11 {
		dst = appendUint32(dst, uint32(f[6]))
	}
	return dst, nil
}

func textToTime(dst, text []byte) ([]byte, error) {
	var negative byte
	if len(text) > 0 && text[0] == '-' {
		negative, text = 1, text[1:]
	}
	var f [3]uint64
	var ok bool
	for i := range f {
		if f[i], text, ok = digits(text); !ok {
			return nil, malformed("time in a text row")
		}
		if i < 2 {
			if len(text) == 0 || text[0] != ':' {
				return nil, malformed("time in a text row")
			}
			text = text[1:]
		}
	}
	var micros uint64
	if len(text) > 0 && text[0] == '.' {
		micros, ok = fraction(text[1:])
	} else {
		ok = len(text) == 0
	}
	if !ok {
		return nil, malformed("time in a text row")
	}
	if f[0]|f[1]|f[2]|micros == 0 {
		return append(dst, 0), nil
	}
	n := byte(8)
	if micros != 0 {
		n = 12
	}
	dst = appendUint32(append(dst, n, negative), uint32(f[0]/24))
	dst = append(dst, byte(f[0]%24), byte(f[1]), byte(f[2]))
	if n == 12 {
		dst = appendUint32(dst, uint32(micros))
	}
	return dst, nil
}
