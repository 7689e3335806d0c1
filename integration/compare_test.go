package integration

import (
	"fmt"
	"slices"
	"strconv"
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

// judgement says how two answers are compared.
type judgement struct {
	// ordered: the order of the rows counts.
	ordered bool
	// approximate: floating-point numbers may differ in their last digits.
	approximate bool
	// scale: 1 and 1.000 are the same decimal. Of IF(condition, 1, d) MySQL shows the one
	// or the other as its plan knows the condition beforehand or not, and keeps the
	// row in a temporary table or not.
	scale bool
}

// compare lists how the answer given differs from MySQL's.
func compare(want, given answer, j judgement) []difference {
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
		all = append(all, compareRows(w, g, j)...)
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
		if w, g := essence(want[i], given[i]), essence(given[i], want[i]); w != g {
			all = append(all, difference{field, fmt.Sprintf("%+v", want[i]), fmt.Sprintf("%+v", given[i])})
		}
	}
	return all
}

// flagsKept are the column flags that say what a column is; the others say what
// indexes and temporary tables a server has used, as its statistics wanted it:
// AUTO_INCREMENT is gone when the value has been through a temporary table.
const flagsKept = mysql.FlagNotNull | mysql.FlagUnsigned | mysql.FlagZerofill | mysql.FlagEnum | mysql.FlagSet | mysql.FlagBlob | mysql.FlagTimestamp

// essence is a column without what does not count: a column that one server has
// taken out of a temporary table, and the other not, has no origin.
func essence(c, other mysql.Column) mysql.Column {
	c.Flags &= flagsKept
	if c.OrgTable == "" || c.Schema == "" || other.OrgTable == "" || other.Schema == "" {
		c.Schema, c.OrgTable, c.OrgName = "", "", ""
	}
	return c
}

func compareRows(want, given *result, j judgement) []difference {
	w, g := rowTexts(want, j), rowTexts(given, j)
	if !j.ordered {
		slices.Sort(w)
		slices.Sort(g)
	}
	if slices.Equal(w, g) {
		return nil
	}
	at := 0
	for at < min(len(w), len(g)) && w[at] == g[at] {
		at++
	}
	return []difference{{"rows", excerpt(w, at), excerpt(g, at)}}
}

// excerpt shows rows from where they differ.
func excerpt(rows []string, at int) string {
	const shown = 8
	return fmt.Sprintf("%d rows, from %d:\n\t\t%s\n\t", len(rows), at, strings.Join(rows[at:min(len(rows), at+shown)], "\n\t\t"))
}

func rowTexts(r *result, j judgement) []string {
	texts := make([]string, len(r.rows))
	for i, row := range r.rows {
		shown := slices.Clone(row)
		for c := range shown {
			switch t := r.columns[c].Type; {
			case j.approximate && (t == mysql.TypeDouble || t == mysql.TypeFloat):
				shown[c] = rounded(shown[c])
			case j.scale && t == mysql.TypeNewDecimal && strings.Contains(shown[c], "."):
				shown[c] = strings.TrimSuffix(strings.TrimRight(shown[c], "0"), ".")
			}
		}
		texts[i] = fmt.Sprintf("%q", shown)
	}
	return texts
}

// rounded is a number with the digits that do not depend on the order in which
// it was added up.
func rounded(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(f, 'g', 5, 64)
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
