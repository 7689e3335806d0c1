package parser

import "unicode/utf8"

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

// lexer cuts text into tokens as MySQL's own lexer does. It never fails: what
// it does not understand is tOdd, and it goes on behind that.
type lexer struct {
	sql  []byte
	pos  int
	mode Mode
	// joint is where a name ended, so that a dot right there continues it; -1
	// for none. quoted says whether that name was quoted.
	joint  int
	quoted bool
	// exec counts the executable comments that are open.
	exec int
}

// at is the byte at offset i, 0 behind the end.
func (x *lexer) at(i int) byte {
	if i < len(x.sql) {
		return x.sql[i]
	}
	return 0
}

// next returns the next token and moves behind it.
func (x *lexer) next() token {
	i := x.pos
	if i >= len(x.sql) {
		return token{kind: tEnd, start: i, end: i}
	}
	var t token
	switch classes[x.sql[i]] {
	case cSpace:
		j := i + 1
		for j < len(x.sql) && classes[x.sql[j]] == cSpace {
			j++
		}
		t = token{kind: tSpace, start: i, end: j}
	case cWord:
		t = x.word(i)
	case cDigit:
		t = x.number(i)
	case cSingle:
		t = x.text(i, i, String)
	case cDouble:
		t = x.double(i)
	case cBack:
		t = x.quotedName(i)
	case cDot:
		t = x.dot(i)
	case cMinus:
		t = x.minus(i)
	case cHash:
		t = token{kind: tComment, start: i, end: x.lineEnd(i)}
	case cSlash:
		t = x.slash(i)
	case cStar:
		t = token{kind: tOp, start: i, end: i + 1}
		if x.exec > 0 && x.at(i+1) == '/' {
			x.exec--
			t = token{kind: tExecClose, start: i, end: i + 2}
		}
	case cAt:
		t = x.variable(i)
	default:
		t = x.single(i)
	}
	x.pos = t.end
	if t.kind != tWord && t.kind != tName && t.kind != tSystemVar {
		x.joint = -1
	}
	return t
}

// single is a token of one byte.
func (x *lexer) single(i int) token {
	t := token{start: i, end: i + 1}
	switch classes[x.sql[i]] {
	case cOpen:
		t.kind = tOpen
	case cClose:
		t.kind = tClose
	case cComma:
		t.kind = tComma
	case cSemicolon:
		t.kind = tSemicolon
	case cParam:
		t.kind, t.lit = tLiteral, Param
	case cOp:
		t.kind = tOp
	case cBrace:
		t.kind = tBrace
	default:
		t.kind = tOdd
	}
	return t
}

// word is a word, or a literal with a one-letter prefix.
func (x *lexer) word(i int) token {
	j, high := i, byte(0)
	for j < len(x.sql) && identByte(x.sql[j]) {
		high |= x.sql[j]
		j++
	}
	if j == i+1 && x.at(j) == '\'' {
		switch x.sql[i] | 0x20 {
		case 'x':
			return x.digits(i, Hex)
		case 'b':
			return x.digits(i, Bit)
		case 'n':
			return x.text(i, j, NString)
		}
	}
	if x.sql[i] == '_' && j-i == len("_binary") && foldEqual(x.sql[i:j], "_binary") {
		k := j
		for classes[x.at(k)] == cSpace {
			k++
		}
		if x.at(k) == '\'' || x.at(k) == '"' && !x.mode.ANSIQuotes {
			return x.text(i, k, BinaryString)
		}
	}
	return x.named(i, j, high)
}

// named is the word [i,j), whose bytes or-ed together are high.
func (x *lexer) named(i, j int, high byte) token {
	t := token{kind: tWord, start: i, end: j}
	// A word beginning with $ may be a dollar-quoted text, and bytes that are
	// not UTF-8 may be white space of another character set.
	if x.sql[i] == '$' || high >= 0x80 && !utf8.Valid(x.sql[i:j]) {
		t.kind = tOdd
	}
	if x.at(j) == '.' && j+1 < len(x.sql) && identByte(x.sql[j+1]) && t.kind == tWord {
		t.kind = tName
	}
	x.joint, x.quoted = j, false
	return t
}

// dot is the dot of a qualified name with the word behind it, the beginning of
// a number, or a dot by itself.
func (x *lexer) dot(i int) token {
	c := x.at(i + 1)
	if x.joint == i && i+1 < len(x.sql) && identByte(c) {
		if x.quoted && classes[c] == cDigit {
			return token{kind: tOdd, start: i, end: i + 1} // MySQL reads a number there
		}
		j, high := i+1, byte(0)
		for j < len(x.sql) && identByte(x.sql[j]) {
			high |= x.sql[j]
			j++
		}
		t := x.named(i+1, j, high)
		t.start = i
		if t.kind == tWord {
			t.kind = tName
		}
		return t
	}
	if classes[c] == cDigit {
		return x.fraction(i, i)
	}
	return token{kind: tDot, start: i, end: i + 1}
}

// minus is an arrow, a comment to the line's end, or the operator.
func (x *lexer) minus(i int) token {
	switch c := x.at(i + 1); {
	case c == '>' && x.at(i+2) == '>':
		return token{kind: tArrow, start: i, end: i + 3}
	case c == '>':
		return token{kind: tArrow, start: i, end: i + 2}
	case c == '-' && (x.at(i+2) <= ' ' || x.at(i+2) == 0x7F):
		return token{kind: tComment, start: i, end: x.lineEnd(i)}
	}
	return token{kind: tOp, start: i, end: i + 1}
}

// lineEnd is the end of the line that offset i is in. To MySQL a NUL ends it too.
func (x *lexer) lineEnd(i int) int {
	for i < len(x.sql) && x.sql[i] != '\n' && x.sql[i] != 0 {
		i++
	}
	return i
}
