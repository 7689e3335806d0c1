package parser

import (
	"errors"
	"strings"
	"testing"
)

func TestUnquote(t *testing.T) {
	for _, tc := range []struct {
		literal, want string
		mode          Mode
	}{
		{literal: "12", want: "12"},
		{literal: "1.50", want: "1.50"},
		{literal: "1e3", want: "1e3"},
		{literal: `'it''s'`, want: `it's`},
		{literal: `"say ""x"" 'y'"`, want: `say "x" 'y'`},
		{literal: `'a\'b\"c\\d'`, want: `a'b"c\d`},
		{literal: `'\0\b\n\r\t\Z\q'`, want: "\x00\b\n\r\t\x1Aq"},
		{literal: `'a\%b\_c'`, want: `a\%b\_c`},
		{literal: `'a\'`, want: `a\`, mode: Mode{NoBackslashEscapes: true}},
		{literal: `'a\n''b'`, want: `a\n'b`, mode: Mode{NoBackslashEscapes: true}},
		{literal: `''`, want: ""},
		{literal: `N'é'`, want: "é"},
		{literal: "_binary 'a\\\\b'", want: `a\b`},
		{literal: "_binary'\x80'", want: "\x80"},
		{literal: "0x4142", want: "AB"},
		{literal: "0x142", want: "\x01\x42"},
		{literal: "x'4a4B'", want: "JK"},
		{literal: "X''", want: ""},
		{literal: "0b1000001", want: "A"},
		{literal: "b'101000001'", want: "\x01\x41"},
		{literal: "b''", want: ""},
	} {
		sql := []byte("SELECT a FROM t WHERE b = " + tc.literal)
		var s Shape
		new(Scanner).Scan(sql, tc.mode, &s)
		if len(s.Literals) != 1 {
			t.Errorf("%s: %d literals", tc.literal, len(s.Literals))
			continue
		}
		got, err := Unquote(sql, s.Literals[0], tc.mode, []byte("before "))
		if err != nil || string(got) != "before "+tc.want {
			t.Errorf("%s: %q, %v", tc.literal, got, err)
		}
	}
}

func TestUnquoteRefuses(t *testing.T) {
	for _, lit := range []Literal{
		{Kind: Param, Start: 0, End: 1},
		{Kind: String, Start: 0, End: 1},
		{Kind: String, Start: 0, End: 9},
		{Kind: Int, Start: 2, End: 2},
		{Start: 0, End: 1},
	} {
		if got, err := Unquote([]byte("?'"), lit, Mode{}, nil); !errors.Is(err, ErrNoValue) || len(got) > 0 {
			t.Errorf("%+v: %q, %v", lit, got, err)
		}
	}
}

// TestLongTexts checks that a text of many escapes is read in one pass.
func TestLongTexts(t *testing.T) {
	sql := []byte("SELECT a FROM t WHERE b = '" + strings.Repeat(`\'x''\\`, 1<<18) + "' AND c = 5")
	var s Shape
	new(Scanner).Scan(sql, Mode{}, &s)
	if got := string(s.Text); got != "SELECT a FROM t WHERE b = ? AND c = ?" {
		t.Errorf("%.100q", got)
	}
}
