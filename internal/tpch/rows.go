package tpch

import (
	"fmt"
	"strings"
	"time"
)

// Data says which rows there are.
type Data struct {
	// Scale is the scale factor: 1 stands for 6 million lines of orders.
	Scale float64
	// Seed changes all values.
	Seed uint64
}

// count is the number of rows of a table that has so many at scale 1.
func (d Data) count(atOne int) int { return max(1, int(d.Scale*float64(atOne))) }

// Rows calls emit with each row of each table, in the order of Tables, as the
// text that stands after VALUES. It stops at the first error and returns it.
func (d Data) Rows(emit func(table, row string) error) error {
	for _, one := range []struct {
		table string
		rows  func(*writer)
	}{
		{"region", d.region},
		{"nation", d.nation},
		{"supplier", d.supplier},
		{"part", d.part},
		{"partsupp", d.partsupp},
		{"customer", d.customer},
	} {
		w := &writer{table: one.table, random: newRandom(d.Seed, one.table), emit: emit}
		one.rows(w)
		if w.err != nil {
			return w.err
		}
	}
	// An order's price and status follow from its lines; so the orders come first, and the lines again after them.
	orders := &writer{table: "orders", emit: emit}
	d.orders(orders, nil)
	if orders.err != nil {
		return orders.err
	}
	lines := &writer{table: "lineitem", emit: emit}
	d.orders(nil, lines)
	return lines.err
}

// writer makes the rows of one table.
type writer struct {
	random
	table string
	emit  func(table, row string) error
	err   error
}

// row writes one row; strings are quoted, but for numbers written as raw.
func (w *writer) row(values ...any) {
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
		case time.Time:
			b.WriteString(v.Format("'2006-01-02'"))
		default:
			fmt.Fprint(&b, v)
		}
	}
	b.WriteByte(')')
	w.err = w.emit(w.table, b.String())
}

// raw is a number as text.
type raw string

func (d Data) region(w *writer) {
	for i, name := range regions() {
		w.row(i, name, w.text(31, 115))
	}
}

func (d Data) nation(w *writer) {
	for i, n := range nations() {
		w.row(i, n.name, n.region, w.text(31, 114))
	}
}

// supplier: five of 10,000 suppliers have complaints, five recommendations; at
// small scales at least one each.
func (d Data) supplier(w *writer) {
	n := d.count(10_000)
	marked := max(1, d.count(5))
	for key := 1; key <= n; key++ {
		nation := w.between(0, 24)
		comment := w.text(40, 100)
		switch at := (key * 7) % n; {
		case at < marked:
			comment = "Customer " + comment[:20] + " Complaints"
		case at < 2*marked:
			comment = "Customer " + comment[:20] + " Recommends"
		}
		w.row(key, fmt.Sprintf("Supplier#%09d", key), w.address(10, 40), nation, w.phone(nation), raw(cents(w.between(-99999, 999999))), comment)
	}
}

func (d Data) part(w *writer) {
	for key := 1; key <= d.count(200_000); key++ {
		var names []string
		for _, i := range w.Perm(len(colors))[:5] {
			names = append(names, colors[i])
		}
		maker := w.between(1, 5)
		w.row(key, strings.Join(names, " "), fmt.Sprintf("Manufacturer#%d", maker), fmt.Sprintf("Brand#%d%d", maker, w.between(1, 5)),
			w.one(typeSizes)+" "+w.one(typeFinishes)+" "+w.one(typeMetals), w.between(1, 50),
			w.one(containerSizes)+" "+w.one(containerKinds), raw(cents(retailPrice(key))), w.text(5, 22))
	}
}

// retailPrice is a part's, in cents.
func retailPrice(part int) int { return 90000 + (part/10)%20001 + 100*(part%1000) }

// supplierOf is the i-th of the four suppliers of a part.
func (d Data) supplierOf(part, i int) int {
	s := d.count(10_000)
	return (part+i*(s/4+(part-1)/s))%s + 1
}

func (d Data) partsupp(w *writer) {
	for key := 1; key <= d.count(200_000); key++ {
		for i := range 4 {
			w.row(key, d.supplierOf(key, i), w.between(1, 9999), raw(cents(w.between(100, 100000))), w.text(49, 198))
		}
	}
}

func (d Data) customer(w *writer) {
	for key := 1; key <= d.count(150_000); key++ {
		nation := w.between(0, 24)
		w.row(key, fmt.Sprintf("Customer#%09d", key), w.address(10, 40), nation, w.phone(nation),
			raw(cents(w.between(-99999, 999999))), w.one(segments), w.text(29, 116))
	}
}
