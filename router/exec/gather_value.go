package exec

import (
	"bytes"
	"encoding/hex"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// appendGathered writes a value, as a shard has sent it, as the literal that
// stores the same in a column of the same type. The connection speaks utf8mb4.
func appendGathered(dst []byte, c *plan.GatherColumn, v []byte) []byte {
	switch c.Encoding {
	case plan.EncodingNumber, plan.EncodingOrdinal:
		return append(dst, v...)
	case plan.EncodingReal:
		dst = append(dst, v...)
		if bytes.IndexByte(v, 'e') < 0 {
			dst = append(dst, "e0"...) // a double, not a decimal
		}
		return dst
	case plan.EncodingInstant:
		if zeroInstant(v) {
			return append(dst, "'0000-00-00 00:00:00'"...)
		}
		dst = append(append(dst, "FROM_UNIXTIME("...), v...)
		return append(dst, ')')
	case plan.EncodingTime:
		return append(append(append(dst, '\''), v...), '\'')
	case plan.EncodingJSON:
		return mysql.AppendQuoted(dst, v, mysql.LiteralMode{})
	case plan.EncodingText:
		return appendGatheredText(dst, c.Charset, v)
	case plan.EncodingBytes:
	}
	if len(v) == 0 {
		return append(dst, "''"...)
	}
	dst = append(dst, "X'"...)
	dst = hex.AppendEncode(dst, v)
	return append(dst, '\'')
}

// zeroInstant reports whether a TIMESTAMP is the zero one, which no number of
// seconds stands for.
func zeroInstant(v []byte) bool {
	for _, b := range v {
		if b != '0' && b != '.' {
			return false
		}
	}
	return true
}

// appendGatheredText writes the bytes of a text in a character set.
func appendGatheredText(dst []byte, charset string, v []byte) []byte {
	switch {
	case len(v) == 0:
		return append(dst, "''"...)
	case charset == "utf8mb4" || charset == "utf8mb3" || charset == "utf8" || asciiBased(charset) && plainASCII(v):
		return mysql.AppendQuoted(dst, v, mysql.LiteralMode{})
	}
	dst = append(append(append(dst, '_'), charset...), " X'"...)
	dst = hex.AppendEncode(dst, v)
	return append(dst, '\'')
}

// asciiBased reports whether bytes below 0x80 mean the same as in ASCII.
func asciiBased(charset string) bool {
	switch charset {
	case "ucs2", "utf16", "utf16le", "utf32", "swe7":
		return false
	default:
		return true
	}
}

// plainASCII reports whether a text has printable ASCII alone, and nothing that
// is a character's second byte somewhere.
func plainASCII(v []byte) bool {
	for _, b := range v {
		if b < 0x20 || b >= 0x7f || b == '\\' || b == '~' {
			return false
		}
	}
	return true
}
