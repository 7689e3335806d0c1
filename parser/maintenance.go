package parser

// ReadMaintenance reads the tables of ANALYZE, CHECK, OPTIMIZE or REPAIR TABLE, of
// which the parser knows not all forms. ok is false if the text is none of these.
func ReadMaintenance(sql []byte, mode Mode) (tables []QualifiedName, ok bool) {
	p := readTokens(sql, mode)
	at := 1
	switch p.word(0) {
	case "ANALYZE", "CHECK", "OPTIMIZE", "REPAIR":
	default:
		return nil, false
	}
	if w := p.word(at); w == "NO_WRITE_TO_BINLOG" || w == "LOCAL" {
		at++
	}
	if w := p.word(at); w != "TABLE" && w != "TABLES" {
		return nil, false
	}
	for at++; ; at++ {
		name, next, found := p.qualified(at)
		if !found {
			return nil, false
		}
		tables = append(tables, name)
		if at = next; p.kind(at) != tComma {
			return tables, true
		}
	}
}

// qualified reads a table's name at a token, and returns the token behind it.
func (p *rephraser) qualified(at int) (name QualifiedName, next int, ok bool) {
	if name.Name, ok = p.identifier(at); !ok {
		return name, at, false
	}
	second := ""
	switch {
	case p.kind(at+1) == tDot:
		if second, ok = p.identifier(at + 2); !ok {
			return name, at, false
		}
		at += 2
	case p.kind(at+1) == tName && p.sql[p.tokens[at+1].start] == '.':
		t := p.tokens[at+1]
		second = unquoteName(string(p.sql[t.start+1 : t.end]))
		at++
	default:
		return name, at + 1, true
	}
	return QualifiedName{Schema: name.Name, Name: second}, at + 1, true
}
