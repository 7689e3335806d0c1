package parser

import (
	"maps"
	"testing"
)

func TestSpellings(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want map[float64]string
	}{
		{"SELECT 1e3, 2.50, 1E-2, '5e5', `6e6`, a /* 7e7 */ FROM t -- 8e8", map[float64]string{1000: "1e3", 0.01: "1E-2"}},
		{"SELECT 1e3, 1e3, -.5e+1", map[float64]string{1000: "1e3", 5: ".5e+1"}},
		{"SELECT 1e3, 10e2, 4e0", map[float64]string{4: "4e0"}},
		{"SELECT 1e999, 1", map[float64]string{}},
	} {
		if got := Spellings(c.sql, Mode{}); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.sql, got, c.want)
		}
	}
}
