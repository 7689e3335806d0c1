package merge

import (
	"errors"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// SELECT k, COUNT(DISTINCT n), SUM(DISTINCT d), COUNT(*) … GROUP BY k, as the
// shards answer it by k and n, d.
func TestValuesCountOnce(t *testing.T) {
	columns := []mysql.Column{bigint, bigint, dec2, bigint, bigint, dec2}
	spec := &plan.Merge{Hidden: 2, Group: &plan.Group{
		Keys:      []plan.KeyRef{by(0)},
		Distincts: [][]plan.KeyRef{{{Column: hidden(0)}}, {{Column: hidden(1)}}},
		Aggregates: []plan.Aggregate{
			{Func: plan.AggregateCount, Column: shown(1), Once: 1},
			{Func: plan.AggregateSum, Column: shown(2), Once: 2},
			{Func: plan.AggregateCount, Column: shown(3)},
		},
	}}
	bothEncodings(t, func(t *testing.T, binary bool) {
		one := [][]string{{"1", "1", "1.50", "3", "7", "1.50"}, {"1", "1", "2.00", "1", "8", "2.00"}, {"1", "0", null, "5", null, null}}
		two := [][]string{{"1", "1", "2.00", "2", "7", "2.00"}, {"2", "1", "1.50", "4", "7", "1.50"}}
		rows, err := merged(t, spec, binary, fakeOf(t, columns, binary, one...), fakeOf(t, columns, binary, two...))
		expect(t, rows, err, []string{"1", "2", "3.50", "11"}, []string{"2", "1", "1.50", "4"})
	})
}

func TestDistinctValuesAreBounded(t *testing.T) {
	spec := &plan.Merge{Hidden: 1, Group: &plan.Group{
		Distincts:  [][]plan.KeyRef{{{Column: hidden(0)}}},
		Aggregates: []plan.Aggregate{{Func: plan.AggregateCount, Column: shown(0), Once: 1}},
	}}
	columns := []mysql.Column{bigint, bigint}
	m, err := New(spec, nil, false, []Stream{fakeOf(t, columns, false, []string{"1", "1"}, []string{"1", "2"}, []string{"1", "3"})}, Limits{Rows: 3})
	if err != nil {
		t.Fatal(err)
	}
	var limit *LimitError
	if _, err = m.Next(); !errors.As(err, &limit) || limit.Limits.Rows != 3 {
		t.Error(err)
	}
}

func TestBits(t *testing.T) {
	bytesColumn := mysql.Column{Name: "b", Type: mysql.TypeVarString, Charset: mysql.CollationBinary, Length: 3}
	columns := []mysql.Column{ubigint, ubigint, bytesColumn, bigint, bigint}
	spec := &plan.Merge{Hidden: 2, Group: &plan.Group{Aggregates: []plan.Aggregate{
		{Func: plan.AggregateBitAnd, Column: shown(0), Count: hidden(0)},
		{Func: plan.AggregateBitXor, Column: shown(1), Count: hidden(0)},
		{Func: plan.AggregateBitOr, Column: shown(2), Count: hidden(1)},
	}}}
	const most = "18446744073709551615"
	bothEncodings(t, func(t *testing.T, binary bool) {
		of := func(rows ...[]string) *fake { return fakeOf(t, columns, binary, rows...) }
		none := []string{most, "0", "\x00\x00", "0", "0"}
		rows, err := merged(t, spec, binary, of(none), of([]string{"6", "5", "a", "1", "1"}), of([]string{"3", "1", "b", "2", "1"}), of(none))
		expect(t, rows, err, []string{"2", "4", "c"})
		rows, err = merged(t, spec, binary, of(none), of(none))
		expect(t, rows, err, []string{most, "0", "\x00\x00"})
		rows, err = merged(t, spec, binary, of(), of())
		expect(t, rows, err, []string{most, "0", "\x00\x00"})
		var size *OperandSizeError
		if _, err = merged(t, spec, binary, of([]string{"1", "1", "a", "1", "1"}), of([]string{"1", "1", "ab", "1", "1"})); !errors.As(err, &size) {
			t.Error(err)
		}
	})
}

// A shard without rows has values of no row.
func TestOnlyRowTakesValuesOfOneRow(t *testing.T) {
	columns := []mysql.Column{bigint, bigint, bigint}
	spec := &plan.Merge{Hidden: 1, Group: &plan.Group{Aggregates: []plan.Aggregate{
		{Func: plan.AggregateFirst, Column: shown(0), Rows: hidden(0), HasRows: true},
		{Func: plan.AggregateFirst, Column: shown(1), Rows: hidden(0), HasRows: true},
		{Func: plan.AggregateCount, Column: hidden(0)},
	}}}
	bothEncodings(t, func(t *testing.T, binary bool) {
		of := func(rows ...[]string) *fake { return fakeOf(t, columns, binary, rows...) }
		rows, err := merged(t, spec, binary, of([]string{"-1", null, "0"}), of([]string{null, "7", "2"}), of([]string{"8", "8", "1"}))
		expect(t, rows, err, []string{null, "7"})
		rows, err = merged(t, spec, binary, of([]string{"-1", null, "0"}), of([]string{"-1", null, "0"}))
		expect(t, rows, err, []string{"-1", null})
	})
}
