package merge

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// The columns and the plan of SELECT k, COUNT(*), SUM(d), MIN(d), MAX(d), AVG(d)
// … GROUP BY k.
var groupColumns = []mysql.Column{bigint, bigint, dec2, dec2, dec2, dec6, dec2, bigint}

func groupPlan() *plan.Merge {
	return &plan.Merge{Hidden: 2, Group: &plan.Group{
		Keys: []plan.KeyRef{by(0)},
		Aggregates: []plan.Aggregate{
			{Func: plan.AggregateFirst, Column: shown(0)},
			{Func: plan.AggregateCount, Column: shown(1)},
			{Func: plan.AggregateSum, Column: shown(2)},
			{Func: plan.AggregateMin, Column: shown(3), Key: by(3)},
			{Func: plan.AggregateMax, Column: shown(4), Key: by(4)},
			{Func: plan.AggregateAvg, Column: shown(5), Sum: hidden(0), Count: hidden(1)},
		},
	}}
}

// partial is the row that MySQL gives for values of one key; nil is NULL.
func partial(key string, values []*big.Rat) []string {
	count, rows := 0, len(values)
	var sum, least, most *big.Rat
	for _, v := range values {
		if v == nil {
			continue
		}
		if count++; sum == nil {
			sum, least, most = new(big.Rat), v, v
		}
		sum = new(big.Rat).Add(sum, v)
		if v.Cmp(least) < 0 {
			least = v
		}
		if v.Cmp(most) > 0 {
			most = v
		}
	}
	if sum == nil {
		return []string{key, strconv.Itoa(rows), null, null, null, null, null, "0"}
	}
	avg := new(big.Rat).Quo(sum, big.NewRat(int64(count), 1))
	return []string{
		key, strconv.Itoa(rows), positive(sum.FloatString(2)), positive(least.FloatString(2)), positive(most.FloatString(2)),
		positive(avg.FloatString(6)), positive(sum.FloatString(2)), strconv.Itoa(count),
	}
}

// positive takes the minus off a zero.
func positive(text string) string {
	if d, ok := parseDecimal([]byte(text)); ok && d.negative && len(appendDecimalKey(nil, d)) == 1 {
		return text[1:]
	}
	return text
}

// TestGroups spreads random rows over shards and compares what the partial
// aggregates combine to with the aggregates of all rows.
func TestGroups(t *testing.T) {
	bothEncodings(t, func(t *testing.T, binary bool) {
		r := rand.New(rand.NewPCG(4, 4))
		for range 60 {
			whole := map[string][]*big.Rat{}
			var streams []*fake
			var seen []string
			for range 1 + r.IntN(5) {
				part := map[string][]*big.Rat{}
				var order []string
				for range r.IntN(30) {
					k := []string{"1", "2", "3", null, "-1"}[r.IntN(5)]
					v := big.NewRat(int64(r.IntN(2001)-1000), 100)
					if r.IntN(4) == 0 {
						v = nil
					}
					if _, ok := part[k]; !ok {
						order = append(order, k)
					}
					part[k] = append(part[k], v)
					whole[k] = append(whole[k], v)
				}
				f := &fake{columns: groupColumns}
				for _, k := range order {
					f.rows = append(f.rows, encodeRow(t, groupColumns, binary, partial(k, part[k])...))
					if !slices.Contains(seen, k) {
						seen = append(seen, k)
					}
				}
				streams = append(streams, f)
			}
			spec := groupPlan()
			if r.IntN(2) == 0 {
				spec.Order = []plan.OrderKey{{KeyRef: by(0), Desc: true}}
				slices.SortFunc(seen, func(a, b string) int { return compareNull(b, a, compareRat) })
			}
			var want [][]string
			for _, k := range seen {
				want = append(want, partial(k, whole[k])[:6])
			}
			rows, err := merged(t, spec, binary, streams...)
			expect(t, rows, err, want...)
		}
	})
}

func TestScalarAggregateHasOneRow(t *testing.T) {
	columns := []mysql.Column{bigint, dec2, bigint, double}
	spec := &plan.Merge{Group: &plan.Group{Aggregates: []plan.Aggregate{
		{Func: plan.AggregateCount, Column: shown(0)},
		{Func: plan.AggregateSum, Column: shown(1)},
		{Func: plan.AggregateFirst, Column: shown(2)},
		{Func: plan.AggregateSum, Column: shown(3)},
	}}}
	bothEncodings(t, func(t *testing.T, binary bool) {
		rows, err := merged(t, spec, binary, fakeOf(t, columns, binary), fakeOf(t, columns, binary))
		expect(t, rows, err, []string{"0", null, null, null})
		rows, err = merged(t, spec, binary,
			fakeOf(t, columns, binary, []string{"0", null, null, null}),
			fakeOf(t, columns, binary, []string{"2", "1.50", "7", "0.1"}),
			fakeOf(t, columns, binary, []string{"1", "-9.75", "8", "0.2"}))
		expect(t, rows, err, []string{"3", "-8.25", "7", "0.30000000000000004"})
	})
}

