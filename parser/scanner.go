package parser

// Scanner takes the literals out of statements. Its zero value is ready. It
// belongs to one goroutine at a time.
type Scanner struct {
	x lexer
	s *Shape

	// mark is how far the SQL text has been copied to Text or left out.
	mark int
	// gap is where white space and comments before the next token began, or -1.
	gap   int
	depth int
	// keepDepth is the depth of parentheses at which literals began to stay in
	// the text, or -1; keepWhy says what ends that.
	keepDepth int
	keepWhy   keepReason

	started  bool
	prev     tokenKind // the token before, gaps not counted
	prevText bool      // that was a literal in quotes
	prevEnd  int
	kw       keyword // if that was a word
	call     Flags   // set if "(" follows
	keepNext bool    // a literal right behind stays
	keepArgs bool    // literals in parentheses right behind stay

	params   uint16
	object   bool // CREATE's object was seen
	rowsDone bool // the VALUES list was seen
	caution  bool // no plan for text is to be made of this: see Doubt
}

// keepReason is why literals stay in the text.
type keepReason uint8

const (
	keepSelect keepReason = iota // a select list: they name columns
	keepClause                   // positions, limits, files
	keepLength                   // the length or precision of a type
)

// Scan reads the first statement of sql under the session's mode and fills s,
// reusing its memory. It keeps no reference to sql after it returns.
func (l *Scanner) Scan(sql []byte, mode Mode, s *Shape) {
	s.reset()
	*l = Scanner{x: lexer{sql: sql, mode: mode, joint: -1}, s: s, gap: -1, keepDepth: -1}
	if mode.Charset == Multibyte5C && !ascii(sql) {
		l.scanBlind()
	} else {
		l.scan()
	}
	if l.caution || l.depth != 0 {
		s.Doubt = true
		s.Literals, s.Slots, s.HasRows = s.Literals[:0], s.Slots[:0], false
	}
	switch {
	case s.Doubt, !s.Verb.Query():
		s.Text = append(s.Text[:0], sql[s.Start:s.End]...)
	default:
		s.Text = append(s.Text, sql[l.mark:s.End]...)
	}
	l.x.sql, l.s = nil, nil
}

// scan reads tokens up to the first statement's end.
func (l *Scanner) scan() {
	s := l.s
	for {
		t := l.x.next()
		switch t.kind {
		case tSpace:
			if l.gap < 0 {
				l.gap = t.start
			}
			continue
		case tComment:
			l.comment(t)
			continue
		case tHint:
			l.hint(t)
			continue
		case tEnd:
			l.end(t.start, t.start)
			return
		case tSemicolon:
			if !s.Flags.Has(StoredProgram) {
				l.end(t.start, t.end)
				return
			}
		default:
		}
		if l.gap >= 0 {
			l.closeGap(t)
		}
		if !l.started {
			l.started = true
			s.Start, l.mark = t.start, t.start
		}
		if s.Verb == Empty {
			s.Verb = l.verb(t)
		}
		l.token(t)
	}
}

// end closes the statement, which ended at i, with its semicolon at j.
func (l *Scanner) end(i, j int) {
	if l.gap >= 0 {
		i = l.gap
	}
	if !l.started {
		l.s.Start, l.mark = i, i
	}
	if l.afterDashes(i) {
		i = j // without what is behind them they would begin a comment
	}
	l.s.End = i
	for {
		l.x.pos = j
		switch t := l.x.next(); t.kind {
		case tSpace, tComment, tExecClose:
			j = t.end
			continue
		case tEnd:
			l.s.Rest = t.start
		default:
			l.s.Rest = t.start
			l.s.Flags |= Multi
		}
		return
	}
}

// verb is the verb of a statement that begins with the token.
func (l *Scanner) verb(t token) Verb {
	switch t.kind {
	case tExecOpen, tExecClose:
		return Empty
	case tOpen:
		return Paren
	case tWord:
		if w := keywords.lookup(l.x.sql[t.start:t.end]); w != nil && w.verb != Empty {
			return w.verb
		}
	default:
	}
	return Other
}

// token takes a token that is no gap.
func (l *Scanner) token(t token) {
	keepNext, keepParen, call, kw := l.keepNext, l.keepArgs, l.call, l.kw
	l.keepNext, l.keepArgs, l.call = false, false, 0
	isText := false
	switch t.kind {
	case tWord:
		l.word(t)
	case tName:
		l.name(t)
	case tLiteral:
		isText = quotedLiteral(t.lit, l.x.sql[t.end-1])
		if isText && l.prevText && l.keepDepth < 0 && l.s.Verb.Query() {
			l.caution = true // 'a' 'b' is one string
		}
		if oddNumber(l.x.mode, l.prev, l.x.sql[t.start]) {
			l.caution = true
		}
		l.literal(t, keepNext)
	case tOpen:
		l.s.Flags |= call
		t.end = l.open(t, kw, keepParen)
	case tClose:
		l.close()
	case tUserVar:
		l.userVar(t)
	case tSystemVar:
		l.s.Flags |= SystemVar
	case tArrow:
		l.keepNext = true
	case tExecOpen, tExecClose:
		l.s.Flags |= ExecComment
		l.caution = true
	case tBrace, tOdd:
		l.caution = true
	default:
	}
	l.prev, l.prevText, l.prevEnd = t.kind, isText, t.end
	if t.kind != tWord {
		l.kw = kwNone
	}
}

// quotedLiteral says whether a literal ends in a quote.
func quotedLiteral(kind LiteralKind, last byte) bool {
	return kind == String || kind == NString || kind == BinaryString || last == '\''
}

// name takes a name that cannot be a keyword but may be a function's.
func (l *Scanner) name(t token) {
	if c := l.x.sql[t.start]; c == '`' || c == '"' {
		if w := keywords.lookup(l.x.sql[t.start+1 : t.end-1]); w != nil {
			l.call = w.call
		}
	}
}

// userVar takes @x and looks whether it is assigned.
func (l *Scanner) userVar(t token) {
	if t.start == l.prevEnd && (l.prev == tWord || l.prev == tName || l.prevText) {
		return // user@host
	}
	l.s.Flags |= UserVar
	if l.kw == kwInto {
		l.s.Flags |= IntoVar
	}
	j := t.end
	for classes[l.x.at(j)] == cSpace {
		j++
	}
	// A comment may stand before the ":=".
	if l.x.at(j) == ':' || l.x.at(j) == '/' || l.x.at(j) == '#' {
		l.s.Flags |= UserVarAssign
	}
}
