package playground

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSampleIsAlwaysTheSameAndHangsTogether(t *testing.T) {
	s := newSample()
	if !reflect.DeepEqual(s, newSample()) {
		t.Fatal("two samples differ")
	}
	if len(s.customers) != sampleCustomers || len(s.orders) != sampleOrders || len(s.items) != sampleItems {
		t.Errorf("%d customers, %d orders, %d items", len(s.customers), len(s.orders), len(s.items))
	}
	for _, o := range s.orders {
		if o.customer < 1 || o.customer > len(s.customers) {
			t.Errorf("order %d is of customer %d", o.id, o.customer)
		}
	}
	for _, i := range s.items {
		// A join of items with their orders must find them on one shard.
		if o := s.orders[i.order-1]; o.id != i.order || o.customer != i.customer {
			t.Errorf("item %d of customer %d is in order %d of customer %d", i.id, i.customer, o.id, o.customer)
		}
	}
}

func TestSampleTextIsInManyScriptsAndFits(t *testing.T) {
	s := newSample()
	scripts := map[string]bool{}
	for _, c := range s.customers {
		if !utf8.ValidString(c.name) || utf8.RuneCountInString(c.name) > 100 || strings.TrimSpace(c.name) == "" {
			t.Errorf("customer %d is called %q", c.id, c.name)
		}
		scripts[c.language] = true
	}
	if len(scripts) < 10 {
		t.Errorf("names in %d languages only", len(scripts))
	}
	for _, table := range s.rows() {
		for _, row := range table.rows {
			if len(row) != len(table.columns) {
				t.Fatalf("%s: %d values for %d columns", table.table, len(row), len(table.columns))
			}
		}
	}
}

func TestNameOrder(t *testing.T) {
	all := cultures()
	for language, want := range map[string]string{"el": "Ελένη Παπαδοπούλου", "zh": "王伟", "ja": "佐藤 さくら"} {
		for _, c := range all {
			if c.language == language && c.name(0, 0) != want {
				t.Errorf("%s: %q, want %q", language, c.name(0, 0), want)
			}
		}
	}
}

func TestTopCountries(t *testing.T) {
	s := &sample{customers: []customer{{country: "B"}, {country: "A"}, {country: "C"}, {country: "C"}}}
	if got := s.topCountries(2); got != "C 2, A 1" {
		t.Errorf("got %q", got)
	}
}
