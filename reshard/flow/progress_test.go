package flow

import "testing"

func TestSecondsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		progress Progress
		want     float64
	}{
		"copied":                    {Progress{Copied: true}, 0},
		"nothing copied of late":    {Progress{Tables: []TableProgress{{Rows: 1, RowsEstimated: 2, Bytes: 10, BytesEstimated: 20}}}, -1},
		"half of it":                {Progress{BytesPerSecond: 10, Tables: []TableProgress{{Rows: 5, RowsEstimated: 10, Bytes: 100, BytesEstimated: 200}}}, 10},
		"rows larger than thought":  {Progress{BytesPerSecond: 10, Tables: []TableProgress{{Rows: 5, RowsEstimated: 10, Bytes: 100, BytesEstimated: 100}}}, 10},
		"more rows than thought":    {Progress{BytesPerSecond: 10, Tables: []TableProgress{{Rows: 15, RowsEstimated: 10, Bytes: 100, BytesEstimated: 100}}}, 0},
		"a table that is yet to be": {Progress{BytesPerSecond: 10, Tables: []TableProgress{{RowsEstimated: 10, BytesEstimated: 100}}}, 10},
	} {
		if got := c.progress.SecondsLeft(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
