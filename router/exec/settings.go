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
	// system is the fingerprint of the system variables alone.
	system string
}

// setting is one assignment; its value is SQL text that any server evaluates
// to the same.
type setting struct{ name, value string }

// names is the pseudo variable behind SET NAMES; it comes before the
// character set variables that may differ from it.
const names = "names"

// baseline is what every backend session is given before a client's settings:
// what a server's own defaults must not decide (safety rule 11). sql_mode is
// among them because text is read, and shard keys are stored, by it.
func baseline(mode string) string {
	return "SET SESSION session_track_gtids = OWN_GTID, transaction_isolation = 'REPEATABLE-READ', autocommit = 1, sql_mode = " + mode
}

// DefaultSQLMode is the sql_mode of a session that has set none: MySQL's own default.
const DefaultSQLMode = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

// baseMode is the sql_mode that a session begins with, as SQL text. A client
// may ask for IGNORE_SPACE when it comes in.
func (s *Session) baseMode() string {
	if s.variant.IgnoreSpace {
		return "'IGNORE_SPACE," + DefaultSQLMode + "'"
	}
	return "'" + DefaultSQLMode + "'"
}

// defaultOf undoes a setting; where DEFAULT would mean the server's own choice,
// the baseline's value is named.
func defaultOf(name, mode string) string {
	switch name {
	case "transaction_isolation":
		return "'REPEATABLE-READ'"
	case "autocommit":
		return "1"
	case "sql_mode":
		return mode
	case "foreign_key_checks", "unique_checks":
		return "@@GLOBAL." + name // SET … = DEFAULT switches these off, whatever the global value is
	default:
		if strings.HasPrefix(name, "@") {
			return "NULL"
		}
		return "DEFAULT"
	}
}

// With returns the settings with one more assignment.
func (s *Settings) With(name, value string) *Settings {
	list := make([]setting, 0, len(s.list)+1)
	for _, v := range s.list {
		if v.name != name && (name != names || !isCharset(v.name)) {
			list = append(list, v)
		}
	}
	return newSettings(append(list, setting{name, value}))
}

// Without returns the settings without an assignment: the variable is as new.
func (s *Settings) Without(name string) *Settings {
	return newSettings(slices.DeleteFunc(slices.Clone(s.list), func(v setting) bool { return v.name == name }))
}

func newSettings(list []setting) *Settings {
	system := slices.DeleteFunc(slices.Clone(list), func(v setting) bool { return strings.HasPrefix(v.name, "@") })
	return &Settings{list: list, text: fingerprint(list), system: fingerprint(system)}
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
func noSettings() *Settings { return &Settings{text: applied, system: applied} }

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

// isCharset reports whether a setting is one of those that SET NAMES sets too,
// so that their order matters.
func isCharset(name string) bool {
	switch name {
	case names, "character_set_client", "character_set_connection", "character_set_results", "collation_connection":
		return true
	default:
		return false
	}
}

// charsets are the settings of which isCharset holds, in the order in which
// they were made.
func (s *Settings) charsets() []setting {
	var list []setting
	for _, v := range s.list {
		if isCharset(v.name) {
			list = append(list, v)
		}
	}
	return list
}

// change returns the statements that turn a session with settings from into
// one with settings to. mode is the sql_mode of one that has set none.
func change(from, to *Settings, mode string) []string {
	var statements, assignments []string
	assign := func(name, value string) {
		if !strings.HasPrefix(name, "@") {
			name = "SESSION " + name
		}
		assignments = append(assignments, name+" = "+value)
	}
	if charsets := to.charsets(); !slices.Equal(from.charsets(), charsets) {
		base, set := to.Value(names)
		if !set {
			base = "utf8mb4 COLLATE utf8mb4_0900_ai_ci"
		}
		statements = append(statements, "SET NAMES "+base)
		for _, v := range charsets {
			if v.name != names {
				assign(v.name, v.value)
			}
		}
	}
	for _, v := range from.list {
		if _, kept := to.Value(v.name); !kept && !isCharset(v.name) {
			assign(v.name, defaultOf(v.name, mode))
		}
	}
	for _, v := range to.list {
		if had, set := from.Value(v.name); !isCharset(v.name) && (!set || had != v.value) {
			assign(v.name, v.value)
		}
	}
	if len(assignments) > 0 {
		statements = append(statements, "SET "+strings.Join(assignments, ", "))
	}
	return statements
}
