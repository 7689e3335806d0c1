package shardkey

import "strings"

// class is what decides a column's canonical form.
type class uint8

const (
	classInt class = iota + 1
	classDecimal
	classDate
	classDateTime
	classTime
	classYear
	classBinary
	classText
)

// form is a column's type, taken apart.
type form struct {
	class    class
	unsigned bool
	// bits is the width of an integer: 8, 16, 24, 32 or 64.
	bits uint8
	// precision and scale are DECIMAL's digits in all and after the point;
	// scale is also the digits of a second's fraction.
	precision, scale uint8
	// length is the most characters of CHAR and VARCHAR, and the most bytes
	// of the others.
	length int64
	// fixed is set for BINARY, which MySQL pads with NUL.
	fixed bool
	// inBytes is set for TEXT, whose length counts bytes.
	inBytes bool
	text    collation
}

// Why a type cannot be part of a shard key.
const (
	reasonTimestamp = "a TIMESTAMP reads differently in each session's time zone; use DATETIME"
	reasonFloat     = "floating-point numbers that print alike need not be equal; use DECIMAL or an integer"
	reasonEnum      = "ENUM and SET values are renumbered by ALTER TABLE, which would move rows; use VARCHAR or an integer"
	reasonBit       = "BIT compares as a number and reads as bytes; use BIGINT UNSIGNED or BINARY"
	reasonJSON      = "equal JSON documents can be written in many ways; use a column of its own for the value to shard by"
	reasonType      = "only integers, DECIMAL, DATE, DATETIME, TIME, YEAR, BINARY, VARBINARY, BLOB, CHAR, VARCHAR and TEXT can be"
	reasonCollation = "its collation is not one whose equality Shardway knows; use utf8mb4_0900_ai_ci, utf8mb4_general_ci, utf8mb4_unicode_ci, utf8mb4_bin, utf8mb4_0900_bin, " +
		"utf8mb3_general_ci, utf8mb3_unicode_ci, utf8mb3_bin, latin1_swedish_ci, latin1_bin, ascii_general_ci or ascii_bin"
)

// form takes the type apart; reason is empty if it can be a key.
func (c *Column) form() (f form, reason string) {
	end := 0
	for end < len(c.Type) && c.Type[end] >= 'a' && c.Type[end] <= 'z' {
		end++
	}
	name := c.Type[:end]
	a, b, rest := arguments(c.Type[end:])
	f.unsigned = strings.HasPrefix(rest, " unsigned") || strings.HasSuffix(rest, " zerofill")
	switch name {
	case "bigint":
		f.class, f.bits = classInt, 64
	case "int":
		f.class, f.bits = classInt, 32
	case "mediumint":
		f.class, f.bits = classInt, 24
	case "smallint":
		f.class, f.bits = classInt, 16
	case "tinyint":
		f.class, f.bits = classInt, 8
	case "decimal":
		if a < 0 {
			a = 10
		}
		f.class, f.precision, f.scale = classDecimal, uint8(min(a, 65)), uint8(min(max(b, 0), 30))
	case "date":
		f.class = classDate
	case "datetime":
		f.class, f.scale = classDateTime, uint8(min(max(a, 0), 6))
	case "time":
		f.class, f.scale = classTime, uint8(min(max(a, 0), 6))
	case "year":
		f.class = classYear
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		f.class, f.length, f.fixed = classBinary, maxLength(name, a), name == "binary"
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext":
		f.class, f.length, f.inBytes = classText, maxLength(name, a), name != "char" && name != "varchar"
		if f.text = collationOf(c.Collation); f.text == (collation{}) {
			return form{}, reasonCollation
		}
	default:
		return form{}, refusal(name)
	}
	return f, ""
}

// refusal is the reason why a type cannot be a key.
func refusal(name string) string {
	switch name {
	case "timestamp":
		return reasonTimestamp
	case "float", "double", "real":
		return reasonFloat
	case "enum", "set":
		return reasonEnum
	case "bit":
		return reasonBit
	case "json":
		return reasonJSON
	}
	return reasonType
}

// arguments reads "(a)" or "(a,b)" off the front of s; -1 stands for none.
func arguments(s string) (a, b int64, rest string) {
	a, b = -1, -1
	if s == "" || s[0] != '(' {
		return a, b, s
	}
	a, s = digits(s[1:])
	if s != "" && s[0] == ',' {
		b, s = digits(s[1:])
	}
	if s != "" && s[0] == ')' {
		s = s[1:]
	}
	return a, b, s
}

// digits reads a number off the front of s; what is too large for any type
// stays too large.
func digits(s string) (int64, string) {
	n := int64(0)
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		n = min(n*10+int64(s[i]-'0'), 1<<32-1)
		i++
	}
	return n, s[i:]
}

func maxLength(name string, declared int64) int64 {
	switch name {
	case "tinyblob", "tinytext":
		return 1<<8 - 1
	case "blob", "text":
		return 1<<16 - 1
	case "mediumblob", "mediumtext":
		return 1<<24 - 1
	case "longblob", "longtext":
		return 1<<32 - 1
	}
	if declared < 0 {
		return 1 // CHAR and BINARY without a length
	}
	return min(declared, 1<<16-1)
}
