package tpcc

import (
	"fmt"
	"strings"
)

// loadedAt is when everything happened that the first rows tell of.
const loadedAt = "2020-01-01 00:00:00"

// raw is a number, or NULL, as text.
type raw string

// writer makes rows and gives them to emit, until that fails.
type writer struct {
	random
	o    Options
	emit func(table, row string) error
	err  error
}

// Rows calls emit with each row, as the text that stands after VALUES; rows of
// one table come together (clause 4.3.3). It stops at the first error and
// returns it.
func (o Options) Rows(emit func(table, row string) error) error {
	if err := o.Validate(); err != nil {
		return err
	}
	w := &writer{random: newRandom(o.Seed, 0), o: o, emit: emit}
	for id := 1; id <= o.Items; id++ {
		w.row("item", id, w.between(1, 10_000), w.letters(14, 24), raw(decimal(w.between(100, 10_000), 2)), w.data())
	}
	w.eachWarehouse(w.warehouse)
	w.eachDistrict(func(wid, did int) {
		w.row("district", wid, did, w.letters(6, 10), w.letters(10, 20), w.letters(10, 20), w.letters(10, 20), w.letters(2, 2), w.zip(),
			raw(decimal(w.between(0, 2000), 4)), raw(decimal(o.Customers*1000, 2)), o.Customers+1)
	})
	w.eachDistrict(w.customers)
	w.eachDistrict(func(wid, did int) {
		for c := 1; c <= o.Customers; c++ {
			w.row("history", c, did, wid, did, wid, loadedAt, raw("10.00"), w.letters(12, 24))
		}
	})
	w.eachDistrict(func(wid, did int) { orders(w, nil, wid, did) })
	w.eachDistrict(func(wid, did int) {
		for id := o.delivered() + 1; id <= o.Customers; id++ {
			w.row("new_order", wid, did, id)
		}
	})
	w.eachDistrict(func(wid, did int) { orders(nil, w, wid, did) })
	w.eachWarehouse(w.stock)
	return w.err
}

func (w *writer) eachWarehouse(f func(wid int)) {
	for wid := 1; wid <= w.o.Warehouses && w.err == nil; wid++ {
		f(wid)
	}
}

func (w *writer) eachDistrict(f func(wid, did int)) {
	w.eachWarehouse(func(wid int) {
		for did := 1; did <= districts && w.err == nil; did++ {
			f(wid, did)
		}
	})
}

// row writes one row; strings are quoted, but for raw ones.
func (w *writer) row(table string, values ...any) {
	if w.err != nil {
		return
	}
	var b strings.Builder
	for i, v := range values {
		b.WriteString([]string{"(", ","}[min(i, 1)])
		switch v := v.(type) {
		case raw:
			b.WriteString(string(v))
		case string:
			b.WriteString("'" + v + "'")
		default:
			fmt.Fprint(&b, v)
		}
	}
	b.WriteByte(')')
	w.err = w.emit(table, b.String())
}

func (w *writer) warehouse(wid int) {
	w.row("warehouse", wid, w.letters(6, 10), w.letters(10, 20), w.letters(10, 20), w.letters(10, 20), w.letters(2, 2), w.zip(),
		raw(decimal(w.between(0, 2000), 4)), raw(decimal(w.o.Customers*1000*districts, 2)))
}

// customers of a district: the first thousand have all last names there are.
func (w *writer) customers(wid, did int) {
	for id := 1; id <= w.o.Customers; id++ {
		name := lastName((id - 1) % 1000)
		if id > 1000 {
			name = lastName(w.uneven(255, constantLast, 0, 999))
		}
		credit := "GC"
		if w.IntN(10) == 0 {
			credit = "BC"
		}
		w.row("customer", wid, did, id, w.letters(8, 16), "OE", name, w.letters(10, 20), w.letters(10, 20), w.letters(10, 20), w.letters(2, 2),
			w.zip(), w.digits(16), loadedAt, credit, raw("50000.00"), raw(decimal(w.between(0, 5000), 4)), raw("-10.00"), raw("10.00"), 1, 0,
			w.letters(50, 100))
	}
}

// orders of a district, one for each customer, in an order that follows from
// the seed, and their lines. Of two passes one writes each.
func orders(heads, lines *writer, wid, did int) {
	w := heads
	if w == nil {
		w = lines
	}
	r := newRandom(w.o.Seed, uint64(wid)<<8|uint64(did))
	for i, c := range r.Perm(w.o.Customers) {
		id, count, carrier, at := i+1, r.between(5, 15), raw(fmt.Sprint(r.between(1, 10))), raw("'"+loadedAt+"'")
		delivered := id <= w.o.delivered()
		if !delivered {
			carrier, at = "NULL", "NULL"
		}
		if heads != nil {
			heads.row("orders", wid, did, id, c+1, loadedAt, carrier, count, 1)
		}
		if lines == nil {
			continue
		}
		for n := 1; n <= count; n++ {
			amount := 0
			if !delivered {
				amount = lines.between(1, 999_999)
			}
			lines.row("order_line", wid, did, id, n, lines.between(1, w.o.Items), wid, at, 5, raw(decimal(amount, 2)), lines.letters(24, 24))
		}
	}
}

func (w *writer) stock(wid int) {
	for item := 1; item <= w.o.Items; item++ {
		values := []any{wid, item, w.between(10, 100)}
		for range districts {
			values = append(values, w.letters(24, 24))
		}
		w.row("stock", append(values, 0, 0, 0, w.data())...)
	}
}
