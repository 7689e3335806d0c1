package flow

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// appendLiteral appends a value as the binary log has it, as SQL. The session
// has the character set binary, so that text carries its column's own: then
// a comparison with the column uses the column's collation, and its index.
func (c *shapeColumn) appendLiteral(dst []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(dst, "NULL"...), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil
	case float64:
		return strconv.AppendFloat(dst, v, 'e', -1, 64), nil
	case string:
		return appendText(dst, c, v), nil
	case []byte:
		return appendText(dst, c, v), nil
	}
	return dst, fmt.Errorf("column %s has a value of type %T", c.name, value)
}

// appendText appends a value that is text, as MySQL prints it or the binary log
// has it.
func appendText[T string | []byte](dst []byte, c *shapeColumn, v T) []byte {
	switch c.form {
	case formNumber, formFloat, formBits:
		return append(dst, v...)
	case formText:
		dst = append(append(dst, '_'), c.charset...)
	case formJSON:
		dst = append(dst, "_utf8mb4"...)
	case formBinary:
		dst = append(dst, "_binary"...)
	case formQuoted:
	}
	dst = append(dst, '\'')
	begin := 0
	for i := range len(v) {
		switch v[i] {
		case '\'', '\\':
			dst = append(append(append(dst, v[begin:i]...), '\\'), v[i])
			begin = i + 1
		}
	}
	return append(append(dst, v[begin:]...), '\'')
}

// read is the expression that a query selects to read the column exactly.
func (c *shapeColumn) read() string {
	switch c.form {
	case formFloat:
		return "CAST(" + quote(c.name) + " AS DOUBLE)"
	case formBits:
		return "CAST(" + quote(c.name) + " AS UNSIGNED)"
	case formQuoted, formNumber, formText, formBinary, formJSON:
	}
	return quote(c.name)
}

// ascii is appendText in ASCII alone, for what is stored.
func (c *shapeColumn) ascii(v []byte) string {
	switch c.form {
	case formText:
		return "_" + c.charset + " x'" + hex.EncodeToString(v) + "'"
	case formBinary:
		return "_binary x'" + hex.EncodeToString(v) + "'"
	case formQuoted, formNumber, formFloat, formBits, formJSON:
	}
	return string(appendText(nil, c, v))
}

// appendKey is appendLiteral for identities: equal values are written alike,
// wherever they come from.
func (c *shapeColumn) appendKey(dst []byte, value any) ([]byte, error) {
	if text, ok := value.(string); ok {
		return appendText(dst, c, c.normal(text)), nil
	}
	return c.appendLiteral(dst, value)
}

// normal writes a number or a time without zeros at the end of a fraction, and a
// float as appendLiteral does.
func (c *shapeColumn) normal(text string) string {
	switch c.form {
	case formNumber, formQuoted:
		if strings.Contains(text, ".") {
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		}
	case formFloat:
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			return string(strconv.AppendFloat(nil, v, 'e', -1, 64))
		}
	case formBits, formText, formBinary, formJSON:
	}
	return text
}
