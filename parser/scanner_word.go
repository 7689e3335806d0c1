package parser

// word takes an unquoted word.
func (l *Scanner) word(t token) {
	s := l.s
	w := keywords.lookup(l.x.sql[t.start:t.end])
	if w == nil {
		l.kw = kwNone
		// _latin1'x': the introducer and its text stay.
		l.keepNext = l.x.sql[t.start] == '_'
		return
	}
	s.Flags |= w.bare
	l.call = w.call
	l.flagWord(w)
	if s.Verb.Query() {
		l.clause(w.kw)
	}
	if w.kw == kwType {
		l.keepNext, l.keepArgs = true, true
	}
	l.kw = w.kw
}

// flagWord sets the flags of words that follow each other.
func (l *Scanner) flagWord(w *word) {
	s := l.s
	switch w.kw {
	case kwUpdate, kwShare:
		if l.kw == kwFor {
			s.Flags |= LockingRead
		}
	case kwIn:
		if l.kw == kwLock {
			s.Flags |= LockingRead
		}
	case kwFile:
		if l.kw == kwInto {
			s.Flags |= IntoFile
		}
	case kwTemporary:
		if l.kw == kwCreate {
			s.Flags |= Temporary
		}
	case kwObject:
		l.object = true
	case kwProgram:
		if !l.object && (s.Verb == Create || s.Verb == Alter) {
			s.Flags |= StoredProgram
		}
	default:
	}
}

// clause keeps track of where literals stay in the text.
func (l *Scanner) clause(kw keyword) {
	// What a clause in outer parentheses keeps, an inner one cannot release.
	here := l.keepDepth == l.depth && l.keepWhy != keepLength
	switch kw {
	case kwSelect:
		if here || l.keepDepth < 0 {
			l.keepDepth, l.keepWhy = l.depth, keepSelect
		}
	case kwKeep, kwFile:
		if here || l.keepDepth < 0 {
			l.keepDepth, l.keepWhy = l.depth, keepClause
		}
	case kwFrom:
		if here && l.keepWhy == keepSelect && l.kw != kwDistinct {
			l.keepDepth = -1
		}
	case kwWhere, kwHaving:
		// WHERE may follow USE INDEX FOR ORDER BY.
		if here && l.keepWhy == keepClause {
			l.keepDepth = -1
		}
	case kwUnion:
		if here {
			l.keepDepth = -1
		}
	case kwKeepNext:
		l.keepNext = true
	default:
	}
}
