package parser

// comment takes a comment, which is as good as a blank.
func (l *Scanner) comment(t token) {
	if l.gap < 0 {
		l.gap = t.start
	}
	if l.keepDepth >= 0 && l.keepWhy == keepSelect && oddComment(l.x.sql[t.start:t.end]) {
		l.caution = true
	}
}

// closeGap leaves one blank of the gap before the token.
func (l *Scanner) closeGap(t token) {
	gap := l.gap
	l.gap = -1
	l.afterDashes(gap)
	if !l.started || !l.s.Verb.Query() || t.start-gap == 1 && l.x.sql[gap] == ' ' || l.inColumnName(t) {
		return
	}
	l.take(gap, t.start, " ")
}

// afterDashes says whether two minus signs stand before i, and doubts that: with
// a blank behind them they begin a comment.
func (l *Scanner) afterDashes(i int) bool {
	if i-2 < l.s.Start || l.x.sql[i-1] != '-' || l.x.sql[i-2] != '-' {
		return false
	}
	l.caution = true
	return true
}

// inColumnName says whether the gap before the token is inside an expression of
// a select list, whose text is its column's name.
func (l *Scanner) inColumnName(t token) bool {
	if l.keepDepth < 0 || l.keepWhy != keepSelect {
		return false
	}
	if l.depth != l.keepDepth {
		return true
	}
	before := l.kw == kwSelect || l.prev == tComma
	if l.x.mode.IgnoreSpace {
		return !before // MySQL counts blanks behind a word as part of it
	}
	behind := t.kind == tComma || t.kind == tWord && foldEqual(l.x.sql[t.start:t.end], "from")
	return !before && !behind
}

// hint takes a comment /*+ … */. Ours is taken out, others stay where MySQL
// looks for them: behind a statement's verb.
func (l *Scanner) hint(t token) {
	body := Span{Start: t.start + 3, End: t.end - 2}
	ours, others := l.readHint(body)
	if ours != (Span{}) && !others {
		l.s.HintSpan = Span{Start: t.start, End: t.end}
	}
	obeyed := false
	switch l.kw {
	case kwSelect, kwInsert, kwReplace, kwUpdate, kwDelete:
		obeyed = l.prev == tWord
	default:
	}
	if !others || !obeyed {
		if l.gap < 0 {
			l.gap = t.start
		}
		return
	}
	l.s.Flags |= OptimizerHint
	if l.gap >= 0 {
		l.closeGap(t)
	}
	if ours != (Span{}) && l.s.Verb.Query() {
		l.take(ours.Start, ours.End, "")
	}
}
