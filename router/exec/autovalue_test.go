package exec

import "testing"

func TestReserved(t *testing.T) {
	for _, c := range []struct{ rows, want uint64 }{
		{0, 0}, {1, 1}, {2, 3}, {3, 3}, {4, 7}, {48, 63}, {64, 127}, {65_535, 65_535}, {65_536, 131_070}, {131_071, 196_605},
	} {
		if got := reserved(c.rows); got != c.want {
			t.Errorf("%d rows: %d, want %d", c.rows, got, c.want)
		}
	}
}
