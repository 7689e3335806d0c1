package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// testMode reads a mode as the test files write it.
func testMode(t *testing.T, d *datadriven.TestData) Mode {
	var m Mode
	for _, arg := range d.CmdArgs {
		switch arg.Key {
		case "ansi":
			m.ANSIQuotes = true
		case "nobackslash":
			m.NoBackslashEscapes = true
		case "pipes":
			m.PipesAsConcat = true
		case "ignorespace":
			m.IgnoreSpace = true
		case "gbk":
			m.Charset = Multibyte5C
		default:
			d.Fatalf(t, "mode %q", arg.Key)
		}
	}
	return m
}

// unescapeTest lets test files have bytes that an editor would not show.
func unescapeTest(input string) []byte {
	return []byte(strings.NewReplacer(`<80>`, "\x80", `<A0>`, "\xA0", `<BF>`, "\xBF", `<00>`, "\x00", `<01>`, "\x01", "<TAB>", "\t").Replace(input))
}

func TestScan(t *testing.T) {
	datadriven.Walk(t, "testdata/scan", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "scan" {
				d.Fatalf(t, "command %q", d.Cmd)
			}
			sql := unescapeTest(d.Input)
			var l Scanner
			var s Shape
			l.Scan(sql, testMode(t, d), &s)
			checkShape(t, sql, testMode(t, d), &s)
			return printShape(sql, &s)
		})
	})
}

// printShape writes a shape for people.
func printShape(sql []byte, s *Shape) string {
	var b strings.Builder
	doubt := ""
	if s.Doubt {
		doubt = " DOUBT"
	}
	fmt.Fprintf(&b, "%s%s: %q\n", s.Verb, doubt, s.Text)
	for i, slot := range s.Slots {
		if s.HasRows && i >= s.Rows.Slot && i < s.Rows.Slot+s.Rows.Width {
			continue
		}
		fmt.Fprintf(&b, "  ?%d", i)
		if slot.List {
			b.WriteString(" list")
		}
		for _, lit := range s.Literals[slot.First : slot.First+slot.Count] {
			fmt.Fprintf(&b, " %s", printLiteral(sql, lit))
		}
		b.WriteByte('\n')
	}
	if s.HasRows {
		for r := range s.Rows.Count {
			fmt.Fprintf(&b, "  row ?%d", s.Rows.Slot)
			for c := range s.Rows.Width {
				fmt.Fprintf(&b, " %s", printLiteral(sql, s.Literals[s.Rows.Lit+r*s.Rows.Width+c]))
			}
			span := s.Rows.Spans[r]
			fmt.Fprintf(&b, " in %s\n", sql[span.Start:span.End])
		}
	}
	if s.Flags != 0 {
		fmt.Fprintf(&b, "  flags: %s\n", s.Flags)
	}
	if s.Hint != HintNone || s.HintSpan != (Span{}) {
		fmt.Fprintf(&b, "  hint: %s in %q\n", s.Hint, sql[s.HintSpan.Start:s.HintSpan.End])
	}
	if s.HintErr != nil {
		fmt.Fprintf(&b, "  hint error: %s\n", s.HintErr)
	}
	if s.Rest < len(sql) {
		fmt.Fprintf(&b, "  rest: %q\n", sql[s.Rest:])
	}
	return b.String()
}

func printLiteral(sql []byte, lit Literal) string {
	if lit.Kind == Param {
		return fmt.Sprintf("param[%d]", lit.Param)
	}
	return fmt.Sprintf("%s[%s]", lit.Kind, sql[lit.Start:lit.End])
}
