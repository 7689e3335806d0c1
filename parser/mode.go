package parser

// CharsetClass says how bytes of the client's character set may be mistaken for
// SQL punctuation.
type CharsetClass uint8

const (
	// UTF8 stands for every character set in which no character's later bytes
	// are below 0x80: utf8mb4, utf8mb3, ascii, latin1 and other single-byte
	// sets, binary, ujis, euckr, gb2312.
	UTF8 CharsetClass = iota
	// Multibyte5C stands for the sets in which 0x5C, the backslash, can be a
	// character's second byte: gbk, big5, sjis, cp932, gb18030.
	Multibyte5C
)

// ClassOf returns the class of a client character set, named as in
// character_set_client.
func ClassOf(charset string) CharsetClass {
	switch charset {
	case "gbk", "big5", "sjis", "cp932", "gb18030":
		return Multibyte5C
	default:
		return UTF8
	}
}

// Mode is how the session's settings change the reading of text. It belongs in
// the plan cache's key beside Shape.Text.
type Mode struct {
	ANSIQuotes         bool // "x" is an identifier
	NoBackslashEscapes bool // \ in a string is itself
	PipesAsConcat      bool // || concatenates
	IgnoreSpace        bool // a blank may stand between a function's name and "("
	HighNotPrecedence  bool // NOT binds as ! does
	Charset            CharsetClass
}
