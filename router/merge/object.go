package merge

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/shardway/shardway/mysql"
)

// jsonValue cuts the first value off a text as MySQL prints JSON.
func jsonValue(text []byte) (value, rest []byte, ok bool) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return text[:i+1], text[i+1:], true
			}
		case quoted:
		case b == '[' || b == '{':
			depth++
		case b == ']' || b == '}' || b == ',' || b == ':':
			if depth == 0 {
				return text[:i], text[i:], i > 0
			}
			if b == ']' || b == '}' {
				depth--
				if depth == 0 {
					return text[:i+1], text[i+1:], true
				}
			}
		}
	}
	return nil, nil, false
}

// objectResult prints the members in MySQL's order: shorter names first.
func objectResult(s *state) mysql.Cell {
	if s.members == nil {
		return mysql.Cell{Null: true}
	}
	type member struct {
		name string
		text string
	}
	list := make([]member, 0, len(s.members))
	for text := range s.members {
		list = append(list, member{name: jsonName(text), text: text})
	}
	slices.SortFunc(list, func(a, z member) int {
		if len(a.name) != len(z.name) {
			return len(a.name) - len(z.name)
		}
		return strings.Compare(a.name, z.name)
	})
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range list {
		if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(m.text)
		out.WriteString(": ")
		out.Write(s.members[m.text])
	}
	out.WriteByte('}')
	return mysql.Cell{Data: out.Bytes()}
}

// jsonName reads a quoted name.
func jsonName(text string) string {
	var name string
	if !strings.Contains(text, `\`) || json.Unmarshal([]byte(text), &name) != nil {
		return strings.Trim(text, `"`)
	}
	return name
}
