package exec

import (
	"fmt"
	"slices"
	"testing"
)

func TestHalves(t *testing.T) {
	both, all := []string{"g1", "g2"}, []string(nil)
	for name, c := range map[string]struct {
		shown map[string]seen
		want  []string
	}{
		"nothing":                      {map[string]seen{"g1": {}, "g2": {}}, nil},
		"on both":                      {map[string]seen{"g1": {"t": both}, "g2": {"t": both}}, nil},
		"on one of two":                {map[string]seen{"g1": {"t": both}, "g2": {}}, []string{"t g2"}},
		"on the other":                 {map[string]seen{"g1": {}, "g2": {"t": both}}, []string{"t g1"}},
		"with one that is not read":    {map[string]seen{"g1": {"t": both}, "g3": {}}, nil},
		"not listed":                   {map[string]seen{"g1": {"t": all}, "g2": {"t": all}, "g3": {}}, []string{"t g3"}},
		"two, each half, other halves": {map[string]seen{"g1": {"t": both}, "g2": {"u": both}}, []string{"t g2", "u g1"}},
	} {
		var got []string
		for _, h := range halves(c.shown) {
			got = append(got, fmt.Sprint(h.gtrid, " ", h.group))
		}
		slices.Sort(got)
		if !slices.Equal(slices.Compact(got), c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
