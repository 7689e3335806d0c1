package merge

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

func merged(t testing.TB, spec *plan.Merge, binary bool, streams ...*fake) ([][]string, error) {
	t.Helper()
	m := newMerger(t, spec, binary, Limits{}, streams...)
	return all(t, m, binary)
}

func newMerger(t testing.TB, spec *plan.Merge, binary bool, limits Limits, streams ...*fake) *Merger {
	t.Helper()
	m, err := New(spec, nil, binary, asStreams(streams), limits)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func asStreams(fakes []*fake) []Stream {
	s := make([]Stream, len(fakes))
	for i, f := range fakes {
		s[i] = f
	}
	return s
}

func expect(t *testing.T, got [][]string, err error, want ...[]string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Fatalf("rows are %q, want %q", got, want)
	}
}

func TestConcatenation(t *testing.T) {
	columns := []mysql.Column{bigint, varchar}
	bothEncodings(t, func(t *testing.T, binary bool) {
		streams := func() []*fake {
			return []*fake{
				fakeOf(t, columns, binary, []string{"1", "a"}, []string{"2", null}),
				fakeOf(t, columns, binary),
				fakeOf(t, columns, binary, []string{null, ""}, []string{"4", "d"}),
			}
		}
		rows, err := merged(t, &plan.Merge{}, binary, streams()...)
		expect(t, rows, err, []string{"1", "a"}, []string{"2", null}, []string{null, ""}, []string{"4", "d"})
		rows, err = merged(t, &plan.Merge{Limit: limit(1, 2)}, binary, streams()...)
		expect(t, rows, err, []string{"2", null}, []string{null, ""})
		rows, err = merged(t, &plan.Merge{Limit: limit(9, 2)}, binary, streams()...)
		expect(t, rows, err)
		rows, err = merged(t, &plan.Merge{Hidden: 1}, binary, streams()...)
		expect(t, rows, err, []string{"1"}, []string{"2"}, []string{null}, []string{"4"})
	})
}

// TestHiddenColumns cuts between widths at which the NULL bitmap changes.
func TestHiddenColumns(t *testing.T) {
	bothEncodings(t, func(t *testing.T, binary bool) {
		for total := 2; total <= 20; total++ {
			for n := 1; n < total; n++ {
				var columns []mysql.Column
				var row []string
				for i := range total {
					columns = append(columns, []mysql.Column{bigint, varchar, clock, double}[i%4])
					row = append(row, []string{strconv.Itoa(i), "text", "-101:00:00.000000", "0.5"}[i%4])
					if (i+n)%3 == 0 {
						row[i] = null
					}
				}
				f := fakeOf(t, columns, binary, row)
				m := newMerger(t, &plan.Merge{Hidden: total - n}, binary, Limits{}, f)
				p, err := m.Next()
				if err != nil {
					t.Fatal(err)
				}
				if want := encodeRow(t, columns[:n], binary, row[:n]...); string(p) != string(want) {
					t.Fatalf("%d of %d columns are %x, want %x", n, total, p, want)
				}
				if len(m.Columns()) != n {
					t.Fatalf("%d columns, want %d", len(m.Columns()), n)
				}
			}
		}
	})
}

func TestNothingIsReadThatIsNotNeeded(t *testing.T) {
	columns := []mysql.Column{bigint}
	a := fakeOf(t, columns, false, []string{"1"}, []string{"3"})
	b := fakeOf(t, columns, false, []string{"2"}, []string{"4"})
	spec := &plan.Merge{Order: []plan.OrderKey{{KeyRef: by(0)}}, Limit: limit(0, 1)}
	rows, err := merged(t, spec, false, a, b)
	expect(t, rows, err, []string{"1"})
	if a.calls != 1 || b.calls != 1 {
		t.Errorf("%d and %d rows were read, one of each is enough", a.calls, b.calls)
	}
	a = fakeOf(t, columns, false, []string{"1"})
	rows, err = merged(t, &plan.Merge{Limit: limit(0, 0)}, false, a)
	expect(t, rows, err)
	if a.calls != 0 {
		t.Error("LIMIT 0 read a row")
	}
}

