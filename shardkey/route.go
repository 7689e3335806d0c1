package shardkey

// Route appends the canonical bytes of `key = value`, column by column. ok
// says that every row for which MySQL finds the comparison true has exactly
// their token; without it the comparison tells nothing about where rows are.
// An element of an IN list counts as such a comparison if all its elements are
// of one Kind (`bigkey IN ('9007199254740993', 1)` compares as DOUBLE and finds
// 9007199254740992 too); so does a row constructor's column.
//
// It stands for the comparison with the plain column: not with COLLATE,
// BINARY or a function on either side.
func (k Key) Route(dst []byte, vals []Value) (canon []byte, ok bool) {
	if len(k) == 0 || len(vals) != len(k) {
		return dst, false
	}
	begin := len(dst)
	for i := range k {
		f, reason := k[i].form()
		if reason != "" {
			return dst[:begin], false
		}
		start := len(dst)
		if dst, ok = f.route(dst, vals[i]); !ok {
			return dst[:begin], false
		}
		if len(k) > 1 {
			dst = prefixLength(dst, start)
		}
	}
	return dst, true
}

// route appends the canonical bytes of the one value that a column can hold
// and that equals v.
func (f *form) route(dst []byte, v Value) ([]byte, bool) {
	switch f.class {
	case classInt:
		return f.routeInt(dst, v)
	case classDecimal:
		return f.routeDecimal(dst, v)
	case classDate, classDateTime, classTime, classYear:
		return f.temporal(dst, v)
	case classBinary:
		return f.routeBinary(dst, v)
	case classText:
		return f.routeText(dst, v)
	}
	return dst, false
}

// routeInt compares as integers; a DOUBLE is compared as such. A string alone
// is converted to an integer first.
func (f *form) routeInt(dst []byte, v Value) ([]byte, bool) {
	switch v.Kind {
	case Int, Decimal:
		n, ok := parseNumber(v.Bytes)
		if !ok || !n.partIsZero(0) {
			return dst, false
		}
		m, ok := n.magnitude()
		if !ok {
			return dst, false
		}
		return f.appendInt(dst, n.negative, m)
	case String:
		n, ok := parseNumber(v.Bytes)
		if !ok || n.part != nil {
			return dst, false
		}
		m, ok := n.magnitude()
		if !ok {
			return dst, false
		}
		return f.appendInt(dst, n.negative, m)
	case Float:
		negative, m, ok := parseFloat(v.Bytes)
		if !ok {
			return dst, false
		}
		return f.appendInt(dst, negative, m)
	default:
		return dst, false
	}
}

// doubleDigits is how many decimal digits a DOUBLE keeps apart.
const doubleDigits = 15

// routeDecimal compares exactly with exact numbers and as DOUBLE with the
// rest, which is exact as long as both sides are short enough.
func (f *form) routeDecimal(dst []byte, v Value) ([]byte, bool) {
	switch v.Kind {
	case Int, Decimal, String:
		n, ok := parseNumber(v.Bytes)
		if !ok || !n.partIsZero(int(f.scale)) {
			return dst, false
		}
		if v.Kind == String && (f.precision > doubleDigits || len(n.whole)+len(n.part) > doubleDigits) {
			return dst, false
		}
		return f.appendDecimal(dst, n)
	case Float:
		negative, m, ok := parseFloat(v.Bytes)
		if !ok || f.precision > doubleDigits {
			return dst, false
		}
		return f.appendWhole(dst, negative, m)
	default:
		return dst, false
	}
}

// routeBinary compares bytes. A shorter value never equals a BINARY column,
// but an index lookup pads it, so its token is that of the padded value.
func (f *form) routeBinary(dst []byte, v Value) ([]byte, bool) {
	b, ok := v.rawBytes()
	if !ok || int64(len(b)) > f.length {
		return dst, false
	}
	return f.appendBinary(dst, b), true
}

// routeText compares under the column's collation. A number is refused: it
// equals '5', '05', '5.0' and more, all with tokens of their own.
func (f *form) routeText(dst []byte, v Value) ([]byte, bool) {
	if v.Kind == Binary {
		v = f.text.decoded(v)
	}
	if v.Kind != String {
		return dst, false
	}
	return f.text.fold(dst, v)
}
