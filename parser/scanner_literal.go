package parser

// literal takes a literal: out of the text, unless it has to stay.
func (l *Scanner) literal(t token, keepNext bool) {
	if t.lit == Param {
		l.param(t)
		return
	}
	if keepNext || l.keepDepth >= 0 || !l.s.Verb.Query() {
		return
	}
	l.take(t.start, t.end, "?")
	l.s.Slots = append(l.s.Slots, Slot{First: len(l.s.Literals), Count: 1})
	l.s.Literals = append(l.s.Literals, Literal{Kind: t.lit, Start: t.start, End: t.end})
}

// param takes a placeholder of the client's, which has a slot wherever it is.
func (l *Scanner) param(t token) {
	l.s.Flags |= Placeholders
	l.s.Slots = append(l.s.Slots, Slot{First: len(l.s.Literals), Count: 1})
	l.s.Literals = append(l.s.Literals, Literal{Kind: Param, Param: l.params, Start: t.start, End: t.end})
	l.params++
}

// take replaces a part of the SQL text by another.
func (l *Scanner) take(start, end int, by string) {
	l.s.Text = append(l.s.Text, l.x.sql[l.mark:start]...)
	l.s.Text = append(l.s.Text, by...)
	l.mark = end
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
