package parser

// tokenKind is what the lexer calls a piece of text.
type tokenKind uint8

const (
	tEnd       tokenKind = iota
	tSpace               // a run of white space
	tComment             // a comment that says nothing
	tHint                // /*+ … */
	tExecOpen            // /*!80013, whose text MySQL may execute
	tExecClose           // the */ of one
	tWord                // an unquoted word, perhaps a keyword
	tName                // a name that cannot be a keyword: quoted, or with a dot beside it
	tLiteral             // token.lit says which
	tUserVar             // @x
	tSystemVar           // @@x
	tOpen                // (
	tClose               // )
	tComma               // ,
	tDot                 // .
	tSemicolon           // ;
	tArrow               // -> or ->>
	tOp                  // one byte of an operator
	tBrace               // { or }
	tOdd                 // what the lexer does not understand
)

// token is a piece of the text, [start, end).
type token struct {
	kind       tokenKind
	lit        LiteralKind
	start, end int
}

// class is what a byte can begin.
type class uint8

const (
	cOdd class = iota
	cSpace
	cWord
	cDigit
	cSingle
	cDouble
	cBack
	cDot
	cMinus
	cHash
	cSlash
	cStar
	cAt
	cOpen
	cClose
	cComma
	cSemicolon
	cParam
	cBrace
	cOp
)

// classes maps bytes to what they can begin. It is never written.
var classes = makeClasses()

func makeClasses() [256]class {
	var t [256]class
	for c := range 256 {
		switch b := byte(c); {
		case b == ' ', b >= '\t' && b <= '\r':
			t[c] = cSpace
		case b|0x20 >= 'a' && b|0x20 <= 'z' && b < 0x80, b == '_', b == '$', b >= 0x80:
			t[c] = cWord
		case b >= '0' && b <= '9':
			t[c] = cDigit
		}
	}
	for _, c := range "+*%=<>!&|^~:" {
		t[c] = cOp
	}
	for c, k := range map[byte]class{
		'\'': cSingle, '"': cDouble, '`': cBack, '.': cDot, '-': cMinus, '#': cHash, '/': cSlash, '*': cStar,
		'@': cAt, '(': cOpen, ')': cClose, ',': cComma, ';': cSemicolon, '?': cParam,
		'{': cBrace, '}': cBrace,
	} {
		t[c] = k
	}
	return t
}

func identByte(c byte) bool { k := classes[c]; return k == cWord || k == cDigit }
