package merge

import (
	"errors"
	"io"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// TestIntegersOfSeveralWidths: one server has an expression in four bytes, the
// other in eight.
func TestIntegersOfSeveralWidths(t *testing.T) {
	narrow, tiny := bigint, bigint
	narrow.Type, tiny.Type = mysql.TypeLong, mysql.TypeTiny
	unsigned := narrow
	unsigned.Flags = mysql.FlagUnsigned
	stream := func(c mysql.Column, rows ...string) *fake {
		f := &fake{columns: []mysql.Column{c, varchar}}
		for _, r := range rows {
			f.rows = append(f.rows, encodeRow(t, f.columns, true, r, "x"+r))
		}
		return f
	}
	for _, c := range []struct {
		name    string
		spec    plan.Merge
		streams []*fake
		want    []string
	}{
		{"signed", plan.Merge{}, []*fake{stream(narrow, "-1", null, "7"), stream(bigint, "9223372036854775807"), stream(tiny, "-128", "127")}, []string{"-1", null, "7", "9223372036854775807", "-128", "127"}},
		{"unsigned", plan.Merge{}, []*fake{stream(ubigint, "18446744073709551615"), stream(unsigned, "4294967295", "1")}, []string{"18446744073709551615", "4294967295", "1"}},
		{"sorted", plan.Merge{Order: []plan.OrderKey{{KeyRef: by(0)}}}, []*fake{stream(narrow, "-2", "5"), stream(bigint, "-3000000000", "4")}, []string{"-3000000000", "-2", "4", "5"}},
		{"distinct", plan.Merge{Distinct: []plan.KeyRef{by(0)}}, []*fake{stream(narrow, "1", "2"), stream(bigint, "2", "3")}, []string{"1", "2", "3"}},
	} {
		m, err := New(&c.spec, nil, true, asStreams(c.streams), Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for {
			p, err := m.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			cells, err := mysql.DecodeBinaryRow(nil, p, m.Columns())
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if cells[0].Null {
				got = append(got, null)
				continue
			}
			text, err := mysql.BinaryToText(nil, &m.Columns()[0], cells[0].Data)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			got = append(got, string(text))
			if string(cells[1].Data) != "x"+string(text) {
				t.Errorf("%s: %s stands beside %s", c.name, cells[1].Data, text)
			}
		}
		if len(got) != len(c.want) {
			t.Fatalf("%s: %v, want %v", c.name, got, c.want)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}
