package exec

import (
	"slices"
	"testing"
)

func settingsOf(pairs ...string) *Settings {
	s := noSettings()
	for i := 0; i < len(pairs); i += 2 {
		s = s.With(pairs[i], pairs[i+1])
	}
	return s
}

func TestChange(t *testing.T) {
	base := "SET NAMES utf8mb4 COLLATE utf8mb4_0900_ai_ci"
	for name, c := range map[string]struct {
		from, to *Settings
		want     []string
	}{
		"nothing":  {settingsOf("a", "1"), settingsOf("a", "1"), nil},
		"one more": {settingsOf(), settingsOf("a", "1", "@`x`", "2"), []string{"SET SESSION a = 1, @`x` = 2"}},
		"undone": {
			settingsOf("a", "1", "@`x`", "2", "autocommit", "0", "transaction_isolation", "'SERIALIZABLE'", "sql_mode", "''"), settingsOf(),
			[]string{"SET SESSION a = DEFAULT, @`x` = NULL, SESSION autocommit = 1, SESSION transaction_isolation = 'REPEATABLE-READ', SESSION sql_mode = 'M'"},
		},
		"names":        {settingsOf(), settingsOf(names, "latin1"), []string{"SET NAMES latin1"}},
		"names undone": {settingsOf(names, "latin1"), settingsOf("a", "1"), []string{base, "SET SESSION a = 1"}},
		"order of character sets": {
			settingsOf("character_set_connection", "'utf8mb4'", "collation_connection", "'latin1_bin'"),
			settingsOf("collation_connection", "'latin1_bin'", "character_set_connection", "'utf8mb4'"),
			[]string{base, "SET SESSION collation_connection = 'latin1_bin', SESSION character_set_connection = 'utf8mb4'"},
		},
		"names forget what they set": {
			settingsOf(), settingsOf("character_set_client", "'gbk'", names, "utf8mb4"), []string{"SET NAMES utf8mb4"},
		},
	} {
		if got := change(c.from, c.to, "'M'"); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestSettingsReadBack(t *testing.T) {
	s := settingsOf("a", "1", names, "latin1 COLLATE latin1_bin", "@`x y`", "'z'").Without("a").With("b", "'2'")
	if got := parseSettings(s.text); !slices.Equal(got.list, s.list) {
		t.Errorf("%q became %q", s.list, got.list)
	}
	if a, b := s, s.With("@`q`", "1"); a.system != b.system || a.text == b.text {
		t.Error("user variables count as system variables")
	}
}

func TestOpaque(t *testing.T) {
	for _, c := range []struct {
		s    *Settings
		want bool
	}{
		{settingsOf(), false},
		{settingsOf(names, "latin1"), false},
		{settingsOf(names, "latin1", "character_set_connection", "'utf8mb4'"), true},
		{settingsOf("collation_connection", "'latin1_bin'"), true},
		{settingsOf("collation_connection", "'utf8mb4_bin'"), false},
		{settingsOf("character_set_client", "'gbk'"), true},
	} {
		if got := (&Session{settings: c.s}).Opaque(); got != c.want {
			t.Errorf("%q: %v", c.s.list, got)
		}
	}
}
