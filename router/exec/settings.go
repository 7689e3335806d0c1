package exec

import (
	"slices"
	"strings"
)

// Settings are the session variables and user variables that a client has
// set. A Settings is immutable: With returns another. Backend connections
// remember the one that they were given, and get the difference.
type Settings struct {
	list []setting
	// text is the fingerprint that a backend connection remembers, and holds
	// all of list; see parseSettings.
	text string
}

// setting is one assignment; its value is SQL text that any server evaluates
// to the same.
type setting struct{ name, value string }

// names is the pseudo variable behind SET NAMES; it comes before the
// character set variables that may differ from it.
const names = "names"

// baseline is what every backend session is given before a client's settings:
// what a server's own defaults must not decide (safety rule 11).
const baseline = "SET SESSION session_track_gtids = OWN_GTID, transaction_isolation = 'REPEATABLE-READ', autocommit = 1"

// defaults undo a setting; where DEFAULT would mean the server's own choice,
// the baseline's value is named.
func defaultOf(name string) string {
	switch name {
	case "transaction_isolation":
		return "'REPEATABLE-READ'"
	case "autocommit":
		return "1"
	default:
		if strings.HasPrefix(name, "@") {
			return "NULL"
		}
		return "DEFAULT"
	}
}

// With returns the settings with one more assignment.
func (s *Settings) With(name, value string) *Settings {
	next := &Settings{}
	for _, v := range s.list {
		if v.name == name || (name == names && strings.HasPrefix(v.name, "character_set_")) || (name == names && v.name == "collation_connection") {
			continue
		}
		next.list = append(next.list, v)
	}
	next.list = append(next.list, setting{name, value})
	slices.SortStableFunc(next.list, func(a, b setting) int { return rankOf(a.name) - rankOf(b.name) })
	next.text = fingerprint(next.list)
	return next
}

// applied begins every fingerprint: a connection that has none is as the login
// left it, without the baseline.
const applied = "\x01"

func fingerprint(list []setting) string {
	var b strings.Builder
	b.WriteString(applied)
	for _, v := range list {
		b.WriteString(v.name)
		b.WriteByte(0)
		b.WriteString(v.value)
		b.WriteByte(0)
	}
	return b.String()
}

// noSettings are those of a session that has set nothing.
func noSettings() *Settings { return &Settings{text: applied} }

// parseSettings reads a fingerprint back.
func parseSettings(text string) *Settings {
	s := &Settings{text: text}
	fields := strings.Split(strings.TrimPrefix(text, applied), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		s.list = append(s.list, setting{fields[i], fields[i+1]})
	}
	return s
}

// Value returns an assignment's SQL text.
func (s *Settings) Value(name string) (string, bool) {
	for _, v := range s.list {
		if v.name == name {
			return v.value, true
		}
	}
	return "", false
}

func rankOf(name string) int {
	switch {
	case name == names:
		return 0
	case strings.HasPrefix(name, "character_set_"), strings.HasPrefix(name, "collation_"):
		return 1
	default:
		return 2
	}
}

// change returns the statements that turn a session with settings from into
// one with settings to.
func change(from, to *Settings) []string {
	var statements, assignments []string
	assign := func(name, value string) {
		if name == names {
			statements = append(statements, "SET NAMES "+value)
			return
		}
		if !strings.HasPrefix(name, "@") {
			name = "SESSION " + name
		}
		assignments = append(assignments, name+" = "+value)
	}
	charset := false
	for _, v := range from.list {
		if _, kept := to.Value(v.name); kept {
			continue
		}
		if v.name == names {
			assign(names, "utf8mb4 COLLATE utf8mb4_0900_ai_ci")
			charset = true
			continue
		}
		assign(v.name, defaultOf(v.name))
		charset = charset || rankOf(v.name) == 1
	}
	for _, v := range to.list {
		had, _ := from.Value(v.name)
		if v.name == names {
			charset = charset || had != v.value
		}
		if had != v.value || (charset && rankOf(v.name) <= 1) {
			assign(v.name, v.value)
		}
	}
	if len(assignments) > 0 {
		statements = append(statements, "SET "+strings.Join(assignments, ", "))
	}
	return statements
}
