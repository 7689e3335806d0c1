package playground

import (
	"fmt"
	"time"
)

// How much sample data there is.
const (
	sampleCustomers = 1000
	sampleOrders    = 3000
	sampleItems     = 6000
)

// sample is the content of the keyspace shop. It is the same in every playground.
type sample struct {
	customers []customer
	orders    []order
	items     []item
	products  []product
}

type customer struct {
	id                                   int
	name, email, city, country, language string
	joined                               time.Time
}

type order struct {
	id, customer int
	at           time.Time
	status, note string
}

type item struct {
	id, customer, order, product, quantity int
	cents                                  int
}

type product struct {
	id    int
	name  string
	cents int
	stock int
}

// dice gives numbers that look random and are always the same (splitmix64).
type dice struct{ state uint64 }

func (d *dice) below(n int) int {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

func newSample() *sample {
	s, d := new(sample), &dice{state: 1}
	for n, name := range productNames() {
		s.products = append(s.products, product{id: n + 1, name: name, cents: 150 + d.below(4000), stock: d.below(500)})
	}
	begin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	all := cultures()
	for id := 1; id <= sampleCustomers; id++ {
		c := all[d.below(len(all))]
		s.customers = append(s.customers, customer{
			id: id, name: c.name(d.below(99), d.below(99)), email: fmt.Sprintf("customer%d@example.org", id),
			city: c.cities[d.below(len(c.cities))], country: c.country, language: c.language, joined: begin.AddDate(0, 0, d.below(365)),
		})
	}
	statuses, remarks := []string{"new", "paid", "packed", "sent", "delivered", "returned"}, notes()
	for id := 1; id <= sampleOrders; id++ {
		s.orders = append(s.orders, order{
			id: id, customer: 1 + d.below(sampleCustomers), at: begin.AddDate(1, 0, 0).Add(time.Duration(d.below(365*24*3600)) * time.Second),
			status: statuses[d.below(len(statuses))], note: remarks[d.below(len(remarks))],
		})
	}
	for id := 1; id <= sampleItems; id++ {
		o, p := s.orders[d.below(sampleOrders)], s.products[d.below(len(s.products))]
		s.items = append(s.items, item{
			id: id, customer: o.customer, order: o.id, product: p.id, quantity: 1 + d.below(5), cents: p.cents,
		})
	}
	return s
}
