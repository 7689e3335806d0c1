package weights

import (
	_ "embed"
	"sync"
)

var (
	//go:embed uca900.bin
	uca900Data []byte
	//go:embed unicode.bin
	unicodeData []byte
	//go:embed general.bin
	generalData []byte
	//go:embed swedish.bin
	swedishData string
)

var (
	uca900  = sync.OnceValue(func() *Table { return mustDecode(uca900Data) })
	unicode = sync.OnceValue(func() *Table { return mustDecode(unicodeData) })
	general = sync.OnceValue(func() *Table { return mustDecode(generalData) })
)

// UCA900 has the primary weights of utf8mb4_0900_ai_ci.
func UCA900() *Table { return uca900() }

// Unicode has the primary weights of utf8mb4_unicode_ci and, for the
// characters that it has, of utf8mb3_unicode_ci.
func Unicode() *Table { return unicode() }

// General has the weights of utf8mb4_general_ci and, for the characters that
// it has, of utf8mb3_general_ci.
func General() *Table { return general() }

// Swedish returns the weight of a byte under latin1_swedish_ci.
func Swedish(b byte) byte { return swedishData[b] }

// mustDecode panics if the program was built with a broken data file.
func mustDecode(data []byte) *Table {
	t, err := Decode(data)
	if err != nil {
		panic(err)
	}
	return t
}
