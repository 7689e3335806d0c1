package shardkey

// Kind says how a literal or parameter was written, which decides by what
// rules MySQL compares and stores it.
type Kind uint8

// The kinds of values.
const (
	// Other is anything that is none of the below; it never routes.
	Other Kind = iota
	// Null is NULL.
	Null
	// Int is an integer literal: digits, with an optional sign.
	Int
	// Decimal is a number with a point and without an exponent.
	Decimal
	// Float is a number with an exponent, or a FLOAT or DOUBLE parameter.
	Float
	// String is a quoted literal after unescaping, or a text parameter,
	// without an introducer.
	String
	// Binary is x'…', 0x… or _binary'…', or a BLOB parameter, decoded to
	// the bytes that it stands for.
	Binary
	// Date is DATE'…' or a DATE parameter, as text.
	Date
	// DateTime is TIMESTAMP'…' or a DATETIME parameter, as text.
	DateTime
	// Time is TIME'…' or a TIME parameter, as text.
	Time
)

// Charset is the character set of a String's bytes. It has to be the
// session's character_set_client and its character_set_connection, which are
// the same unless somebody tries hard; where they differ the value is Other.
type Charset uint8

// The character sets of a String.
const (
	// UTF8 stands for utf8mb4, utf8mb3 and ascii.
	UTF8 Charset = iota
	// Latin1 is MySQL's latin1, which is cp1252.
	Latin1
	// ASCIIOnly is any other that has ASCII in the usual place; a value
	// with a byte above 0x7F is not used.
	ASCIIOnly
)

// Value is a literal or parameter as the proxy sees it. Numbers are text with
// the sign included. The bytes are only read.
type Value struct {
	Kind    Kind
	Charset Charset
	Bytes   []byte
}
