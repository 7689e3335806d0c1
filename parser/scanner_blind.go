package parser

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// scanBlind sets the flags of a text whose quotes cannot be told: every word
// counts, wherever it stands. The text is one statement.
func (l *Scanner) scanBlind() {
	s := l.s
	l.caution = true
	first := true
	for i := 0; i < len(l.x.sql); {
		switch c := l.x.sql[i]; {
		case classes[c] == cWord:
			j := l.x.run(i, identByte)
			if w := keywords.lookup(l.x.sql[i:j]); w != nil {
				s.Flags |= w.bare | w.call
				if first {
					s.Verb = w.verb
				}
				l.flagWord(w)
			}
			first = false
			i = j
			continue
		case c == '@':
			s.Flags |= UserVar | UserVarAssign | SystemVar
		case c == '?':
			s.Flags |= Placeholders
		case c == '(' && first:
			s.Verb, first = Paren, false
		}
		i++
	}
	if s.Verb == Empty {
		s.Verb = Other
	}
	s.End, s.Rest = len(l.x.sql), len(l.x.sql)
}
