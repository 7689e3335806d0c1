package doctor

import (
	"strings"
	"testing"
)

func TestJudgeSequences(t *testing.T) {
	of := func(next, greatest uint64, err string) Sequence {
		return Sequence{Keyspace: "shop", Table: "orders", Column: "id", Next: next, Greatest: greatest, Group: "g2", Err: err}
	}
	for _, c := range []struct {
		name     string
		sequence Sequence
		want     string
	}{
		{"no rows", of(1, 0, ""), ""},
		{"ahead", of(8, 7, ""), ""},
		{"exhausted", of(0, 18446744073709551615, ""), ""},
		{"it gives the greatest again", of(7, 7, ""), "failed table shop.orders: the sequence of column id gives 7 next, and a row on group g2 has 7"},
		{"behind", of(7, 900, ""), "gives 7 next, and a row on group g2 has 900"},
		{"not looked at", of(0, 0, "group g2: no answer"), "warning table shop.orders: it was not looked at: group g2: no answer"},
	} {
		var got string
		for _, f := range JudgeSequences([]Sequence{c.sequence}) {
			got = string(f.Severity) + " " + f.Where() + ": " + f.What
		}
		if got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
