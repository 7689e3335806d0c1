package exec

import (
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// MySQL may call two columns that show the same by the name of the second; the
// client sees the names that its statement has, where it has some.
func TestCollectedColumnsHaveTheStatementsNames(t *testing.T) {
	for _, c := range []struct {
		aliases []string
		want    string
	}{
		{[]string{"c1", "c3"}, "c1"},
		{[]string{"", "c3"}, "c3"},
		{nil, "c3"}, // SELECT *
		{[]string{"c1"}, "c3"},
	} {
		g := gathering{plan: &plan.Gather{Aliases: c.aliases}}
		columns := []mysql.Column{{Name: "c3"}, {Name: "c3"}}
		g.original(columns)
		if columns[0].Name != c.want || columns[1].Name != "c3" {
			t.Errorf("%q: %s, %s, want %s, c3", c.aliases, columns[0].Name, columns[1].Name, c.want)
		}
	}
}
