package parser

import "strings"

// RowAlias is what INSERT … VALUES … AS new(a, b) calls the row that it inserts,
// by which ON DUPLICATE KEY UPDATE speaks of it.
type RowAlias struct {
	Name string
	// Columns are the names given to the row's columns, none if they keep their own.
	Columns []string
}

// WithoutRowAlias takes the row alias out of an INSERT, which only MySQL's own
// parser reads. The parameters keep their order. ok is false if there is none.
func WithoutRowAlias(sql []byte, mode Mode) (text string, alias RowAlias, ok bool) {
	p := readTokens(sql, mode)
	depth := 0
	for at := range p.tokens {
		switch p.kind(at) {
		case tOpen:
			depth++
		case tClose:
			depth--
		default:
		}
		if depth > 0 {
			continue
		}
		switch p.word(at) {
		case "SELECT", "TABLE", "WITH": // rows of a query have no such name
			return "", RowAlias{}, false
		case "AS":
			alias, end, found := p.rowAlias(at)
			if !found {
				return "", RowAlias{}, false
			}
			return string(sql[:p.tokens[at].start]) + string(sql[p.tokens[end].end:]), alias, true
		}
	}
	return "", RowAlias{}, false
}

// rowAlias reads AS name (column, …) at a token, which ends the statement or
// stands before ON DUPLICATE; end is its last token.
func (p *rephraser) rowAlias(at int) (alias RowAlias, end int, ok bool) {
	end = at + 1
	if alias.Name, ok = p.identifier(end); !ok {
		return alias, 0, false
	}
	if p.kind(end+1) == tOpen {
		for end++; p.kind(end) != tClose; end += 2 {
			name, ok := p.identifier(end + 1)
			if k := p.kind(end + 2); !ok || k != tComma && k != tClose {
				return alias, 0, false
			}
			alias.Columns = append(alias.Columns, name)
			if p.kind(end+2) == tClose {
				end += 2
				break
			}
		}
	}
	last := p.kind(end+1) == tEnd || p.kind(end+1) == tSemicolon
	return alias, end, last || p.word(end+1) == "ON" && p.word(end+2) == "DUPLICATE"
}

// identifier is the name at a token, without its quotes.
func (p *rephraser) identifier(at int) (string, bool) {
	if k := p.kind(at); k != tWord && k != tName {
		return "", false
	}
	text := string(p.sql[p.tokens[at].start:p.tokens[at].end])
	if strings.HasPrefix(text, ".") {
		return "", false
	}
	return unquoteName(text), true
}
