package exec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/router/plan"
)

// records cuts a text that comes in pieces of n bytes.
func records(t *testing.T, format plan.LoadFormat, fields, n int, text string) []string {
	t.Helper()
	p := &recordReader{format: &format, fields: fields}
	var all []string
	whole := ""
	for {
		r, ok := p.next()
		switch {
		case ok:
			var values []string
			for _, f := range r.fields {
				if f.start > f.end || f.end > len(r.raw) {
					t.Fatalf("a field at %d to %d of %q", f.start, f.end, r.raw)
				}
				value := string(f.value)
				if f.null {
					value = "NULL"
				}
				values = append(values, fmt.Sprintf("%s<%s>", value, r.raw[f.start:f.end]))
			}
			all = append(all, fmt.Sprint(strings.Join(values, " "), " ", r.exact))
			whole += string(r.raw)
		case p.short:
			m := min(n, len(text))
			p.buf = append(p.buf, text[:m]...)
			text = text[m:]
			p.eof = m == 0
		default:
			if got := whole + string(p.buf[p.at:]); format.Start == "" && got != string(p.buf) {
				t.Errorf("the records together are %q", got)
			}
			return all
		}
	}
}

func TestRecords(t *testing.T) {
	tabs := plan.LoadFormat{Separator: "\t", Escaped: "\\", End: "\n"}
	csv := plan.LoadFormat{Separator: ",", Enclosed: `"`, Escaped: "\\", End: "\r\n"}
	quotes := plan.LoadFormat{Separator: ",", Enclosed: `"`, Escaped: `"`, End: "\n"}
	long := plan.LoadFormat{Separator: "::", Escaped: "\\", End: ";;\n", Start: "> "}
	for _, c := range []struct {
		format plan.LoadFormat
		fields int
		text   string
		want   []string
	}{
		{tabs, 2, "1\ta\n2\tb\n", []string{"1<1> a<a> true", "2<2> b<b> true"}},
		{tabs, 2, "1\ta\n2\tb", []string{"1<1> a<a> true", "2<2> b<b> true"}},
		{tabs, 2, "1\n\n2\tb\tc\\\nd\n3", []string{"1<1> false", "<> false", "2<2> b<b> false", "3<3> false"}},
		{tabs, 2, "1\t\\N\n2\t\\t\\\\\\\n\\Nx\n", []string{"1<1> NULL<\\N> true", "2<2> \t\\\nNx<\\t\\\\\\\n\\Nx> true"}},
		{tabs, 1, "", nil},
		{tabs, 1, "\n", []string{"<> true"}},
		{tabs, 2, "1\t", []string{"1<1> false"}},
		{csv, 2, "\"a,\"\"b\r\n\"\"\",2\r\n\"NULL\",NULL\r\n", []string{"a,\"b\r\n\"<\"a,\"\"b\r\n\"\"\"> 2<2> true", "NULL<\"NULL\"> NULL<NULL> true"}},
		{csv, 2, "\"x\"y\",\"open\r\n", []string{"x\"y<\"x\"y\"> \"open\r\n<\"open\r\n> true"}},
		{csv, 2, "a\"b\",c\rd\r\n", []string{"a\"b\"<a\"b\"> c\rd<c\rd> true"}},
		{quotes, 2, "\"fie\"\"ld\\n1\",\"2\"\na\"\"b,3\n", []string{"fie\"ld\\n1<\"fie\"\"ld\\n1\"> 2<\"2\"> true", "a\"b<a\"\"b> 3<3> true"}},
		{long, 2, "no > 1::a:;;\nskipped;;\n> 2::b;\n;;\n", []string{"1<1> a:<a:> true", "2<2> b;\n<b;\n> true"}},
	} {
		for _, n := range []int{1, 2, 3, 1000} {
			got := records(t, c.format, c.fields, n, c.text)
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("%q in pieces of %d\n\tis   %q\n\tnot  %q", c.text, n, got, c.want)
			}
		}
	}
}

func TestRecordsSkipLines(t *testing.T) {
	p := &recordReader{format: &plan.LoadFormat{Separator: ",", Enclosed: `"`, Escaped: "\\", End: "\n"}, fields: 1, buf: []byte("\"a\\\nb\n\"c\nd")}
	for _, want := range []bool{true, true, false} {
		if got := p.skip(); got != want {
			t.Errorf("skip: %t at %q", got, p.buf[p.at:])
		}
	}
	if rest := string(p.buf[p.at:]); rest != "d" {
		t.Errorf("at %q", rest)
	}
}
