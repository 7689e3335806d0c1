package shardkey

import (
	"strconv"
	"strings"
)

// Stored appends the canonical bytes of values that are known to be in the
// key's columns, as a binary log has them: int64 and uint64 for integers and
// years, text for decimals, dates and times, bytes in the column's own
// character set for what has characters or bytes. ok is false for anything
// else; then where the row lives is not known.
func (k Key) Stored(dst []byte, values []any) (canon []byte, ok bool) {
	if len(k) == 0 || len(values) != len(k) {
		return dst, false
	}
	begin := len(dst)
	for i := range k {
		f, reason := k[i].form()
		if reason != "" {
			return dst[:begin], false
		}
		start := len(dst)
		if dst, ok = f.stored(dst, values[i]); !ok {
			return dst[:begin], false
		}
		if len(k) > 1 {
			dst = prefixLength(dst, start)
		}
	}
	return dst, true
}

// stored appends the canonical bytes of what the column holds.
func (f *form) stored(dst []byte, value any) ([]byte, bool) {
	switch v := value.(type) {
	case int64:
		return f.storedInt(dst, v)
	case uint64:
		if f.class != classInt {
			return dst, false
		}
		return strconv.AppendUint(dst, v, 10), true
	case string:
		return f.storedText(dst, v)
	case []byte:
		switch f.class {
		case classBinary:
			return f.appendBinary(dst, v), true
		case classText:
			return f.text.fold(dst, f.text.decoded(Value{Bytes: v}))
		case classInt, classDecimal, classDate, classDateTime, classTime, classYear:
		}
	}
	return dst, false
}

func (f *form) storedInt(dst []byte, v int64) ([]byte, bool) {
	switch {
	case f.class == classYear && v == 0:
		return append(dst, "0000"...), true
	case f.class == classInt, f.class == classYear:
		return strconv.AppendInt(dst, v, 10), true
	}
	return dst, false
}

// storedText appends a decimal at the column's scale; dates and times are
// printed at their column's precision already, impossible dates included.
func (f *form) storedText(dst []byte, v string) ([]byte, bool) {
	switch f.class {
	case classDecimal:
		n, ok := parseNumber([]byte(v))
		if !ok {
			return dst, false
		}
		return f.appendDecimal(dst, n)
	case classDate:
		return append(dst, v...), true
	case classDateTime, classTime:
		return append(append(dst, v...), f.missingFraction(v)...), true
	case classInt, classYear, classBinary, classText:
	}
	return dst, false
}

// missingFraction is what a time lacks of its column's precision: readers of
// the binary log leave out a fraction that is zero.
func (f *form) missingFraction(v string) string {
	const zeros = ".000000"
	digits := int(f.scale)
	if digits == 0 || strings.Contains(v, ".") {
		return ""
	}
	return zeros[:1+digits]
}
