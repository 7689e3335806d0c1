package parser

import (
	"strings"
	"testing"
)

// TestKeywordsAreFound looks every known word up, in both cases, and words that
// differ by a letter.
func TestKeywordsAreFound(t *testing.T) {
	known := knownWords()
	if len(known) > 255 {
		t.Fatalf("%d words do not fit the table's index", len(known))
	}
	seen := map[string]bool{}
	for _, w := range known {
		if seen[w.text] {
			t.Errorf("%s is listed twice", w.text)
		}
		seen[w.text] = true
		if len(w.text) < wordLenLeast || len(w.text) > wordLenMax {
			t.Errorf("%s has %d letters", w.text, len(w.text))
		}
	}
	for _, w := range known {
		for _, text := range []string{w.text, strings.ToUpper(w.text)} {
			got := keywords.lookup([]byte(text))
			if got == nil || got.verb != w.verb || got.kw != w.kw || got.call != w.call || got.bare != w.bare {
				t.Errorf("%s: %+v", text, got)
			}
		}
		for i := range w.text {
			other := w.text[:i] + "q" + w.text[i+1:]
			if got := keywords.lookup([]byte(other)); got != nil && !seen[other] {
				t.Errorf("%s is taken for %+v", other, got)
			}
		}
	}
	if keywords.lookup([]byte(strings.Repeat("x", 1000))) != nil || keywords.lookup([]byte("x")) != nil {
		t.Error("found what is too long or too short")
	}
}

func TestNames(t *testing.T) {
	if Select.String() != "SELECT" || Verb(250).String() != "other" || len(verbNames) != int(Get)+1 {
		t.Errorf("verbs: %s %s, %d names", Select, Verb(250), len(verbNames))
	}
	if 1<<(len(flagNames)-1) != StoredProgram {
		t.Errorf("%d names of flags", len(flagNames))
	}
	if Class(99).String() != "unknown" || Admin.String() != "admin" {
		t.Errorf("classes: %s %s", Class(99), Admin)
	}
	for charset, class := range map[string]CharsetClass{"gbk": Multibyte5C, "sjis": Multibyte5C, "utf8mb4": UTF8, "latin1": UTF8} {
		if ClassOf(charset) != class {
			t.Errorf("%s is of class %d", charset, ClassOf(charset))
		}
	}
}
