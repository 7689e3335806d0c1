package parser

// versionLeast is the least server version that there is to talk to, so that a
// comment /*!80030 … */ is surely executed.
const versionLeast = 80030

// vet reads the text as MySQL's lexer does and refuses what the TiDB parser
// would read otherwise. It returns the number of parameters.
func vet(text string, mode Mode) (params int, err error) {
	sql := []byte(text)
	if mode.Charset == Multibyte5C && !ascii(sql) {
		return 0, errorAt(text, 0, "characters of this character set can contain a backslash; use utf8mb4 on this connection")
	}
	x := lexer{sql: sql, mode: mode, joint: -1}
	prev := tEnd
	for {
		t := x.next()
		switch t.kind {
		case tEnd:
			return params, nil
		case tSpace, tHint, tExecClose:
			continue
		case tLiteral:
			if oddNumber(mode, prev, sql[t.start]) {
				return 0, errorAt(text, t.start, "a number that others take for a name")
			}
			if t.lit == Param {
				params++
			}
		case tComment:
			if oddComment(sql[t.start:t.end]) {
				return 0, errorAt(text, t.start, "a comment that other servers execute")
			}
			continue
		case tExecOpen:
			if !executed(sql[t.start+3 : t.end]) {
				return 0, errorAt(text, t.start, "whether this comment is executed depends on the server's version")
			}
		case tOdd:
			return 0, errorAt(text, t.start, "text that MySQL reads otherwise or not at all")
		default:
		}
		prev = t.kind
	}
}

// oddNumber says whether the TiDB parser takes a literal for a part of the name
// before: behind a dot, or with IGNORE_SPACE one that begins with a dot.
func oddNumber(mode Mode, prev tokenKind, first byte) bool {
	return prev == tDot || mode.IgnoreSpace && first == '.' && (prev == tWord || prev == tName)
}

// executed says whether every server executes a comment with these digits
// behind its "!". Fewer than five digits are part of the text.
func executed(digits []byte) bool {
	if len(digits) > 5 {
		return false
	}
	version := 0
	for _, c := range digits {
		version = version*10 + int(c-'0')
	}
	return len(digits) < 5 || version <= versionLeast
}

// oddComment says whether the TiDB parser reads a comment otherwise than MySQL:
// it executes /*T!, and wants white space behind the two dashes.
func oddComment(comment []byte) bool {
	if len(comment) < 3 {
		return false
	}
	switch comment[0] {
	case '/':
		return comment[2] == 'T'
	case '-':
		return classes[comment[2]] != cSpace
	}
	return false
}
