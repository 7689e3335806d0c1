package parser

import "strings"

// QualifiedName is a name that may be a table's, perhaps with its schema.
type QualifiedName struct {
	Schema string // empty: the session's current one
	Name   string // "*" for all
}

// References lists what may be tables in a text that cannot be parsed: every
// pair a.b, the first two of every a.b.c, and the words behind FROM, JOIN, INTO,
// UPDATE, TABLE and the like. It lists too much (t.column is a pair too, and so
// is an alias) and never too little, so that the router can tell which schemas a
// statement may touch. A schema by itself has "*" for a name. Each name is listed once, in the order of the text.
func References(sql []byte, mode Mode) []QualifiedName {
	r := referenceReader{x: lexer{sql: sql, mode: mode, joint: -1}, seen: map[QualifiedName]bool{}}
	for {
		t := r.x.next()
		switch t.kind {
		case tEnd:
			r.flush()
			return r.found
		case tSpace, tComment, tHint:
		case tWord, tName:
			r.name(t)
		case tDot:
			r.dotted = len(r.path) > 0
		case tOp:
			if r.dotted && sql[t.start] == '*' {
				r.path = append(r.path, "*")
			}
			r.flush()
			r.listed = false
		case tComma:
			r.flush()
			r.expected = r.listed
		case tOpen:
			r.flush() // FROM (a, b)
			r.schema = false
		default:
			r.flush()
			r.listed = r.listed && (t.kind == tClose || t.kind == tExecOpen || t.kind == tExecClose)
		}
	}
}

// referenceReader puts the parts of names together.
type referenceReader struct {
	x     lexer
	path  []string // the name being read
	found []QualifiedName
	seen  map[QualifiedName]bool
	// dotted: the next name continues the path. schema: it is a schema's.
	dotted, schema bool
	// expected: the next name is a table's. listed: so is the one behind a comma.
	expected, listed bool
}

// name takes a word or name.
func (r *referenceReader) name(t token) {
	text := string(r.x.sql[t.start:t.end])
	if strings.HasPrefix(text, ".") {
		r.path = append(r.path, text[1:])
		r.dotted = false
		return
	}
	if r.dotted {
		r.path = append(r.path, unquoteName(text))
		r.dotted = false
		return
	}
	r.flush()
	if t.kind == tWord {
		switch strings.ToUpper(text) {
		case "FROM", "JOIN", "STRAIGHT_JOIN", "INTO", "UPDATE", "TABLE", "TABLES", "VIEW", "REFERENCES", "LIKE", "HANDLER",
			"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "CALL", "TO":
			r.expected, r.listed = true, true
			return
		case "DATABASE", "SCHEMA", "USE":
			r.schema, r.listed = true, false
			return
		case "IF", "NOT", "EXISTS", "ONLY", "LATERAL", "IGNORE", "LOW_PRIORITY", "QUICK", "DELAYED", "HIGH_PRIORITY", "AS":
			return
		case "ON": // CREATE TRIGGER … ON t
			r.expected, r.listed = true, false
			return
		case "SELECT", "WHERE", "SET", "USING", "VALUES", "VALUE", "GROUP", "ORDER", "LIMIT", "HAVING":
			r.expected, r.listed = false, false
			return
		}
	}
	r.path = append(r.path, unquoteName(text))
}

// flush ends the name being read.
func (r *referenceReader) flush() {
	if len(r.path) == 0 {
		r.dotted = false
		return
	}
	name := QualifiedName{Name: r.path[0]}
	switch {
	case r.schema:
		name = QualifiedName{Schema: r.path[0], Name: "*"}
		r.expected = true
	case len(r.path) > 1:
		name = QualifiedName{Schema: r.path[0], Name: r.path[1]}
	}
	if (len(r.path) > 1 || r.expected) && !r.seen[name] {
		r.seen[name] = true
		r.found = append(r.found, name)
	}
	r.path, r.dotted, r.expected, r.schema = r.path[:0], false, false, false
}

// unquoteName takes the quotes off a name, if it has any.
func unquoteName(text string) string {
	if len(text) < 2 || text[0] != '`' && text[0] != '"' {
		return text
	}
	quote := text[:1]
	return strings.ReplaceAll(text[1:len(text)-1], quote+quote, quote)
}
