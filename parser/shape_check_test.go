package parser

import (
	"bytes"
	"testing"
)

// checkShape fails the test if a shape contradicts itself or its text.
func checkShape(t *testing.T, sql []byte, mode Mode, s *Shape) {
	t.Helper()
	if s.Start < 0 || s.Start > s.End || s.End > s.Rest || s.Rest > len(sql) {
		t.Fatalf("bounds %d %d %d of %d in %q", s.Start, s.End, s.Rest, len(sql), sql)
	}
	if s.Flags.Has(Multi) != (s.Rest < len(sql)) {
		t.Fatalf("Multi is %v, rest %d of %d in %q", s.Flags.Has(Multi), s.Rest, len(sql), sql)
	}
	if s.Doubt && (len(s.Literals) > 0 || len(s.Slots) > 0 || s.HasRows) {
		t.Fatalf("doubtful with literals: %q", sql)
	}
	end := s.Start
	for _, lit := range s.Literals {
		if lit.Start < end || lit.End <= lit.Start || lit.End > s.End || lit.Kind == 0 {
			t.Fatalf("literal %+v behind %d, statement ends %d in %q", lit, end, s.End, sql)
		}
		end = lit.End
	}
	checkSlots(t, sql, s)
	if s.Doubt || s.HintErr != nil || !s.Verb.Query() {
		return
	}
	// The literals, put back where the text has ?, give the text again.
	var again Shape
	new(Scanner).Scan(resubstitute(sql, s, mode), mode, &again)
	if !bytes.Equal(again.Text, s.Text) || again.Doubt {
		t.Fatalf("%q\nhas text %q\nwith literals put back %q\nhas text %q", sql, s.Text, resubstitute(sql, s, mode), again.Text)
	}
	// A text is its own text, each ? being a parameter of the client's.
	new(Scanner).Scan(s.Text, mode, &again)
	if !bytes.Equal(again.Text, s.Text) || again.Doubt || len(again.Slots) != len(s.Slots) {
		t.Fatalf("%q\nhas text %q\nwhich has text %q", sql, s.Text, again.Text)
	}
}

// checkSlots fails the test if literals and slots do not fit each other.
func checkSlots(t *testing.T, sql []byte, s *Shape) {
	t.Helper()
	used := 0
	for i, slot := range s.Slots {
		if s.HasRows && i > s.Rows.Slot && i < s.Rows.Slot+s.Rows.Width {
			if slot.First != s.Rows.Lit+i-s.Rows.Slot || slot.Count != 1 {
				t.Fatalf("slot %d of a row is %+v in %q", i, slot, sql)
			}
			continue
		}
		if slot.First != used || slot.Count < 1 || slot.Count > 1 && !slot.List {
			t.Fatalf("slot %d is %+v, literals used %d in %q", i, slot, used, sql)
		}
		used += slot.Count
		if s.HasRows && i == s.Rows.Slot {
			used += s.Rows.Width*s.Rows.Count - 1
		}
	}
	if used != len(s.Literals) {
		t.Fatalf("slots use %d of %d literals in %q", used, len(s.Literals), sql)
	}
	if s.HasRows && len(s.Rows.Spans) != s.Rows.Count {
		t.Fatalf("%d spans of %d rows in %q", len(s.Rows.Spans), s.Rows.Count, sql)
	}
}

// resubstitute puts the literals back into the text: the first row's, and every
// element of a list.
func resubstitute(sql []byte, s *Shape, mode Mode) []byte {
	var out []byte
	x := lexer{sql: s.Text, mode: mode, joint: -1}
	slot := 0
	for t := x.next(); t.kind != tEnd; t = x.next() {
		if t.kind != tLiteral || t.lit != Param {
			out = append(out, s.Text[t.start:t.end]...)
			continue
		}
		sl := s.Slots[slot]
		for k, lit := range s.Literals[sl.First : sl.First+sl.Count] {
			if k > 0 {
				out = append(out, ',')
			}
			out = append(out, sql[lit.Start:lit.End]...)
		}
		slot++
	}
	return out
}
