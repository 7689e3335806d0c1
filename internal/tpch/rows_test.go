package tpch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"testing"
)

// counted returns the number of rows by table, and a sum over all of them.
func counted(t *testing.T, d Data) (map[string]int, string) {
	t.Helper()
	counts, sum := map[string]int{}, sha256.New()
	if err := d.Rows(func(table, row string) error {
		counts[table]++
		_, err := io.WriteString(sum, table+row)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return counts, hex.EncodeToString(sum.Sum(nil))
}

// TestRowsFollowFromScaleAndSeed: as many as the specification says, the same
// each time, others with another seed.
func TestRowsFollowFromScaleAndSeed(t *testing.T) {
	counts, first := counted(t, Data{Scale: 0.001, Seed: 1})
	lines := counts["lineitem"]
	delete(counts, "lineitem")
	want := map[string]int{"region": 5, "nation": 25, "supplier": 10, "part": 200, "partsupp": 800, "customer": 150, "orders": 1500}
	if !maps.Equal(counts, want) {
		t.Errorf("rows %v, want %v", counts, want)
	}
	if lines < 5500 || lines > 6500 {
		t.Errorf("%d lines, want about 6000", lines)
	}
	if _, again := counted(t, Data{Scale: 0.001, Seed: 1}); again != first {
		t.Error("one seed gave different rows")
	}
	if _, other := counted(t, Data{Scale: 0.001, Seed: 2}); other == first {
		t.Error("two seeds gave the same rows")
	}
}

// TestASupplierAppearsOncePerPart, which the primary key of partsupp demands.
func TestASupplierAppearsOncePerPart(t *testing.T) {
	d := Data{Scale: 0.01}
	for part := 1; part <= d.count(200_000); part++ {
		seen := map[int]bool{}
		for i := range 4 {
			s := d.supplierOf(part, i)
			if s < 1 || s > 100 || seen[s] {
				t.Fatalf("part %d: supplier %d", part, s)
			}
			seen[s] = true
		}
	}
}

func TestRowsStopAtAnError(t *testing.T) {
	stop, calls := errors.New("stop"), 0
	err := Data{Scale: 0.001}.Rows(func(table, _ string) error {
		if calls++; table == "lineitem" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || calls == 0 {
		t.Errorf("%d rows, %v", calls, err)
	}
}

func TestOrderKeysAreSparse(t *testing.T) {
	for n, want := range map[int]int{0: 1, 7: 8, 8: 33, 15: 40, 16: 65} {
		if got := orderKey(n); got != want {
			t.Errorf("order %d has key %d, want %d", n, got, want)
		}
	}
}

func TestEveryQueryIsThere(t *testing.T) {
	for n := range QueryCount {
		if Query(n+1) == "" {
			t.Errorf("query %d is empty", n+1)
		}
	}
}
