package merge

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// lists is the plan of GROUP_CONCAT(s SEPARATOR '-') whose shards' lists are
// joined: list, max, count, bytes.
func lists() *plan.Merge {
	return &plan.Merge{Hidden: 3, Group: &plan.Group{Aggregates: []plan.Aggregate{{
		Func: plan.AggregateList, Column: shown(0),
		List: &plan.List{Separator: "-", Max: hidden(0), Count: hidden(1), Bytes: hidden(2)},
	}}}}
}

func TestListsAreJoinedAndCut(t *testing.T) {
	columns := []mysql.Column{varchar, ubigint, bigint, {Type: mysql.TypeNewDecimal}}
	for _, c := range []struct {
		max   int
		parts [][2]string // a shard's list and the bytes of its texts
		want  string
		cuts  []string
	}{
		{20, [][2]string{{"ab-c", "3"}, {"", "0"}, {"é", "2"}}, "ab-c-é", nil},
		{20, [][2]string{{"", "0"}, {"", "0"}}, null, nil},
		{7, [][2]string{{"ab-c", "3"}, {"é", "2"}}, "ab-c-é", nil},
		{6, [][2]string{{"ab-c", "3"}, {"é", "2"}}, "ab-c-", []string{"Row 3 was cut by GROUP_CONCAT()"}},
		{4, [][2]string{{"ab-c", "3"}, {"d", "1"}}, "ab-c", []string{"Row 3 was cut by GROUP_CONCAT()"}},
		{4, [][2]string{{"ab-c", "5"}, {"d", "1"}}, "ab-c", []string{"Row 2 was cut by GROUP_CONCAT()"}},
		{5, [][2]string{{"a", "1"}, {"xéé", "9"}}, "a-xé", []string{"Row 2 was cut by GROUP_CONCAT()"}},
	} {
		bothEncodings(t, func(t *testing.T, binary bool) {
			var streams []Stream
			for _, p := range c.parts {
				row := []string{p[0], strconv.Itoa(c.max), strconv.Itoa(strings.Count(p[0], "-") + 1), p[1]}
				if p[1] == "0" {
					row[0], row[2], row[3] = null, "0", null
				}
				streams = append(streams, fakeOf(t, columns, binary, row))
			}
			m, err := New(lists(), nil, binary, streams, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			rows, err := all(t, m, binary)
			expect(t, rows, err, []string{c.want})
			if cuts, made := m.Warnings(); !made || !slices.Equal(cuts, c.cuts) {
				t.Errorf("%v: %q", c.parts, cuts)
			}
		})
	}
}

// What is not as long here as on the shard cannot be cut here.
func TestListsInAnotherCharacterSet(t *testing.T) {
	columns := []mysql.Column{varchar, ubigint, bigint, {Type: mysql.TypeNewDecimal}}
	of := func(max string) Stream { return fakeOf(t, columns, false, []string{"é", max, "1", "1"}) }
	m, err := New(lists(), nil, false, []Stream{of("9"), of("9")}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := all(t, m, false)
	expect(t, rows, err, []string{"é-é"})
	if m, err = New(lists(), nil, false, []Stream{of("2"), of("2")}, Limits{}); err != nil {
		t.Fatal(err)
	}
	if _, err = m.Next(); err == nil {
		t.Error("cut all the same")
	}
}

func TestObjectsAreJoined(t *testing.T) {
	json := mysql.Column{Name: "j", Type: mysql.TypeJSON, Charset: mysql.DefaultCollation}
	spec := &plan.Merge{Group: &plan.Group{Aggregates: []plan.Aggregate{
		{Func: plan.AggregateArray, Column: shown(0)}, {Func: plan.AggregateObject, Column: shown(1)},
	}}}
	bothEncodings(t, func(t *testing.T, binary bool) {
		of := func(a, o string) *fake { return fakeOf(t, []mysql.Column{json, json}, binary, []string{a, o}) }
		rows, err := merged(t, spec, binary, of(`[1, "]"]`, `{"b": [1, {"x": "}"}], "\"": 1.5, "abc": null}`), of(null, null),
			of(`[{"a": 1}]`, `{"a": "x,: \"y", "b": true, "\u0001": {}}`))
		expect(t, rows, err, []string{`[1, "]", {"a": 1}]`, `{"\u0001": {}, "\"": 1.5, "a": "x,: \"y", "b": true, "abc": null}`})
		rows, err = merged(t, spec, binary, of(null, null), of(null, null))
		expect(t, rows, err, []string{null, null})
		for _, bad := range []string{`{"a": 1`, `{"a"}`, `{"a": }`, `[1]`, `{"a": 1}x`, `{1: 2}`} {
			if _, err := merged(t, spec, binary, of(null, bad)); err == nil {
				t.Errorf("%s is taken for an object", bad)
			}
		}
	})
}
