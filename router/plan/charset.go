package plan

import "strings"

// defaultCollation is what MySQL 8.0 and later take for a character set. For
// one that is not listed it is the general rule's name.
func defaultCollation(charset string) string {
	charset = strings.ToLower(charset)
	switch charset {
	case "utf8mb4":
		return "utf8mb4_0900_ai_ci"
	case "utf8":
		return "utf8mb3_general_ci"
	case "binary":
		return "binary"
	case "latin1", "dec8", "swe7":
		return charset + "_swedish_ci"
	case "big5", "gb2312", "gbk", "gb18030":
		return charset + "_chinese_ci"
	case "cp932", "eucjpms", "sjis", "ujis":
		return charset + "_japanese_ci"
	case "euckr":
		return "euckr_korean_ci"
	case "hp8":
		return "hp8_english_ci"
	case "latin5":
		return "latin5_turkish_ci"
	case "tis620":
		return "tis620_thai_ci"
	default:
		return charset + "_general_ci"
	}
}

// collationName is a collation as information_schema names it: utf8 is utf8mb3.
func collationName(name string) string {
	name = strings.ToLower(name)
	if rest, ok := strings.CutPrefix(name, "utf8_"); ok {
		return "utf8mb3_" + rest
	}
	return name
}

// charsetOf is the character set that a collation belongs to.
func charsetOf(collation string) string {
	charset, _, _ := strings.Cut(collation, "_")
	return charset
}

// charsetBytes is the most bytes that a character takes.
func charsetBytes(charset string) int {
	switch charset {
	case "utf8mb4", "utf16", "utf16le", "utf32", "gb18030":
		return 4
	case "utf8mb3", "utf8", "ujis", "eucjpms":
		return 3
	case "big5", "gb2312", "gbk", "sjis", "cp932", "euckr", "ucs2":
		return 2
	default:
		return 1
	}
}
