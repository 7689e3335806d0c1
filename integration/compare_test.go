package integration

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/mysql"
)

// statusSeen are the status flags that clients act on.
const statusSeen = mysql.StatusInTransaction | mysql.StatusAutocommit | mysql.StatusMoreResults | mysql.StatusInTransReadonly | mysql.StatusNoBackslashEscapes

// difference is one thing in which two answers are not the same.
type difference struct {
	// field is rows, columns, definitions, error, affected, insertid, warnings,
	// info, status or results.
	field       string
	want, given string
}

func (d difference) String() string {
	return fmt.Sprintf("%s: plain MySQL says %s, Shardway %s", d.field, d.want, d.given)
}

// compare lists how the answer given differs from MySQL's. ordered says that
// the order of the rows counts.
func compare(want, given answer, ordered bool) []difference {
	if d := compareErrors(want.err, given.err); d != nil {
		return d
	}
	if len(want.results) != len(given.results) {
		return []difference{{"results", fmt.Sprint(len(want.results)), fmt.Sprint(len(given.results))}}
	}
	var all []difference
	for i := range want.results {
		w, g := &want.results[i], &given.results[i]
		all = append(all, compareColumns("columns", w.columns, g.columns)...)
		all = append(all, compareRows(w.rows, g.rows, ordered)...)
		all = append(all, compareSummaries(&w.ok, &g.ok)...)
	}
	return all
}

func compareErrors(want, given *mysql.Error) []difference {
	name := func(e *mysql.Error) string {
		if e == nil {
			return "no error"
		}
		return fmt.Sprintf("%d (%s) %q", e.Code, e.State, e.Message)
	}
	if want == nil && given == nil {
		return nil
	}
	if want == nil || given == nil || want.Code != given.Code || want.State != given.State || want.Message != given.Message {
		return []difference{{"error", name(want), name(given)}}
	}
	return nil
}

func compareColumns(field string, want, given []mysql.Column) []difference {
	if len(want) != len(given) {
		return []difference{{field, fmt.Sprint(len(want)), fmt.Sprint(len(given))}}
	}
	var all []difference
	for i := range want {
		if want[i] != given[i] {
			all = append(all, difference{field, fmt.Sprintf("%+v", want[i]), fmt.Sprintf("%+v", given[i])})
		}
	}
	return all
}

func compareRows(want, given [][]string, ordered bool) []difference {
	w, g := rowTexts(want), rowTexts(given)
	if !ordered {
		slices.Sort(w)
		slices.Sort(g)
	}
	if slices.Equal(w, g) {
		return nil
	}
	const shown = 12
	return []difference{{"rows", fmt.Sprintf("%d\n\t\t%s\n\t", len(w), strings.Join(w[:min(len(w), shown)], "\n\t\t")), fmt.Sprintf("%d\n\t\t%s", len(g), strings.Join(g[:min(len(g), shown)], "\n\t\t"))}}
}

func rowTexts(rows [][]string) []string {
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = fmt.Sprintf("%q", row)
	}
	return texts
}

func compareSummaries(want, given *mysql.Summary) []difference {
	var all []difference
	note := func(field string, w, g any) {
		if w != g {
			all = append(all, difference{field, fmt.Sprintf("%v", w), fmt.Sprintf("%v", g)})
		}
	}
	note("affected", want.AffectedRows, given.AffectedRows)
	note("insertid", want.InsertID, given.InsertID)
	note("warnings", want.Warnings, given.Warnings)
	note("info", want.Info, given.Info)
	note("status", want.Status&statusSeen, given.Status&statusSeen)
	return all
}
