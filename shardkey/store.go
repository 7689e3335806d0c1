package shardkey

// Outcome says what is known of the value that an INSERT would store.
type Outcome uint8

// The outcomes of Store.
const (
	// Unsure: MySQL may store something, but what is not known here. The
	// caller refuses the statement or asks MySQL for the stored value.
	Unsure Outcome = iota
	// Stored: the canonical bytes are those of the stored value.
	Stored
	// Invalid: MySQL refuses the row in strict mode, on any shard alike.
	// Without a strict sql_mode, or with IGNORE, it is Unsure: MySQL then
	// stores something else.
	Invalid
)

// Store appends the canonical bytes of what MySQL stores when vals are
// inserted into the key's columns. A row's token is that of the stored value,
// not of the literal: '7.6' in an integer column stores 8.
func (k Key) Store(dst []byte, vals []Value) (canon []byte, outcome Outcome) {
	if len(k) == 0 || len(vals) != len(k) {
		return dst, Unsure
	}
	begin, result := len(dst), Stored
	for i := range k {
		f, reason := k[i].form()
		if reason != "" {
			return dst[:begin], Unsure
		}
		start := len(dst)
		dst, outcome = f.store(dst, vals[i])
		switch {
		case outcome == Unsure:
			return dst[:begin], Unsure
		case outcome == Invalid:
			result = Invalid
		case len(k) > 1:
			dst = prefixLength(dst, start)
		}
	}
	if result != Stored {
		return dst[:begin], result
	}
	return dst, Stored
}

// store appends the canonical bytes of what the column holds after v.
func (f *form) store(dst []byte, v Value) ([]byte, Outcome) {
	if v.Kind == Null {
		return dst, Invalid // shard-key columns are NOT NULL
	}
	switch f.class {
	case classInt, classDecimal:
		return f.storeNumber(dst, v)
	case classDate, classDateTime, classTime, classYear:
		if dst, ok := f.temporal(dst, v); ok {
			return dst, Stored
		}
	case classBinary:
		return f.storeBinary(dst, v)
	case classText:
		return f.storeText(dst, v)
	}
	return dst, Unsure
}

// storeNumber rounds half away from zero, as MySQL does for exact numbers and
// for text; it knows DOUBLE only where nothing is to be rounded.
func (f *form) storeNumber(dst []byte, v Value) ([]byte, Outcome) {
	switch v.Kind {
	case Int, Decimal, String:
		n, ok := parseNumber(v.Bytes)
		if !ok {
			return dst, notANumber(v)
		}
		if f.unsigned && n.negative && !n.isZero() {
			return dst, negativeIntoUnsigned(n)
		}
		if dst, ok = f.appendRounded(dst, n); ok {
			return dst, Stored
		}
		return dst, Invalid
	case Float:
		negative, m, ok := parseFloat(v.Bytes)
		if !ok {
			return dst, Unsure
		}
		if dst, ok = f.appendWhole(dst, negative, m); ok {
			return dst, Stored
		}
		return dst, Invalid
	default:
		return dst, Unsure
	}
}

// notANumber tells text that is surely no number from what may begin as one.
func notANumber(v Value) Outcome {
	if v.Kind != String {
		return Unsure
	}
	if len(v.Bytes) == 0 || v.Bytes[0]|0x20 >= 'a' && v.Bytes[0]|0x20 <= 'z' {
		return Invalid
	}
	return Unsure
}

// negativeIntoUnsigned: -1 is refused; what rounds to zero is left to MySQL.
func negativeIntoUnsigned(n number) Outcome {
	if len(n.whole) > 0 {
		return Invalid
	}
	return Unsure
}

// appendRounded appends an exact number as the column stores it.
func (f *form) appendRounded(dst []byte, n number) ([]byte, bool) {
	if f.class == classDecimal {
		return f.appendDecimal(dst, n)
	}
	m, ok := n.magnitude()
	if !ok {
		return dst, false
	}
	if len(n.part) > 0 && n.part[0] >= '5' {
		if m++; m == 0 {
			return dst, false
		}
	}
	return f.appendInt(dst, n.negative, m)
}

// appendWhole appends an integer as the column stores it.
func (f *form) appendWhole(dst []byte, negative bool, magnitude uint64) ([]byte, bool) {
	if f.class == classInt {
		return f.appendInt(dst, negative, magnitude)
	}
	if magnitude == 0 {
		return f.appendDecimal(dst, number{})
	}
	var room [20]byte
	digits := len(room)
	for ; magnitude > 0; magnitude /= 10 {
		digits--
		room[digits] = '0' + byte(magnitude%10)
	}
	return f.appendDecimal(dst, number{negative: negative, whole: room[digits:]})
}

// storeBinary stores the bytes; BINARY is padded with NUL.
func (f *form) storeBinary(dst []byte, v Value) ([]byte, Outcome) {
	b, ok := v.rawBytes()
	if !ok {
		return dst, Unsure
	}
	if int64(len(b)) > f.length {
		return dst, Invalid
	}
	return f.appendBinary(dst, b), Stored
}
