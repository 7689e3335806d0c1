package parser

import "strings"

// Program is the head of a statement that makes, changes or drops a view, a
// procedure, a function, a trigger or an event, read from the text: most of
// them the TiDB parser does not know.
type Program struct {
	// Verb is CREATE, ALTER or DROP; Kind is VIEW, PROCEDURE, FUNCTION, TRIGGER
	// or EVENT.
	Verb, Kind string
	Name       QualifiedName
	// Table is a trigger's table.
	Table QualifiedName
	// Before: the trigger runs before the row is stored.
	Before bool
	// Tolerant: OR REPLACE, IF EXISTS or IF NOT EXISTS.
	Tolerant bool
	// Body is the text behind the head.
	Body []byte

	text []byte
	// definer is where DEFINER = … stands, or where it would; definable: the
	// statement takes one.
	definer   Span
	definable bool
}

// programReader reads tokens that mean something.
type programReader struct {
	x    lexer
	t    token
	text string // of t, words in upper case
	last int    // where the token before t ended
}

// advance moves to the next token that means something. What stands in
// executable comments does.
func (r *programReader) advance() {
	r.last = r.t.end
	for {
		r.t = r.x.next()
		switch r.t.kind {
		case tSpace, tComment, tHint, tExecOpen, tExecClose:
			continue
		default: // the rest means something
		}
		r.text = string(r.x.sql[r.t.start:r.t.end])
		if r.t.kind == tWord {
			r.text = strings.ToUpper(r.text)
		}
		return
	}
}

// word moves on if the next token is that word.
func (r *programReader) word(word string) bool {
	if r.t.kind != tWord || r.text != word {
		return false
	}
	r.advance()
	return true
}

// equals moves on behind =, if there is one.
func (r *programReader) equals() {
	if r.t.kind == tOp && r.text == "=" {
		r.advance()
	}
}

// ReadProgram reads the head of a statement about a view or a stored program.
// ok is false if it is none; loadable functions (SONAME) and DROP VIEW, which
// takes a list, are none.
func ReadProgram(sql []byte, mode Mode) (p Program, ok bool) {
	r := programReader{x: lexer{sql: sql, mode: mode, joint: -1}}
	r.advance()
	switch r.text {
	case "CREATE", "ALTER", "DROP":
		p.Verb = r.text
	default:
		return p, false
	}
	r.advance()
	if !p.head(&r) {
		return p, false
	}
	p.text = sql
	if r.word("IF") {
		r.word("NOT")
		p.Tolerant = r.word("EXISTS")
	}
	if p.Name, ok = r.name(); !ok {
		return p, false
	}
	if p.Kind == "TRIGGER" && p.Verb == "CREATE" {
		p.Before = r.text == "BEFORE"
		for r.t.kind != tEnd && !r.word("ON") {
			r.advance()
		}
		if p.Table, ok = r.name(); !ok {
			return p, false
		}
	}
	p.Body = sql[min(r.last, len(sql)):]
	if p.Kind == "FUNCTION" && p.Verb == "CREATE" && r.t.kind != tOpen {
		return p, false // RETURNS … SONAME
	}
	return p, true
}

// head reads what stands between the verb and the name.
func (p *Program) head(r *programReader) bool {
	if r.word("OR") {
		if !r.word("REPLACE") {
			return false
		}
		p.Tolerant = true
	}
	place := -1 // where DEFINER would stand
	for r.t.kind == tWord {
		switch r.text {
		case "ALGORITHM":
			r.advance()
			r.equals()
			r.advance()
		case "DEFINER":
			p.definer.Start = r.t.start
			r.advance()
			r.equals()
			r.user()
			p.definer.End = r.last
		case "SQL":
			if place < 0 {
				place = r.t.start
			}
			r.advance()
			r.word("SECURITY")
			r.advance()
		case "VIEW", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT":
			p.Kind = r.text
			if place < 0 {
				place = r.t.start
			}
			if p.definer.End == 0 {
				p.definer = Span{Start: place, End: place}
			}
			p.definable = p.Verb == "CREATE" || p.Verb == "ALTER" && (p.Kind == "VIEW" || p.Kind == "EVENT")
			r.advance()
			return p.Kind != "VIEW" || p.Verb != "DROP"
		default:
			return false
		}
	}
	return false
}

// user moves behind an account: 'a'@'b', CURRENT_USER or CURRENT_USER().
func (r *programReader) user() {
	r.advance()
	if r.t.kind == tOpen {
		r.advance()
		r.advance()
	}
	if r.t.kind == tUserVar || r.t.kind == tOdd { // @'host', @%
		odd := r.t.kind == tOdd
		r.advance()
		if odd {
			r.advance()
		}
	}
}

// name reads a name that may have a schema.
func (r *programReader) name() (QualifiedName, bool) {
	if r.t.kind != tWord && r.t.kind != tName {
		return QualifiedName{}, false
	}
	part := func() string { return unquoteName(strings.TrimPrefix(string(r.x.sql[r.t.start:r.t.end]), ".")) }
	name := QualifiedName{Name: part()}
	r.advance()
	dotted := r.t.kind == tDot
	if dotted {
		r.advance()
	}
	if dotted || (r.t.kind == tWord || r.t.kind == tName) && strings.HasPrefix(r.text, ".") {
		name = QualifiedName{Schema: name.Name, Name: part()}
		r.advance()
	}
	return name, true
}

// WithDefiner returns the statement's text with a definer, as SQL, in place of
// its own, if it takes one.
func (p *Program) WithDefiner(definer string) []byte {
	if !p.definable {
		return p.text
	}
	text := append([]byte(nil), p.text[:p.definer.Start]...)
	text = append(text, "DEFINER = "+definer+" "...)
	return append(text, p.text[p.definer.End:]...)
}

// Words lists the words, names, operators and semicolons of a text outside
// strings and comments, in order: words that may be keywords in upper case, names without their quotes. What follows a name
// as its next part follows it in the list. "@" stands for a variable of the
// session, "" for what is not understood.
func Words(sql []byte, mode Mode) []string {
	r := programReader{x: lexer{sql: sql, mode: mode, joint: -1}}
	var words []string
	for r.advance(); r.t.kind != tEnd; r.advance() {
		switch r.t.kind {
		case tWord:
			words = append(words, strings.TrimPrefix(r.text, "."))
		case tName:
			words = append(words, unquoteName(strings.TrimPrefix(r.text, ".")))
		case tOp, tSemicolon:
			words = append(words, r.text)
		case tUserVar, tSystemVar:
			words = append(words, "@")
		case tOdd:
			words = append(words, "")
		default: // literals and punctuation
		}
	}
	return words
}

// Find returns where the text behind the first such word begins; -1 if there is
// none outside strings and comments.
func Find(sql []byte, mode Mode, word string) int {
	r := programReader{x: lexer{sql: sql, mode: mode, joint: -1}}
	for r.advance(); r.t.kind != tEnd; r.advance() {
		if r.t.kind == tWord && r.text == word {
			return r.t.end
		}
	}
	return -1
}