func TestErrorsStay(t *testing.T) {
	lost := errors.New("lost connection")
	for _, spec := range []*plan.Merge{
		{},
		{Order: []plan.OrderKey{{KeyRef: by(0)}}},
		{Distinct: []plan.KeyRef{by(0)}},
		{Group: &plan.Group{Keys: []plan.KeyRef{by(0)}}},
	} {
		a := fakeOf(t, []mysql.Column{bigint}, false, []string{"1"})
		b := fakeOf(t, []mysql.Column{bigint}, false, []string{"2"})
		b.err = lost
		m := newMerger(t, spec, false, Limits{}, a, b)
		if _, err := all(t, m, false); !errors.Is(err, lost) {
			t.Errorf("%+v: %v", spec, err)
		}
		if _, err := m.Next(); !errors.Is(err, lost) {
			t.Errorf("%+v, asked again: %v", spec, err)
		}
	}
	m := newMerger(t, &plan.Merge{}, false, Limits{}, fakeOf(t, []mysql.Column{bigint}, false))
	for range 2 {
		if _, err := m.Next(); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
}

// lostError is what a connection that was closed may look like.
type lostError struct{ err error }

func (e *lostError) Error() string { return "lost: " + e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// TestClosedConnectionIsNotTheEnd: rows that were cut off are not an answer.
func TestClosedConnectionIsNotTheEnd(t *testing.T) {
	for _, spec := range []*plan.Merge{
		{},
		{Order: []plan.OrderKey{{KeyRef: by(0)}}},
		{Group: &plan.Group{Keys: []plan.KeyRef{by(0)}}},
	} {
		f := fakeOf(t, []mysql.Column{bigint}, false, []string{"1"})
		f.err = &lostError{io.EOF}
		m := newMerger(t, spec, false, Limits{}, f, fakeOf(t, []mysql.Column{bigint}, false))
		_, err := m.Next()
		for err == nil {
			_, err = m.Next()
		}
		var lost *lostError
		if errors.Is(err, io.EOF) || !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &lost) {
			t.Errorf("%+v: %v", spec, err)
		}
	}
}

func TestGarbledRows(t *testing.T) {
	bothEncodings(t, func(t *testing.T, binary bool) {
		for _, spec := range []*plan.Merge{
			{Hidden: 1},
			{Order: []plan.OrderKey{{KeyRef: by(0)}}},
			{Distinct: []plan.KeyRef{by(0)}},
			{Group: &plan.Group{Keys: []plan.KeyRef{by(0)}}},
		} {
			f := &fake{columns: []mysql.Column{bigint, varchar}, rows: [][]byte{{7, 1}}}
			var malformed *mysql.MalformedError
			if _, err := merged(t, spec, binary, f); !errors.As(err, &malformed) {
				t.Errorf("%+v: %v", spec, err)
			}
		}
	})
}

func TestStreamsThatDoNotFit(t *testing.T) {
	one := func(columns ...mysql.Column) *fake { return &fake{columns: columns} }
	for _, c := range []struct {
		name    string
		spec    plan.Merge
		binary  bool
		streams []*fake
	}{
		{"none", plan.Merge{}, false, nil},
		{"counts", plan.Merge{}, false, []*fake{one(bigint), one(bigint, bigint)}},
		{"types", plan.Merge{}, true, []*fake{one(bigint), one(double)}},
		{"signs", plan.Merge{}, true, []*fake{one(bigint), one(ubigint)}},
		{"all hidden", plan.Merge{Hidden: 1}, false, []*fake{one(bigint)}},
		{"order", plan.Merge{Order: []plan.OrderKey{{KeyRef: by(1)}}}, false, []*fake{one(bigint)}},
		{"order, hidden", plan.Merge{Hidden: 1, Order: []plan.OrderKey{{KeyRef: plan.KeyRef{Column: hidden(1)}}}}, false, []*fake{one(bigint, bigint)}},
		{"weight", plan.Merge{Distinct: []plan.KeyRef{{Column: shown(0), HasWeight: true, Weight: hidden(0)}}}, false, []*fake{one(varchar)}},
		{"key", plan.Merge{Group: &plan.Group{Keys: []plan.KeyRef{by(-1)}}}, false, []*fake{one(bigint)}},
		{"aggregate", plan.Merge{Group: &plan.Group{Aggregates: []plan.Aggregate{{Func: plan.AggregateSum, Column: shown(3)}}}}, false, []*fake{one(bigint)}},
		{"count", plan.Merge{Group: &plan.Group{Aggregates: []plan.Aggregate{{Func: plan.AggregateAvg, Column: shown(0), Sum: shown(0), Count: hidden(0)}}}}, false, []*fake{one(dec2)}},
	} {
		if _, err := New(&c.spec, nil, c.binary, asStreams(c.streams), Limits{}); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := New(&plan.Merge{}, nil, true, asStreams([]*fake{one(varchar), one(weights)}), Limits{}); err != nil {
		t.Errorf("strings of two types: %v", err)
	}
	if _, err := New(&plan.Merge{}, nil, false, asStreams([]*fake{one(bigint), one(double)}), Limits{}); err != nil {
		t.Errorf("text of two types: %v", err)
	}
}

// TestMergeSort merges random sorted streams and compares with sorting all.
func TestMergeSort(t *testing.T) {
	columns := []mysql.Column{bigint, varchar}
	bothEncodings(t, func(t *testing.T, binary bool) {
		r := rand.New(rand.NewPCG(5, 5))
		for range 60 {
			desc := r.IntN(2) == 0
			compare := func(a, b []string) int {
				c := compareNull(a[0], b[0], compareRat)
				if desc {
					c = -c
				}
				return c
			}
			var streams []*fake
			var want [][]string
			for i := range 1 + r.IntN(9) {
				var rows [][]string
				for range r.IntN(20) {
					row := []string{strconv.Itoa(r.IntN(30) - 15), strconv.Itoa(i)}
					if r.IntN(9) == 0 {
						row[0] = null
					}
					rows = append(rows, row)
				}
				slices.SortStableFunc(rows, compare)
				want = append(want, rows...)
				streams = append(streams, fakeOf(t, columns, binary, rows...))
			}
			// Ties go by stream, as in a stable sort of one after the other.
			slices.SortStableFunc(want, compare)
			offset, count := r.IntN(10), r.IntN(100)
			spec := &plan.Merge{Order: []plan.OrderKey{{KeyRef: by(0), Desc: desc}}, Limit: limit(uint64(offset), uint64(count))}
			want = want[min(offset, len(want)):]
			want = want[:min(count, len(want))]
			rows, err := merged(t, spec, binary, streams...)
			expect(t, rows, err, want...)
		}
	})
}

func TestDistinct(t *testing.T) {
	columns := []mysql.Column{varchar, bigint, weights}
	spec := &plan.Merge{Hidden: 1, Distinct: []plan.KeyRef{{Column: shown(0), Weight: hidden(0), HasWeight: true}, by(1)}}
	bothEncodings(t, func(t *testing.T, binary bool) {
		a := fakeOf(t, columns, binary, []string{"a", "1", "A"}, []string{"a", "2", "A"}, []string{null, "1", null})
		b := fakeOf(t, columns, binary, []string{"A", "1", "A"}, []string{null, "1", null}, []string{null, null, null})
		rows, err := merged(t, spec, binary, a, b)
		expect(t, rows, err, []string{"a", "1"}, []string{"a", "2"}, []string{null, "1"}, []string{null, null})
	})
}

func TestDistinctInOrder(t *testing.T) {
	columns := []mysql.Column{bigint}
	spec := &plan.Merge{Order: []plan.OrderKey{{KeyRef: by(0)}}, Distinct: []plan.KeyRef{by(0)}, Limit: limit(1, 3)}
	bothEncodings(t, func(t *testing.T, binary bool) {
		a := fakeOf(t, columns, binary, []string{"1"}, []string{"2"}, []string{"3"}, []string{"9"})
		b := fakeOf(t, columns, binary, []string{"1"}, []string{"2"}, []string{"4"})
		rows, err := merged(t, spec, binary, a, b)
		expect(t, rows, err, []string{"2"}, []string{"3"}, []string{"4"})
	})
}

func TestLimits(t *testing.T) {
	var rows [][]string
	for i := range 100 {
		rows = append(rows, []string{strconv.Itoa(i)})
	}
	for _, spec := range []*plan.Merge{{Distinct: []plan.KeyRef{by(0)}}, {Group: &plan.Group{Keys: []plan.KeyRef{by(0)}}}} {
		for _, limits := range []Limits{{Rows: 50}, {Bytes: 2000}} {
			m := newMerger(t, spec, false, limits, fakeOf(t, []mysql.Column{bigint}, false, rows...))
			_, err := all(t, m, false)
			var exceeded *LimitError
			if !errors.As(err, &exceeded) || exceeded.ByBytes != (limits.Bytes > 0) || exceeded.Hint() == "" {
				t.Errorf("%+v: %v", limits, err)
			}
			if !errors.Is(err, &mysql.Error{Code: codeCapacityExceeded}) {
				t.Errorf("the client would get %v", err)
			}
		}
		m := newMerger(t, spec, false, Limits{Rows: 100}, fakeOf(t, []mysql.Column{bigint}, false, rows...))
		if got, err := all(t, m, false); err != nil || len(got) != 100 {
			t.Errorf("%d rows, %v", len(got), err)
		}
	}
}
