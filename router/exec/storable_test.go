package exec

import (
	"errors"
	"testing"

	"github.com/shardway/shardway/mysql"
)

// TestStrictly: what a SELECT warns of is an error where it is part of a change,
// if it would have been MySQL's.
func TestStrictly(t *testing.T) {
	for name, c := range map[string]struct {
		heard  Diagnostic
		ignore bool
		mode   string
		want   uint16
	}{
		"a cast":                {heard: Diagnostic{"Warning", "1264", "Out of range value for column 'CAST(n AS DECIMAL(3))' at row 1"}, want: 1264},
		"a hash join's own":     {heard: Diagnostic{"Warning", "1264", "Out of range value for column '(null)' at row 1"}},
		"an incorrect value":    {heard: Diagnostic{"Warning", "1292", "Incorrect DATE value: '(null)'"}, want: 1292},
		"a note":                {heard: Diagnostic{"Note", "1265", "Data truncated"}},
		"of no consequence":     {heard: Diagnostic{"Warning", "1287", "deprecated"}},
		"ignored":               {heard: Diagnostic{"Warning", "1365", "Division by 0"}, ignore: true},
		"not in a strict mode":  {heard: Diagnostic{"Warning", "1365", "Division by 0"}, mode: "''"},
		"division in that mode": {heard: Diagnostic{"Warning", "1365", "Division by 0"}, mode: "'TRADITIONAL'", want: 1365},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Session{settings: settingsOf(), heard: []Diagnostic{c.heard}}
			if c.mode != "" {
				s.settings = settingsOf("sql_mode", c.mode)
			}
			err := s.strictly(c.ignore)
			var refused *mysql.Error
			if errors.As(err, &refused) != (c.want != 0) || refused != nil && refused.Code != c.want {
				t.Errorf("%v, want error %d", err, c.want)
			}
		})
	}
}
