package mysql

import (
	"encoding/binary"
	"math"
	"strconv"
)

// BinaryToText appends the text form of a binary value (a Cell of
// DecodeBinaryRow) as the text protocol would print it.
func BinaryToText(dst []byte, col *Column, v []byte) ([]byte, error) {
	start := len(dst)
	dst, err := binaryToText(dst, col.Type, col.Unsigned(), col.Decimals, v)
	if err == nil && col.Flags&FlagZerofill != 0 {
		for n := len(dst) - start; n < int(min(col.Length, zerofillMax)); n++ {
			dst = append(dst, 0)
			copy(dst[start+1:], dst[start:])
			dst[start] = '0'
		}
	}
	return dst, err
}

// zerofillMax is the largest display width of a column.
const zerofillMax = 255

func binaryToText(dst []byte, t FieldType, unsigned bool, decimals byte, v []byte) ([]byte, error) {
	le := binary.LittleEndian
	switch t {
	case TypeTiny, TypeShort, TypeYear, TypeLong, TypeInt24, TypeLongLong:
		n, ok := intValue(t, unsigned, v)
		if !ok {
			return nil, malformed("binary integer")
		}
		if t == TypeYear {
			return appendPadded(dst, n, 4), nil
		}
		if unsigned {
			return strconv.AppendUint(dst, n, 10), nil
		}
		return strconv.AppendInt(dst, int64(n), 10), nil
	case TypeFloat:
		if len(v) != 4 {
			return nil, malformed("binary float")
		}
		return appendFloat(dst, float64(math.Float32frombits(le.Uint32(v))), 32, decimals), nil
	case TypeDouble:
		if len(v) != 8 {
			return nil, malformed("binary double")
		}
		return appendFloat(dst, math.Float64frombits(le.Uint64(v)), 64, decimals), nil
	case TypeDate, TypeNewDate, TypeDatetime, TypeTimestamp:
		return appendDatetime(dst, t == TypeDate || t == TypeNewDate, decimals, v)
	case TypeTime:
		return appendTime(dst, decimals, v)
	case TypeNull, TypeDecimal, TypeNewDecimal, TypeVarchar, TypeVarString, TypeString, TypeBit, TypeJSON,
		TypeEnum, TypeSet, TypeTinyBlob, TypeMediumBlob, TypeLongBlob, TypeBlob, TypeGeometry, TypeVector:
	}
	return append(dst, v...), nil
}

// intValue widens a binary integer; a signed one is sign-extended.
func intValue(t FieldType, unsigned bool, v []byte) (uint64, bool) {
	le := binary.LittleEndian
	switch {
	case t == TypeTiny && len(v) == 1:
		if unsigned {
			return uint64(v[0]), true
		}
		return uint64(int64(int8(v[0]))), true
	case (t == TypeShort || t == TypeYear) && len(v) == 2:
		if unsigned || t == TypeYear {
			return uint64(le.Uint16(v)), true
		}
		return uint64(int64(int16(le.Uint16(v)))), true
	case (t == TypeLong || t == TypeInt24) && len(v) == 4:
		if unsigned {
			return uint64(le.Uint32(v)), true
		}
		return uint64(int64(int32(le.Uint32(v)))), true
	case t == TypeLongLong && len(v) == 8:
		return le.Uint64(v), true
	}
	return 0, false
}

func appendPadded(dst []byte, n uint64, width int) []byte {
	for p, w := uint64(1), 1; w < width; w++ {
		if p *= 10; n < p {
			for ; w < width; w++ {
				dst = append(dst, '0')
			}
			break
		}
	}
	return strconv.AppendUint(dst, n, 10)
}

// notFixed is the number of decimals of a float column without a fixed scale.
const notFixed = 31

// appendFloat prints a float as MySQL does: the shortest text that gives the
// same number, with an exponent below 1e-15 and from 1e15 on, or at the scale
// of the column. A FLOAT is printed with six digits.
func appendFloat(dst []byte, f float64, bits int, decimals byte) []byte {
	if decimals < notFixed {
		return strconv.AppendFloat(dst, f, 'f', int(decimals), bits)
	}
	precision := -1
	if bits == 32 {
		precision = 6
	}
	var b [64]byte
	text := strconv.AppendFloat(b[:0], f, 'e', precisionOf(precision), bits)
	return appendPlain(dst, text)
}

// precisionOf turns significant digits into the digits behind the point that
// strconv wants for the exponent form.
func precisionOf(significant int) int {
	if significant < 0 {
		return -1
	}
	return significant - 1
}

// appendPlain rewrites "d.ddde±xx" into MySQL's form.
func appendPlain(dst, text []byte) []byte {
	e := len(text) - 1
	for e > 0 && text[e] != 'e' {
		e--
	}
	if e == 0 {
		return append(dst, text...) // NaN and infinities, which MySQL has not
	}
	exp, err := strconv.Atoi(string(text[e+1:]))
	if err != nil {
		return append(dst, text...)
	}
	var digits [64]byte
	d := digits[:0]
	for _, b := range text[:e] {
		switch b {
		case '-':
			dst = append(dst, '-')
		case '.':
		default:
			d = append(d, b)
		}
	}
	for len(d) > 1 && d[len(d)-1] == '0' {
		d = d[:len(d)-1]
	}
	return appendDigits(dst, d, exp)
}

// appendDigits prints d[0].d[1…] times ten to the exp.
func appendDigits(dst, d []byte, exp int) []byte {
	switch {
	case exp < -15 || exp >= 15 && !(len(d) == 1 && d[0] == '0'):
		dst = append(dst, d[0])
		if len(d) > 1 {
			dst = append(append(dst, '.'), d[1:]...)
		}
		return strconv.AppendInt(append(dst, 'e'), int64(exp), 10)
	case exp < 0:
		dst = append(dst, '0', '.')
		for range -exp - 1 {
			dst = append(dst, '0')
		}
		return append(dst, d...)
	case len(d) <= exp+1:
		dst = append(dst, d...)
		for range exp + 1 - len(d) {
			dst = append(dst, '0')
		}
		return dst
	}
	dst = append(dst, d[:exp+1]...)
	return append(append(dst, '.'), d[exp+1:]...)
}
