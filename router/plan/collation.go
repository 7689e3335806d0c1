package plan

import "strings"

// padWeight is the weight of a space under a collation that pads with spaces,
// nil for one that does not; known is false where a weight of another length
// could be mistaken for spaces.
func padWeight(collation string) (pad []byte, known bool) {
	charset, rest, _ := strings.Cut(collation, "_")
	bin := rest == "bin"
	switch charset {
	case "binary":
		return nil, true
	case "utf8mb4", "utf8mb3", "utf8", "ucs2", "utf16", "utf16le", "utf32":
		return padUnicode(charset, rest)
	case "gb18030":
		if rest == "unicode_520_ci" {
			return []byte{0x02, 0x0A}, true
		}
		return []byte{0x20}, bin
	case "big5", "gbk", "gb2312", "sjis", "cp932", "ujis", "eucjpms", "euckr", "tis620":
		return []byte{0x20}, bin
	case "latin7":
		switch rest {
		case "estonian_cs":
			return []byte{0x2C}, true
		case "general_ci", "general_cs":
			return []byte{0x30}, true
		}
	}
	return []byte{0x20}, !strings.HasSuffix(rest, "czech_cs")
}

func padUnicode(charset, rest string) (pad []byte, known bool) {
	switch {
	case strings.Contains(rest, "0900"):
		return nil, true
	case rest == "bin" && charset != "utf8mb3" && charset != "utf8" && charset != "ucs2":
		return []byte{0x00, 0x00, 0x20}, true
	case rest == "bin", strings.HasPrefix(rest, "general"), rest == "tolower_ci":
		return []byte{0x00, 0x20}, true
	case rest == "unicode_520_ci":
		return []byte{0x02, 0x0A}, true
	default:
		return []byte{0x02, 0x09}, true
	}
}
