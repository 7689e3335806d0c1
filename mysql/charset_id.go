package mysql

// CharsetOf names the character set of a collation's id, as a column
// definition has it; empty if it is not known. The ids are MySQL's own and
// have not changed since they were given.
func CharsetOf(collation uint16) string {
	switch {
	case collation == CollationBinary:
		return "binary"
	case collation == 45, collation == 46, within(collation, 224, 247), within(collation, 255, 323):
		return "utf8mb4"
	case collation == 33, collation == 76, collation == 83, within(collation, 192, 215), collation == 223:
		return "utf8mb3"
	case collation == 35, collation == 90, within(collation, 128, 151), collation == 159:
		return "ucs2"
	case collation == 54, collation == 55, within(collation, 101, 124):
		return "utf16"
	case collation == 56, collation == 62:
		return "utf16le"
	case collation == 60, collation == 61, within(collation, 160, 183):
		return "utf32"
	case within(collation, 248, 250):
		return "gb18030"
	default:
		return smallCharset(collation)
	}
}

func within(id, from, to uint16) bool { return id >= from && id <= to }

// smallCharset knows the character sets that have few collations.
func smallCharset(collation uint16) string {
	switch collation {
	case 5, 8, 15, 31, 47, 48, 49, 94:
		return "latin1"
	case 11, 65:
		return "ascii"
	case 2, 9, 21, 27, 77:
		return "latin2"
	case 30, 78:
		return "latin5"
	case 20, 41, 42, 79:
		return "latin7"
	case 26, 34, 44, 66, 99:
		return "cp1250"
	case 14, 23, 50, 51, 52:
		return "cp1251"
	case 57, 67:
		return "cp1256"
	case 29, 58, 59:
		return "cp1257"
	case 7, 74:
		return "koi8r"
	case 22, 75:
		return "koi8u"
	case 25, 70:
		return "greek"
	case 16, 71:
		return "hebrew"
	default:
		return rareCharset(collation)
	}
}

// rareCharset knows those of East Asia and of old machines.
func rareCharset(collation uint16) string {
	names := [...]struct {
		name   string
		one, z uint16
	}{
		{"big5", 1, 84},
		{"sjis", 13, 88},
		{"cp932", 95, 96},
		{"ujis", 12, 91},
		{"eucjpms", 97, 98},
		{"euckr", 19, 85},
		{"gb2312", 24, 86},
		{"gbk", 28, 87},
		{"tis620", 18, 89},
		{"armscii8", 32, 64},
		{"geostd8", 92, 93},
		{"cp850", 4, 80},
		{"cp852", 40, 81},
		{"cp866", 36, 68},
		{"dec8", 3, 69},
		{"hp8", 6, 72},
		{"keybcs2", 37, 73},
		{"macce", 38, 43},
		{"macroman", 39, 53},
		{"swe7", 10, 82},
	}
	for _, n := range names {
		if collation == n.one || collation == n.z {
			return n.name
		}
	}
	return ""
}

// wideCharset reports whether ASCII does not stand for itself in the charset.
func wideCharset(name string) bool {
	switch name {
	case "ucs2", "utf16", "utf16le", "utf32", "swe7":
		return true
	default:
		return false
	}
}
