package shardkey

// charset is a column's character set.
type charset uint8

const (
	charsetUTF8MB4 charset = iota + 1
	charsetUTF8MB3
	charsetLatin1
	charsetASCII
)

// folding says how text becomes canonical bytes.
type folding uint8

const (
	foldNone    folding = iota + 1 // the bytes as stored
	foldUCA900                     // primary weights of UCA 9.0.0
	foldUnicode                    // primary weights of UCA 4.0.0
	foldGeneral                    // a weight for each character
	foldSwedish                    // a weight for each latin1 byte
	foldASCII                      // upper case
)

// collation is what two equal texts have in common.
type collation struct {
	charset charset
	folding folding
}

// collationOf returns the zero collation for one that is not known.
func collationOf(name string) collation {
	switch name {
	case "utf8mb4_0900_ai_ci":
		return collation{charsetUTF8MB4, foldUCA900}
	case "utf8mb4_general_ci":
		return collation{charsetUTF8MB4, foldGeneral}
	case "utf8mb4_unicode_ci":
		return collation{charsetUTF8MB4, foldUnicode}
	case "utf8mb4_bin", "utf8mb4_0900_bin":
		return collation{charsetUTF8MB4, foldNone}
	case "utf8mb3_general_ci":
		return collation{charsetUTF8MB3, foldGeneral}
	case "utf8mb3_unicode_ci":
		return collation{charsetUTF8MB3, foldUnicode}
	case "utf8mb3_bin":
		return collation{charsetUTF8MB3, foldNone}
	case "latin1_swedish_ci":
		return collation{charsetLatin1, foldSwedish}
	case "latin1_bin":
		return collation{charsetLatin1, foldNone}
	case "ascii_general_ci":
		return collation{charsetASCII, foldASCII}
	case "ascii_bin":
		return collation{charsetASCII, foldNone}
	}
	return collation{}
}
