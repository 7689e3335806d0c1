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
