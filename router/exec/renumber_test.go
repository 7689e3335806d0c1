package exec

import (
	"testing"

	"github.com/shardway/shardway/mysql"
)

func TestRenumber(t *testing.T) {
	heard := []Diagnostic{
		{Message: "Incorrect integer value: 'zzz at row 9' for column 'n' at row 2"},
		{Message: "Data truncated for column 'd' at row 3"},
		{Message: "Division by 0"},
		{Message: "ends at row x"},
	}
	renumber(heard, func(row int) int { return rowAmong([]int{3, 7}, row) })
	for i, want := range []string{
		"Incorrect integer value: 'zzz at row 9' for column 'n' at row 8", "Data truncated for column 'd' at row 3", "Division by 0", "ends at row x",
	} {
		if heard[i].Message != want {
			t.Errorf("%q, want %q", heard[i].Message, want)
		}
	}
}

func TestRowsOf(t *testing.T) {
	for _, c := range []struct {
		sum  mysql.Summary
		want int
	}{
		{mysql.Summary{AffectedRows: 1, Info: "Rows matched: 3  Changed: 1  Warnings: 2"}, 3},
		{mysql.Summary{AffectedRows: 2, Info: "Records: 2  Duplicates: 0  Warnings: 0"}, 2},
		{mysql.Summary{AffectedRows: 4}, 4},
	} {
		if got := rowsOf(&c.sum); got != c.want {
			t.Errorf("%+v: %d, want %d", c.sum, got, c.want)
		}
	}
}
