package parser

import "fmt"

// readHint reads the text of a hint comment. It returns where SHARDWAY(…)
// stands in it, and whether there are other hints.
func (l *Scanner) readHint(body Span) (ours Span, others bool) {
	s := l.s
	x := lexer{sql: l.x.sql[:body.End], pos: body.Start, mode: l.x.mode, joint: -1}
	for {
		t := x.next()
		switch {
		case t.kind == tEnd:
			return ours, others
		case t.kind == tSpace:
		case t.kind == tWord && foldEqual(x.sql[t.start:t.end], "shardway"):
			span := l.readLevel(&x, t)
			switch {
			case ours != (Span{}) || s.HintSpan != (Span{}):
				s.HintErr = fmt.Errorf("%w: given twice", ErrHint)
			default:
				ours, s.HintSpan = span, span
			}
		case t.kind == tWord && foldEqual(x.sql[t.start:t.end], "set_var"):
			others = true
			s.Flags |= SetVarHint
		default:
			others = true
		}
	}
}

// readLevel reads "(primary)" behind the word SHARDWAY and returns where the
// hint stands.
func (l *Scanner) readLevel(x *lexer, word token) Span {
	span := Span{Start: word.start, End: word.end}
	next := func() token {
		for {
			if t := x.next(); t.kind != tSpace {
				return t
			}
		}
	}
	if t := next(); t.kind != tOpen {
		l.s.HintErr = fmt.Errorf("%w: write it SHARDWAY(level)", ErrHint)
		x.pos = t.start
		return span
	}
	level := next()
	closing := level
	if level.kind != tClose {
		closing = next()
	}
	span.End = closing.end
	if level.kind != tWord || closing.kind != tClose {
		l.s.HintErr = fmt.Errorf("%w: write it SHARDWAY(level), with one level", ErrHint)
		return span
	}
	switch text := x.sql[level.start:level.end]; {
	case foldEqual(text, "primary"):
		l.s.Hint = HintPrimary
	case foldEqual(text, "session"):
		l.s.Hint = HintSession
	case foldEqual(text, "bounded"):
		l.s.Hint = HintBounded
	case foldEqual(text, "eventual"):
		l.s.Hint = HintEventual
	case foldEqual(text, "snapshot"):
		l.s.Hint = HintSnapshot
	default:
		l.s.HintErr = fmt.Errorf("%w: %q is not a read level; the levels are primary, session, bounded, eventual and snapshot", ErrHint, text)
	}
	return span
}
