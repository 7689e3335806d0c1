package parser

import (
	"fmt"
	"strings"
)

// Rephrased is a SELECT without what only MySQL's own parser reads.
type Rephrased struct {
	Text string
	// Functions are the table functions, JSON_TABLE(…), by the table names that
	// stand in their places.
	Functions map[string]string
	// Into are the names of the user variables of SELECT … INTO @a, @b, which is
	// left out.
	Into []string
}

// functionPrefix begins the names that stand for table functions.
const functionPrefix = "_shardway_f"

// Rephrase says a SELECT in other words: JSON_TABLE becomes a table's name, a
// derived table with names for its columns becomes LATERAL, which the parser
// reads with them and which means the same where nothing outside is named, and
// INTO @variables is taken out. ok is false if there is nothing of that in it.
func Rephrase(sql []byte, mode Mode) (r Rephrased, ok bool) {
	p := readTokens(sql, mode)
	p.out.Functions = map[string]string{}
	for at := 0; at < len(p.tokens); {
		at = p.step(at)
	}
	if p.broken || p.changes == 0 {
		return Rephrased{}, false
	}
	p.copyUpTo(len(sql))
	p.out.Text = p.text.String()
	return p.out, true
}

// readTokens reads all tokens of a text but white space and comments.
func readTokens(sql []byte, mode Mode) *rephraser {
	p := &rephraser{sql: sql}
	x := lexer{sql: sql, mode: mode, joint: -1}
	for t := x.next(); t.kind != tEnd; t = x.next() {
		if t.kind != tSpace && t.kind != tComment {
			p.tokens = append(p.tokens, t)
		}
	}
	return p
}

type rephraser struct {
	sql    []byte
	tokens []token
	text   strings.Builder
	// copied is how far the text has been taken over.
	copied  int
	changes int
	broken  bool
	out     Rephrased
}

func (p *rephraser) word(at int) string {
	if at < 0 || at >= len(p.tokens) || p.tokens[at].kind != tWord {
		return ""
	}
	return strings.ToUpper(string(p.sql[p.tokens[at].start:p.tokens[at].end]))
}

func (p *rephraser) kind(at int) tokenKind {
	if at < 0 || at >= len(p.tokens) {
		return tEnd
	}
	return p.tokens[at].kind
}

func (p *rephraser) copyUpTo(end int) {
	p.text.Write(p.sql[p.copied:end])
	p.copied = end
}

// step looks at one token and returns the next to look at.
func (p *rephraser) step(at int) int {
	switch {
	case p.word(at) == "JSON_TABLE" && p.kind(at+1) == tOpen:
		return p.function(at)
	case p.word(at) == "INTO" && p.kind(at+1) == tUserVar:
		return p.into(at)
	case p.kind(at) == tOpen && p.derived(at):
		p.named(at)
	}
	return at + 1
}

// closing is the token that closes the parenthesis at a token, -1 if none does.
func (p *rephraser) closing(at int) int {
	depth := 0
	for i := at; i < len(p.tokens); i++ {
		switch p.tokens[i].kind {
		case tOpen:
			depth++
		case tClose:
			if depth--; depth == 0 {
				return i
			}
		default: // the rest is inside
		}
	}
	return -1
}

// function replaces JSON_TABLE(…) by a name.
func (p *rephraser) function(at int) int {
	end := p.closing(at + 1)
	if end < 0 {
		p.broken = true
		return len(p.tokens)
	}
	for i := at; i < end; i++ {
		if t := p.tokens[i]; t.kind == tLiteral && t.lit == Param {
			p.broken = true // MySQL takes a parameter as its first argument alone
		}
	}
	name := fmt.Sprint(functionPrefix, len(p.out.Functions)+1)
	p.copyUpTo(p.tokens[at].start)
	p.out.Functions[name] = string(p.sql[p.tokens[at].start:p.tokens[end].end])
	p.text.WriteString("`" + name + "`")
	p.copied = p.tokens[end].end
	p.changes++
	return end + 1
}

// into takes INTO @a, @b out.
func (p *rephraser) into(at int) int {
	p.copyUpTo(p.tokens[at].start)
	p.changes++
	for at++; ; at += 2 {
		t := p.tokens[at]
		p.out.Into = append(p.out.Into, unquoteVariable(string(p.sql[t.start:t.end])))
		p.copied = t.end
		if p.kind(at+1) != tComma || p.kind(at+2) != tUserVar {
			return at + 1
		}
	}
}

// unquoteVariable is the name of a user variable: @x, @`x`, @'x' or @"x".
func unquoteVariable(text string) string {
	name := strings.TrimPrefix(text, "@")
	if len(name) < 2 || name[0] != '\'' {
		return unquoteName(name)
	}
	return strings.ReplaceAll(name[1:len(name)-1], "''", "'")
}

// derived reports whether a parenthesis opens a derived table: a query behind
// FROM, JOIN, a comma or another parenthesis of a table list.
func (p *rephraser) derived(at int) bool {
	switch p.word(at + 1) {
	case "SELECT", "WITH", "VALUES", "TABLE":
	default:
		return false
	}
	switch p.word(at - 1) {
	case "FROM", "JOIN", "STRAIGHT_JOIN":
		return true
	}
	return p.kind(at-1) == tComma
}

// named puts LATERAL before a derived table whose columns are given names.
func (p *rephraser) named(at int) {
	i := p.closing(at) + 1
	if i == 0 {
		return
	}
	if p.word(i) == "AS" {
		i++
	}
	if k := p.kind(i); k != tWord && k != tName || p.kind(i+1) != tOpen {
		return
	}
	switch p.word(i) {
	case "ON", "USING", "WHERE", "JOIN", "IN", "AND", "OR":
		return
	}
	for j := i + 2; ; j += 2 {
		if k := p.kind(j); k != tWord && k != tName {
			return
		}
		if p.kind(j+1) == tClose {
			break
		}
		if p.kind(j+1) != tComma {
			return
		}
	}
	p.copyUpTo(p.tokens[at].start)
	p.text.WriteString("LATERAL ")
	p.changes++
}
