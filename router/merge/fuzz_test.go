package merge

import (
	"errors"
	"io"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// FuzzRowSlicing cuts the hidden columns off arbitrary payloads: a row that can
// be read keeps its shown values, and nothing panics. Then it is sorted and
// combined.
func FuzzRowSlicing(f *testing.F) {
	columns := []mysql.Column{bigint, varchar, stamp, clock, dec2, double, day, weights, dec2, bigint}
	full := []string{"-1", "text", "2020-02-29 01:02:03.000004", "-838:59:59.000000", "-1.50", "0.25", "2020-02-29", "w", "3.00", "2"}
	nulls := []string{null, null, null, null, null, null, null, null, null, null}
	for _, texts := range [][]string{full, nulls} {
		f.Add(encodeRow(f, columns, false, texts...), false, 3)
		f.Add(encodeRow(f, columns, true, texts...), true, 8)
	}
	f.Fuzz(func(t *testing.T, payload []byte, binary bool, cut int) {
		if cut < 0 || cut >= len(columns) || len(payload) == 0 {
			return
		}
		row := func() []Stream { return []Stream{&fake{columns: columns, rows: [][]byte{payload, payload}}} }
		m, err := New(&plan.Merge{Hidden: cut}, nil, binary, row(), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		l := &layout{columns: columns, shown: len(columns), binary: binary}
		cells, wrong := l.decode(nil, payload)
		p, err := m.Next()
		if cut > 0 && (err == nil) != (wrong == nil) {
			t.Fatalf("cutting: %v, reading: %v", err, wrong)
		}
		if err == nil && cut > 0 {
			sameCells(t, m, binary, p, cells)
		}
		everything(t, binary, row())
	})
}

func sameCells(t *testing.T, m *Merger, binary bool, p []byte, want []mysql.Cell) {
	t.Helper()
	l := &layout{columns: m.Columns(), shown: len(m.Columns()), binary: binary}
	got, err := l.decode(nil, p)
	if err != nil {
		t.Fatalf("%x: %v", p, err)
	}
	for i := range got {
		if got[i].Null != want[i].Null || string(got[i].Data) != string(want[i].Data) {
			t.Fatalf("value %d is %q, want %q", i, got[i].Data, want[i].Data)
		}
	}
}

// everything groups, sorts and makes distinct by every column.
func everything(t *testing.T, binary bool, streams []Stream) {
	t.Helper()
	spec := &plan.Merge{Hidden: 3, Group: &plan.Group{}}
	for i := range 7 {
		ref := by(i)
		if i == 1 {
			ref.Weight, ref.HasWeight, ref.Pad = hidden(0), true, []byte{0x20}
		}
		spec.Order = append(spec.Order, plan.OrderKey{KeyRef: ref})
		spec.Distinct = append(spec.Distinct, ref)
		spec.Group.Aggregates = append(spec.Group.Aggregates, plan.Aggregate{Func: plan.AggregateMax, Column: shown(i), Key: ref})
	}
	spec.Group.Keys = spec.Distinct[:4]
	spec.Group.Aggregates[4] = plan.Aggregate{Func: plan.AggregateAvg, Column: shown(4), Sum: hidden(1), Count: hidden(2)}
	spec.Group.Aggregates[5] = plan.Aggregate{Func: plan.AggregateSum, Column: shown(5)}
	m, err := New(spec, nil, binary, streams, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := m.Next(); err != nil && !errors.Is(err, io.EOF) {
			return
		}
	}
}
