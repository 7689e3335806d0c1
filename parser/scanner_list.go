package parser

// open takes "(" and what follows, if that is a list of literals to be
// collapsed. It returns the offset behind what it took.
func (l *Scanner) open(t token, kw keyword, keepParen bool) int {
	if l.s.Verb.Query() && l.keepDepth < 0 {
		switch {
		case kw == kwIn:
			if l.list(t.start) {
				return l.x.pos
			}
		case kw == kwValues && l.depth == 0 && !l.rowsDone && (l.s.Verb == Insert || l.s.Verb == Replace):
			l.rowsDone = true
			if l.rows(t.start) {
				return l.x.pos
			}
		}
	}
	l.depth++
	if keepParen && l.keepDepth < 0 {
		l.keepDepth, l.keepWhy = l.depth, keepLength
	}
	return t.end
}

func (l *Scanner) close() {
	if l.keepDepth == l.depth {
		l.keepDepth = -1
	}
	l.depth--
	if l.depth < 0 {
		l.depth, l.caution = 0, true
	}
}

// list takes "(1, 'b', ?)" that begins at i, if all in it are literals.
func (l *Scanner) list(i int) bool {
	first, params := len(l.s.Literals), l.params
	end := l.row(i)
	if end == 0 {
		l.s.Literals, l.params = l.s.Literals[:first], params
		return false
	}
	l.take(i, end, "(?)")
	l.s.Slots = append(l.s.Slots, Slot{First: first, Count: len(l.s.Literals) - first, List: true})
	l.x.pos = end
	return true
}

// rows takes the rows of a VALUES list, the first of which begins at i, if all
// in them are literals and they have one width.
func (l *Scanner) rows(i int) bool {
	s := l.s
	first, params, start, end, width := len(s.Literals), l.params, i, 0, 0
	for {
		before := len(s.Literals)
		rowEnd := l.row(i)
		if width == 0 {
			width = len(s.Literals) - before
		}
		if rowEnd == 0 || len(s.Literals)-before != width {
			s.Literals, s.Rows.Spans, l.params = s.Literals[:first], s.Rows.Spans[:0], params
			l.x.pos = start + 1
			return false
		}
		s.Rows.Spans = append(s.Rows.Spans, Span{Start: i, End: rowEnd})
		end = rowEnd
		l.x.pos = rowEnd
		if t := l.skip(); t.kind != tComma {
			break
		}
		t := l.skip()
		if t.kind != tOpen {
			end = 0
			break
		}
		i = t.start
	}
	if end == 0 {
		s.Literals, s.Rows.Spans, l.params = s.Literals[:first], s.Rows.Spans[:0], params
		l.x.pos = start + 1
		return false
	}
	l.take(start, end, "(")
	s.HasRows = true
	s.Rows.Slot, s.Rows.Width, s.Rows.Count, s.Rows.Lit = len(s.Slots), width, len(s.Rows.Spans), first
	for c := range width {
		by := ",?"
		if c == 0 {
			by = "?"
		}
		s.Text = append(s.Text, by...)
		s.Slots = append(s.Slots, Slot{First: first + c, Count: 1})
	}
	s.Text = append(s.Text, ')')
	l.x.pos = end
	return true
}

// row reads "(" at i, literals between commas and ")". It appends the literals
// and returns the offset behind, or 0 if there is anything else.
func (l *Scanner) row(i int) int {
	l.x.pos = i + 1
	for {
		t := l.skip()
		if t.kind != tLiteral {
			l.x.pos = i + 1
			return 0
		}
		lit := Literal{Kind: t.lit, Start: t.start, End: t.end}
		if t.lit == Param {
			l.s.Flags |= Placeholders
			lit.Param = l.params
			l.params++
		}
		l.s.Literals = append(l.s.Literals, lit)
		switch t := l.skip(); t.kind {
		case tComma:
		case tClose:
			return t.end
		default:
			l.x.pos = i + 1
			return 0
		}
	}
}

// skip returns the next token that is neither white space nor a comment.
func (l *Scanner) skip() token {
	for {
		if t := l.x.next(); t.kind != tSpace && t.kind != tComment {
			return t
		}
	}
}
