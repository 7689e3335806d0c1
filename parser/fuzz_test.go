package parser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus returns every statement of the scan tests.
func corpus(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob("testdata/scan/*.txt")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no test files: %v", err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		for part := range strings.SplitSeq(string(text), "\n\n") {
			head, rest, _ := strings.Cut(part, "\n")
			if sql, _, ok := strings.Cut(rest, "\n----"); ok && strings.HasPrefix(head, "scan") {
				all = append(all, string(unescapeTest(sql)))
			}
		}
	}
	return all
}

func modeOf(bits uint8) Mode {
	return Mode{
		ANSIQuotes: bits&1 != 0, NoBackslashEscapes: bits&2 != 0, PipesAsConcat: bits&4 != 0,
		IgnoreSpace: bits&8 != 0, HighNotPrecedence: bits&16 != 0, Charset: CharsetClass(bits >> 5 & 1),
	}
}

// FuzzScan checks safety rule 22 on any bytes: no panic, offsets in bounds, the
// literals put back give the same shape again, and the text means the statement.
func FuzzScan(f *testing.F) {
	for _, sql := range corpus(f) {
		f.Add([]byte(sql), uint8(0))
		f.Add([]byte(sql), uint8(3))
	}
	f.Fuzz(func(t *testing.T, sql []byte, bits uint8) {
		mode := modeOf(bits)
		var s Shape
		new(Scanner).Scan(sql, mode, &s)
		checkShape(t, sql, mode, &s)
		for i := range s.Literals {
			lit := s.Literals[i]
			if _, err := Unquote(sql, lit, mode, nil); (err != nil) != (lit.Kind == Param) {
				t.Fatalf("value of %+v in %q: %v", lit, sql, err)
			}
		}
		compareTrees(t, sql, mode)
		References(sql, mode)
	})
}

// TestScanReusesTheShape checks that nothing of one statement is left in the
// next one's shape, and that nothing is allocated.
func TestScanReusesTheShape(t *testing.T) {
	all := corpus(t)
	var l Scanner
	var reused Shape
	for i, sql := range all {
		l.Scan([]byte(all[len(all)-1-i]), Mode{}, &reused)
		l.Scan([]byte(sql), Mode{}, &reused)
		var fresh Shape
		new(Scanner).Scan([]byte(sql), Mode{}, &fresh)
		if printShape([]byte(sql), &reused) != printShape([]byte(sql), &fresh) {
			t.Errorf("%q: reused shape is\n%sfresh one is\n%s", sql, printShape([]byte(sql), &reused), printShape([]byte(sql), &fresh))
		}
	}
	sql := []byte("SELECT c FROM sbtest1 WHERE id=5025 AND k IN (1, 2, 3)")
	if n := testing.AllocsPerRun(100, func() { l.Scan(sql, Mode{}, &reused) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
