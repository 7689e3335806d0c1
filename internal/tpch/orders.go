package tpch

import (
	"fmt"
	"time"
)

// line is a line of an order. Amounts are in cents, rates in hundredths.
type line struct {
	part, supplier, quantity, price, discount, tax int
	shipped, committed, received                   time.Time
}

// The span of dates, and the day that counts as today (specification 4.2.2.12).
func firstDay() time.Time { return time.Date(1992, 1, 1, 0, 0, 0, 0, time.UTC) }
func today() time.Time    { return time.Date(1995, 6, 17, 0, 0, 0, 0, time.UTC) }

// orderDays is how many days an order may be after the first: what is ordered
// last is still received in 1998.
const orderDays = 2405

// orderKey spreads keys: of each 32, the first 8 are used.
func orderKey(n int) int { return n/8*32 + n%8 + 1 }

// orders makes each order and its lines and writes them to those that are not nil.
func (d Data) orders(orders, lines *writer) {
	r := newRandom(d.Seed, "orders")
	customers, parts, clerks := d.count(150_000), d.count(200_000), d.count(1000)
	for n := range d.count(1_500_000) {
		// A third of the customers never order.
		customer := r.between(1, customers)
		for customer%3 == 0 && customers > 2 {
			customer = r.between(1, customers)
		}
		ordered := firstDay().AddDate(0, 0, r.between(0, orderDays))
		var all []line
		for range r.between(1, 7) {
			all = append(all, d.line(r, parts, ordered))
		}
		priority, clerk, comment := r.one(priorities), fmt.Sprintf("Clerk#%09d", r.between(1, clerks)), r.text(19, 78)
		if orders != nil {
			status, total := sum(all)
			orders.row(orderKey(n), customer, status, raw(cents(total)), ordered, priority, clerk, 0, comment)
		}
		for i, l := range all {
			// Drawn for both passes, so that they draw alike.
			returned, instruct, mode, comment := r.one([]string{"R", "A"}), r.one(instructions), r.one(modes), r.text(10, 43)
			if lines != nil {
				if l.received.After(today()) {
					returned = "N"
				}
				lines.row(orderKey(n), l.part, l.supplier, i+1, l.quantity, raw(cents(l.price)), raw(cents(l.discount)), raw(cents(l.tax)),
					returned, l.status(), l.shipped, l.committed, l.received, instruct, mode, comment)
			}
		}
	}
}

func (d Data) line(r random, parts int, ordered time.Time) line {
	part, quantity := r.between(1, parts), r.between(1, 50)
	shipped := ordered.AddDate(0, 0, r.between(1, 121))
	return line{
		part: part, supplier: d.supplierOf(part, r.between(0, 3)), quantity: quantity, price: quantity * retailPrice(part),
		discount: r.between(0, 10), tax: r.between(0, 8),
		shipped: shipped, committed: ordered.AddDate(0, 0, r.between(30, 90)), received: shipped.AddDate(0, 0, r.between(1, 30)),
	}
}

// status is open or finished.
func (l line) status() string {
	if l.shipped.After(today()) {
		return "O"
	}
	return "F"
}

// sum returns an order's status and price.
func sum(lines []line) (status string, total int) {
	open := 0
	for _, l := range lines {
		total += l.price * (100 + l.tax) / 100 * (100 - l.discount) / 100
		if l.status() == "O" {
			open++
		}
	}
	switch open {
	case 0:
		return "F", total
	case len(lines):
		return "O", total
	default:
		return "P", total
	}
}
