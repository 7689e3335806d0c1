package merge

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

const (
	benchStreams = 4
	benchRows    = 1000 // of each stream
)

// replay gives the same rows each time it is rewound.
type replay struct {
	columns []mysql.Column
	rows    [][]byte
	at      int
}

func (r *replay) Columns() []mysql.Column { return r.columns }

func (r *replay) Next() ([]byte, error) {
	if r.at == len(r.rows) {
		return nil, io.EOF
	}
	r.at++
	return r.rows[r.at-1], nil
}

// bench merges again and again; row makes the i-th row of a stream.
func bench(b *testing.B, spec *plan.Merge, columns []mysql.Column, row func(stream, i int) []string) {
	for _, binary := range []bool{false, true} {
		b.Run(fmt.Sprintf("binary=%v", binary), func(b *testing.B) {
			streams := make([]Stream, benchStreams)
			for s := range streams {
				r := &replay{columns: columns}
				for i := range benchRows {
					r.rows = append(r.rows, encodeRow(b, columns, binary, row(s, i)...))
				}
				streams[s] = r
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, s := range streams {
					s.(*replay).at = 0
				}
				m, err := New(spec, nil, binary, streams, Limits{})
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = m.Next()
				}
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchStreams*benchRows), "ns/row")
		})
	}
}

func BenchmarkConcatenate(b *testing.B) {
	bench(b, &plan.Merge{}, []mysql.Column{bigint, varchar}, func(_, i int) []string { return []string{fmt.Sprint(i), "text"} })
}

func BenchmarkMergeSortIntegers(b *testing.B) {
	spec := &plan.Merge{Order: []plan.OrderKey{{KeyRef: by(0)}}}
	bench(b, spec, []mysql.Column{bigint, varchar}, func(s, i int) []string { return []string{fmt.Sprint(i*benchStreams + s), "text"} })
}

func BenchmarkMergeSortText(b *testing.B) {
	spec := &plan.Merge{Hidden: 1, Order: []plan.OrderKey{{KeyRef: plan.KeyRef{Column: shown(1), Weight: hidden(0), HasWeight: true}}}}
	bench(b, spec, []mysql.Column{bigint, varchar, weights}, func(s, i int) []string {
		text := fmt.Sprintf("name %06d", i*benchStreams+s)
		return []string{fmt.Sprint(i), text, "\x1c\x47\x00" + text + text}
	})
}

func BenchmarkGroup(b *testing.B) {
	bench(b, groupPlan(), groupColumns, func(s, i int) []string {
		return []string{fmt.Sprint(i), "7", "12.50", "1.00", "5.00", "1.785714", "12.50", "7"}
	})
}

func BenchmarkScalarAggregate(b *testing.B) {
	spec := groupPlan()
	spec.Group.Keys = nil
	bench(b, spec, groupColumns, func(s, i int) []string {
		return []string{"1", "7", "12.50", "1.00", "5.00", "1.785714", "12.50", "7"}
	})
}
