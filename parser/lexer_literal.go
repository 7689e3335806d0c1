package parser

import (
	"bytes"
	"unicode/utf8"
)

// number is a number, or a name that begins with a digit.
func (x *lexer) number(i int) token {
	if x.sql[i] == '0' {
		switch x.at(i + 1) {
		case 'x':
			if j := x.run(i+2, hexDigit); j > i+2 && !identByte(x.at(j)) {
				return token{kind: tLiteral, lit: Hex, start: i, end: j}
			}
			return x.digitName(i)
		case 'b':
			if j := x.run(i+2, bitDigit); j > i+2 && !identByte(x.at(j)) {
				return token{kind: tLiteral, lit: Bit, start: i, end: j}
			}
			return x.digitName(i)
		}
	}
	j := x.run(i, decimalDigit)
	c := x.at(j)
	if c == '.' {
		return x.fraction(i, j)
	}
	if j >= len(x.sql) || !identByte(c) {
		return x.closeNumber(token{kind: tLiteral, lit: Int, start: i, end: j})
	}
	if c|0x20 == 'e' {
		if end := x.exponent(j); end > j {
			return x.closeNumber(token{kind: tLiteral, lit: Float, start: i, end: end})
		}
	}
	return x.digitName(i)
}

// digitName is a name that begins with a digit. "0X1F" is one to MySQL and a
// number to others.
func (x *lexer) digitName(i int) token {
	j, high := i, byte(0)
	for j < len(x.sql) && identByte(x.sql[j]) {
		high |= x.sql[j]
		j++
	}
	t := x.named(i, j, high)
	if x.sql[i] == '0' && i+1 < len(x.sql) && (x.sql[i+1]|0x20 == 'x' || x.sql[i+1]|0x20 == 'b') {
		t.kind = tOdd
	}
	if t.kind == tWord {
		t.kind = tName
	}
	return t
}

// fraction is the number that begins at i and has its point at j.
func (x *lexer) fraction(i, j int) token {
	j = x.run(j+1, decimalDigit)
	t := token{kind: tLiteral, lit: Decimal, start: i, end: j}
	if x.at(j)|0x20 == 'e' {
		end := x.exponent(j)
		if end == j {
			return token{kind: tOdd, start: i, end: j + 1}
		}
		t.lit, t.end = Float, end
	}
	return x.closeNumber(t)
}

// exponent returns the end of the exponent whose e is at j, or j if there is
// none.
func (x *lexer) exponent(j int) int {
	k := j + 1
	if c := x.at(k); c == '+' || c == '-' {
		k++
	}
	if end := x.run(k, decimalDigit); end > k {
		return end
	}
	return j
}

// closeNumber doubts a number that something is stuck to.
func (x *lexer) closeNumber(t token) token {
	if t.end < len(x.sql) {
		if c := x.sql[t.end]; identByte(c) || c == '.' || c == '\'' || c == '"' || c == '`' {
			t.kind = tOdd
		}
	}
	return t
}

func decimalDigit(c byte) bool { return c >= '0' && c <= '9' }

func bitDigit(c byte) bool { return c == '0' || c == '1' }

func hexDigit(c byte) bool { return decimalDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// run returns the first offset from i on whose byte is not of the kind.
func (x *lexer) run(i int, is func(byte) bool) int {
	for i < len(x.sql) && is(x.sql[i]) {
		i++
	}
	return i
}

// digits is x'1F' or b'01', its letter at i.
func (x *lexer) digits(i int, kind LiteralKind) token {
	is := hexDigit
	if kind == Bit {
		is = bitDigit
	}
	j := x.run(i+2, is)
	if x.at(j) != '\'' || kind == Hex && (j-i)%2 != 0 {
		return token{kind: tOdd, start: i, end: j}
	}
	return token{kind: tLiteral, lit: kind, start: i, end: j + 1}
}

// text is the string literal that begins at start and has its quote at i.
func (x *lexer) text(start, i int, kind LiteralKind) token {
	if end := x.quoteEnd(i, !x.mode.NoBackslashEscapes); end > 0 {
		return token{kind: tLiteral, lit: kind, start: start, end: end}
	}
	return token{kind: tOdd, start: start, end: len(x.sql)}
}

// double is what begins with a double quote.
func (x *lexer) double(i int) token {
	if x.mode.ANSIQuotes {
		return x.quotedName(i)
	}
	return x.text(i, i, String)
}

// quotedName is a name in quotes.
func (x *lexer) quotedName(i int) token {
	end := x.quoteEnd(i, false)
	if end == 0 {
		return token{kind: tOdd, start: i, end: len(x.sql)}
	}
	if !utf8.Valid(x.sql[i:end]) {
		return token{kind: tOdd, start: i, end: end}
	}
	x.joint, x.quoted = end, true
	return token{kind: tName, start: i, end: end}
}

// quoteEnd returns the offset behind the quote that closes the one at i, 0 if
// none does. A doubled quote is a quote.
func (x *lexer) quoteEnd(i int, escapes bool) int {
	quote, j, end := x.sql[i], i+1, -1
	for {
		if end < j {
			k := bytes.IndexByte(x.sql[min(j, len(x.sql)):], quote)
			if k < 0 {
				return 0
			}
			end = j + k
		}
		if escapes {
			if k := bytes.IndexByte(x.sql[j:end], '\\'); k >= 0 {
				j += k + 2
				continue
			}
		}
		if x.at(end+1) != quote {
			return end + 1
		}
		j = end + 2
	}
}

// variable is a user variable or a system variable.
func (x *lexer) variable(i int) token {
	if x.at(i+1) == '@' {
		j := x.run(i+2, identByte)
		x.joint, x.quoted = j, false
		return token{kind: tSystemVar, start: i, end: j}
	}
	j := i + 1
	switch x.at(j) {
	case '\'', '"', '`':
		end := x.quoteEnd(j, x.at(j) != '`' && !x.mode.NoBackslashEscapes && !(x.at(j) == '"' && x.mode.ANSIQuotes))
		if end == 0 {
			return token{kind: tOdd, start: i, end: len(x.sql)}
		}
		return token{kind: tUserVar, start: i, end: end}
	}
	for j < len(x.sql) && (identByte(x.sql[j]) || x.sql[j] == '.') {
		if x.sql[j] >= 0x80 {
			return token{kind: tOdd, start: i, end: j + 1}
		}
		j++
	}
	if j == i+1 {
		return token{kind: tOdd, start: i, end: j}
	}
	return token{kind: tUserVar, start: i, end: j}
}

// slash is a comment or the operator.
func (x *lexer) slash(i int) token {
	if x.at(i+1) != '*' {
		return token{kind: tOp, start: i, end: i + 1}
	}
	kind := tComment
	switch x.at(i + 2) {
	case '!':
		x.exec++
		return token{kind: tExecOpen, start: i, end: x.run(i+3, decimalDigit)}
	case '+':
		kind = tHint
	}
	for j := i + 2; j+1 < len(x.sql); j++ {
		if x.sql[j] == '*' && x.sql[j+1] == '/' {
			return token{kind: kind, start: i, end: j + 2}
		}
	}
	return token{kind: tOdd, start: i, end: len(x.sql)}
}
