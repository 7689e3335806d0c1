package parser

import "unicode/utf8"

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
