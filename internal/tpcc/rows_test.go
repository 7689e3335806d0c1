package tpcc

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"testing"
)

func counted(t *testing.T, o Options) (map[string]int, string) {
	t.Helper()
	counts, sum := map[string]int{}, sha256.New()
	if err := o.Rows(func(table, row string) error {
		counts[table]++
		_, err := io.WriteString(sum, table+row)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return counts, hex.EncodeToString(sum.Sum(nil))
}

// TestRowsFollowFromOptions: as many as the specification says, the same each time.
func TestRowsFollowFromOptions(t *testing.T) {
	o := Options{Warehouses: 2, Items: 200, Customers: 30, Seed: 1}
	counts, first := counted(t, o)
	if lines := counts["order_line"]; lines < 5*600 || lines > 15*600 {
		t.Errorf("%d lines", lines)
	}
	delete(counts, "order_line")
	want := map[string]int{
		"item": 200, "warehouse": 2, "district": 20, "customer": 600, "history": 600, "orders": 600, "new_order": 180, "stock": 400,
	}
	if !maps.Equal(counts, want) {
		t.Errorf("rows %v, want %v", counts, want)
	}
	if _, again := counted(t, o); again != first {
		t.Error("one seed gave different rows")
	}
	o.Seed = 2
	if _, other := counted(t, o); other == first {
		t.Error("two seeds gave the same rows")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	var full Options
	if full.Validate() == nil {
		t.Error("a run without a warehouse is taken")
	}
	full.Warehouses = 1
	if err := full.Validate(); err != nil || full.Items != 100_000 || full.Customers != 3000 || full.delivered() != 2100 {
		t.Errorf("%+v, %v", full, err)
	}
}

func TestNamesAndNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "BARBARBAR", 371: "PRICALLYOUGHT", 999: "EINGEINGEING"} {
		if got := lastName(n); got != want {
			t.Errorf("name %d is %s, want %s", n, got, want)
		}
	}
	for text, n := range map[string]int{"0.05": 5, "-10.00": -1000, "123.40": 12340} {
		if got := decimal(n, 2); got != text {
			t.Errorf("%d is written %s", n, got)
		}
		if got, err := cents(text); err != nil || got != n {
			t.Errorf("%s is read as %d, %v", text, got, err)
		}
	}
	r := newRandom(1, 1)
	for range 1000 {
		if n := r.uneven(1023, constantCustomer, 1, 30); n < 1 || n > 30 {
			t.Fatalf("%d is not between 1 and 30", n)
		}
	}
}

// TestOtherWarehouses: never the terminal's own, unless there is no other or it
// is to stay at home.
func TestOtherWarehouses(t *testing.T) {
	term := &terminal{random: newRandom(1, 1), o: Options{Warehouses: 3}, warehouse: 2}
	seen := map[int]bool{}
	for range 100 {
		seen[term.elsewhere()] = true
	}
	if !maps.Equal(seen, map[int]bool{1: true, 3: true}) {
		t.Errorf("elsewhere is %v", seen)
	}
	term.o.Local = true
	if term.elsewhere() != 2 {
		t.Error("a local terminal goes elsewhere")
	}
}
