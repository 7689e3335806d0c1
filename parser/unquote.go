package parser

import (
	"errors"
	"fmt"
)

// ErrNoValue is matched by Unquote's error for what has no value in the text.
var ErrNoValue = errors.New("the literal has no value in the text")

// Unquote appends the literal's value to dst: the bytes of a string, of a
// hexadecimal or a bit literal, in the client's character set; the text of a
// number as it was written.
func Unquote(sql []byte, lit Literal, mode Mode, dst []byte) ([]byte, error) {
	if lit.Start < 0 || lit.End > len(sql) || lit.Start >= lit.End {
		return dst, fmt.Errorf("%w: bounds %d to %d", ErrNoValue, lit.Start, lit.End)
	}
	text := sql[lit.Start:lit.End]
	switch lit.Kind {
	case Int, Decimal, Float:
		return append(dst, text...), nil
	case String, NString, BinaryString:
		for len(text) > 0 && text[0] != '\'' && text[0] != '"' {
			text = text[1:] // N or _binary
		}
		if len(text) < 2 {
			return dst, fmt.Errorf("%w: no quotes", ErrNoValue)
		}
		return unescape(text, !mode.NoBackslashEscapes, dst), nil
	case Hex:
		return unpack(text, 4, dst), nil
	case Bit:
		return unpack(text, 1, dst), nil
	default:
		return dst, fmt.Errorf("%w: it is a %s", ErrNoValue, lit.Kind)
	}
}

// unescape appends what stands in a text's quotes. The escapes are those of
// https://dev.mysql.com/doc/refman/9.7/en/string-literals.html.
func unescape(text []byte, escapes bool, dst []byte) []byte {
	quote := text[0]
	text = text[1 : len(text)-1]
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote:
			i++ // doubled
		case c == '\\' && escapes && i+1 < len(text):
			i++
			switch c = text[i]; c {
			case '0':
				c = 0
			case 'b':
				c = '\b'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'Z':
				c = 0x1A
			case '%', '_':
				dst = append(dst, '\\') // LIKE reads these
			}
		}
		dst = append(dst, c)
	}
	return dst
}

// unpack appends the bytes of 0x1F, x'1F', 0b01 or b'01', whose digits have a
// number of bits each. The first byte is filled up with zeros.
func unpack(text []byte, bits int, dst []byte) []byte {
	digits := text[2:]
	if text[1] == '\'' {
		digits = digits[:len(digits)-1]
	}
	missing := (8 - len(digits)*bits%8) % 8
	value, have := 0, missing
	for _, c := range digits {
		digit := int(c - '0')
		if c > '9' {
			digit = int(c|0x20-'a') + 10
		}
		value, have = value<<bits|digit, have+bits
		if have == 8 {
			dst = append(dst, byte(value))
			value, have = 0, 0
		}
	}
	return dst
}
