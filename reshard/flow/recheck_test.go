package flow

import "testing"

// A row that was parked when it was looked at is no difference, even if it is parked no
// longer when all has been looked at; one that is missing while nothing waits is.
func TestAParkedRowIsNoDifference(t *testing.T) {
	row, other, missing := print{hash: "a"}, print{hash: "b"}, print{}
	for _, c := range []struct {
		name  string
		looks []candidate // source, target, and whether rows were parked
		want  bool
	}{
		{"missing", []candidate{{row, missing, 0, false}, {row, missing, 0, false}, {row, missing, 0, false}}, true},
		{"too few looks", []candidate{{row, missing, 0, false}, {row, missing, 0, false}}, false},
		{"another each time", []candidate{{row, missing, 0, false}, {other, missing, 0, false}, {row, missing, 0, false}}, false},
		{"parked at first", []candidate{{row, missing, 0, true}, {row, missing, 0, false}, {row, missing, 0, false}}, false},
		{"parked at last", []candidate{{row, missing, 0, false}, {row, missing, 0, false}, {row, missing, 0, true}}, false},
		{"others were parked", []candidate{{row, other, 0, true}, {row, other, 0, true}, {row, other, 0, true}}, true},
		{"parked, then missing", []candidate{{row, missing, 0, true}, {other, missing, 0, false}, {other, missing, 0, false}, {other, missing, 0, false}}, true},
	} {
		var f candidate
		for _, look := range c.looks {
			f = f.again(look.source, look.target, look.waits)
		}
		if got := f.different(); got != c.want {
			t.Errorf("%s: a difference is %v", c.name, got)
		}
	}
}