func TestExtremesTakeTheirWeightsAlong(t *testing.T) {
	columns := []mysql.Column{bigint, varchar, weights}
	best := plan.KeyRef{Column: shown(1), Weight: hidden(0), HasWeight: true}
	spec := &plan.Merge{
		Hidden: 1,
		Group: &plan.Group{
			Keys:       []plan.KeyRef{by(0)},
			Aggregates: []plan.Aggregate{{Func: plan.AggregateMax, Column: shown(1), Key: best}},
		},
		Order: []plan.OrderKey{{KeyRef: best, Desc: true}},
	}
	bothEncodings(t, func(t *testing.T, binary bool) {
		rows, err := merged(t, spec, binary,
			fakeOf(t, columns, binary, []string{"1", "b", "B"}, []string{"2", "c", "C"}, []string{"3", null, null}),
			fakeOf(t, columns, binary, []string{"1", "D", "D"}, []string{"2", "A", "A"}, []string{"3", null, null}))
		expect(t, rows, err, []string{"1", "D"}, []string{"2", "c"}, []string{"3", null})
	})
}

func TestSumsOfWholeNumbers(t *testing.T) {
	columns := []mysql.Column{{Type: mysql.TypeNewDecimal}, ubigint}
	spec := &plan.Merge{Group: &plan.Group{Aggregates: []plan.Aggregate{
		{Func: plan.AggregateSum, Column: shown(0)}, {Func: plan.AggregateMax, Column: shown(1), Key: by(1)},
	}}}
	const most = "18446744073709551615"
	bothEncodings(t, func(t *testing.T, binary bool) {
		rows, err := merged(t, spec, binary,
			fakeOf(t, columns, binary, []string{most, "9223372036854775808"}),
			fakeOf(t, columns, binary, []string{most, most}), fakeOf(t, columns, binary, []string{"-1", "0"}))
		expect(t, rows, err, []string{"36893488147419103229", most})
	})
}

func TestDoublesOutOfRange(t *testing.T) {
	spec := &plan.Merge{Group: &plan.Group{Aggregates: []plan.Aggregate{{Func: plan.AggregateSum, Column: shown(0)}}}}
	bothEncodings(t, func(t *testing.T, binary bool) {
		f := func() *fake { return fakeOf(t, []mysql.Column{double}, binary, []string{"1.5e308"}) }
		_, err := merged(t, spec, binary, f(), f())
		var beyond *RangeError
		if !errors.As(err, &beyond) || !errors.Is(err, &mysql.Error{Code: codeOutOfRange}) {
			t.Error(err)
		}
	})
}

func TestAggregatesThatCannotBe(t *testing.T) {
	for _, a := range []plan.Aggregate{
		{Func: plan.AggregateSum, Column: shown(0)},
		{Func: 99, Column: shown(0)},
		{Func: plan.AggregateAvg, Column: shown(0), Sum: shown(0), Count: shown(0)},
	} {
		spec := &plan.Merge{Group: &plan.Group{Aggregates: []plan.Aggregate{a}}}
		var unsupported *UnsupportedError
		_, err := New(spec, nil, false, []Stream{&fake{columns: []mysql.Column{varchar}}}, Limits{})
		if !errors.As(err, &unsupported) || !errors.Is(err, &mysql.Error{Code: mysql.ErNotSupportedYet}) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

func TestHavingAndLimit(t *testing.T) {
	columns := []mysql.Column{bigint, bigint}
	spec := &plan.Merge{
		Group: &plan.Group{
			Keys:       []plan.KeyRef{by(0)},
			Aggregates: []plan.Aggregate{{Func: plan.AggregateCount, Column: shown(1)}},
			Having:     &plan.Predicate{Op: plan.PredicateGT, Left: shown(1), Right: constant(shardkey.Int, "3")},
		},
		Order: []plan.OrderKey{{KeyRef: by(1), Desc: true}},
		Limit: limit(1, 2),
	}
	bothEncodings(t, func(t *testing.T, binary bool) {
		rows, err := merged(t, spec, binary,
			fakeOf(t, columns, binary, []string{"1", "2"}, []string{"2", "1"}, []string{"3", "9"}, []string{"4", "4"}),
			fakeOf(t, columns, binary, []string{"1", "2"}, []string{"2", "1"}, []string{"5", "5"}))
		expect(t, rows, err, []string{"5", "5"}, []string{"1", "4"})
	})
}
