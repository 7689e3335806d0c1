package tpcc

import "fmt"

// Condition is one of the twelve consistency conditions.
type Condition struct {
	// Number is that of clause 3.3.2.
	Number int
	Text   string
	// Query finds what breaks it.
	Query string
	// Local conditions hold for each warehouse's rows by themselves.
	Local bool
}

// Conditions returns all twelve; of a large database the fourth and the tenth,
// which need all lines in one place, come once for each warehouse. The eleventh
// is specified for the first rows alone; here it counts what has been delivered
// since.
func (o Options) Conditions() []Condition {
	conditions := []Condition{
		{1, "w_ytd is the sum of d_ytd", `SELECT w_id, w_ytd, SUM(d_ytd) FROM warehouse JOIN district ON d_w_id = w_id
GROUP BY w_id, w_ytd HAVING w_ytd <> SUM(d_ytd)`, true},
		{2, "d_next_o_id follows the last order and the last new one", `SELECT d_w_id, d_id, d_next_o_id, o, n FROM district
JOIN (SELECT o_w_id, o_d_id, MAX(o_id) AS o FROM orders GROUP BY o_w_id, o_d_id) AS a ON o_w_id = d_w_id AND o_d_id = d_id
LEFT JOIN (SELECT no_w_id, no_d_id, MAX(no_o_id) AS n FROM new_order GROUP BY no_w_id, no_d_id) AS b ON no_w_id = d_w_id AND no_d_id = d_id
WHERE d_next_o_id - 1 <> o OR n IS NOT NULL AND n <> o`, true},
		{3, "new orders have numbers in a row", `SELECT no_w_id, no_d_id, MIN(no_o_id), MAX(no_o_id), COUNT(*) FROM new_order
GROUP BY no_w_id, no_d_id HAVING MAX(no_o_id) - MIN(no_o_id) + 1 <> COUNT(*)`, true},
		{5, "an order has no carrier exactly while it is new", `SELECT o_w_id, o_d_id, o_id, o_carrier_id, no_o_id FROM orders
LEFT JOIN new_order ON no_w_id = o_w_id AND no_d_id = o_d_id AND no_o_id = o_id
WHERE (o_carrier_id IS NULL) <> (no_o_id IS NOT NULL)`, true},
		{6, "an order has as many lines as it says", `SELECT o_w_id, o_d_id, o_id, o_ol_cnt, COUNT(ol_number) FROM orders
LEFT JOIN order_line ON ol_w_id = o_w_id AND ol_d_id = o_d_id AND ol_o_id = o_id
GROUP BY o_w_id, o_d_id, o_id, o_ol_cnt HAVING o_ol_cnt <> COUNT(ol_number)`, true},
		{7, "a line is delivered exactly when its order has a carrier", `SELECT ol_w_id, ol_d_id, ol_o_id, ol_number FROM order_line
JOIN orders ON o_w_id = ol_w_id AND o_d_id = ol_d_id AND o_id = ol_o_id
WHERE (ol_delivery_d IS NULL) <> (o_carrier_id IS NULL)`, true},
		{8, "w_ytd is the sum of the payments", `SELECT w_id, w_ytd, SUM(h_amount) FROM warehouse JOIN history ON h_w_id = w_id
GROUP BY w_id, w_ytd HAVING w_ytd <> SUM(h_amount)`, true},
		{9, "d_ytd is the sum of the payments", `SELECT d_w_id, d_id, d_ytd, SUM(h_amount) FROM district JOIN history ON h_w_id = d_w_id AND h_d_id = d_id
GROUP BY d_w_id, d_id, d_ytd HAVING d_ytd <> SUM(h_amount)`, true},
		{11, "orders that are not new are those delivered", fmt.Sprintf(`SELECT d_w_id, d_id, o, n, c FROM district
JOIN (SELECT o_w_id, o_d_id, COUNT(*) AS o FROM orders GROUP BY o_w_id, o_d_id) AS a ON o_w_id = d_w_id AND o_d_id = d_id
LEFT JOIN (SELECT no_w_id, no_d_id, COUNT(*) AS n FROM new_order GROUP BY no_w_id, no_d_id) AS b ON no_w_id = d_w_id AND no_d_id = d_id
JOIN (SELECT c_w_id, c_d_id, SUM(c_delivery_cnt) AS c FROM customer GROUP BY c_w_id, c_d_id) AS e ON c_w_id = d_w_id AND c_d_id = d_id
WHERE o - COALESCE(n, 0) <> c + %d`, o.delivered()), true},
		{12, "a customer's balance and payments are what was delivered", `SELECT c_w_id, c_d_id, c_id, c_balance, c_ytd_payment, SUM(ol_amount) FROM customer
LEFT JOIN orders ON o_w_id = c_w_id AND o_d_id = c_d_id AND o_c_id = c_id
LEFT JOIN order_line ON ol_w_id = o_w_id AND ol_d_id = o_d_id AND ol_o_id = o_id AND ol_delivery_d IS NOT NULL
GROUP BY c_w_id, c_d_id, c_id, c_balance, c_ytd_payment HAVING c_balance + c_ytd_payment <> COALESCE(SUM(ol_amount), 0)`, true},
	}
	for _, span := range o.spans() {
		conditions = append(conditions, span.lines(), span.balances())
	}
	return conditions
}

// linesTogether is how many order lines one statement may need in one place.
const linesTogether = 500_000

// span is warehouses that follow each other.
type span struct{ first, last int }

// spans are all warehouses, or in a large database each by itself.
func (o Options) spans() []span {
	const districts, lines = 10, 10
	if o.Warehouses*districts*o.Customers*lines <= linesTogether {
		return []span{{1, o.Warehouses}}
	}
	var each []span
	for w := range o.Warehouses {
		each = append(each, span{w + 1, w + 1})
	}
	return each
}

func (s span) has(column string) string {
	return fmt.Sprintf("%s BETWEEN %d AND %d", column, s.first, s.last)
}

func (s span) lines() Condition {
	return Condition{4, "a district has as many lines as its orders say", `SELECT o_w_id, o_d_id, s, n
FROM (SELECT o_w_id, o_d_id, SUM(o_ol_cnt) AS s FROM orders WHERE ` + s.has("o_w_id") + ` GROUP BY o_w_id, o_d_id) AS a
JOIN (SELECT ol_w_id, ol_d_id, COUNT(*) AS n FROM order_line WHERE ` + s.has("ol_w_id") + ` GROUP BY ol_w_id, ol_d_id) AS b
  ON ol_w_id = o_w_id AND ol_d_id = o_d_id
WHERE s <> n`, true}
}

func (s span) balances() Condition {
	return Condition{10, "a customer's balance is what was delivered less what was paid", `SELECT c_w_id, c_d_id, c_id, c_balance, o, h FROM customer
LEFT JOIN (SELECT o_w_id, o_d_id, o_c_id, SUM(ol_amount) AS o FROM orders
  JOIN order_line ON ol_w_id = o_w_id AND ol_d_id = o_d_id AND ol_o_id = o_id
  WHERE ` + s.has("o_w_id") + ` AND ` + s.has("ol_w_id") + ` AND ol_delivery_d IS NOT NULL GROUP BY o_w_id, o_d_id, o_c_id) AS a
  ON o_w_id = c_w_id AND o_d_id = c_d_id AND o_c_id = c_id
LEFT JOIN (SELECT h_c_w_id, h_c_d_id, h_c_id, SUM(h_amount) AS h FROM history WHERE ` + s.has("h_c_w_id") + `
  GROUP BY h_c_w_id, h_c_d_id, h_c_id) AS b ON h_c_w_id = c_w_id AND h_c_d_id = c_d_id AND h_c_id = c_id
WHERE ` + s.has("c_w_id") + ` AND c_balance <> COALESCE(o, 0) - COALESCE(h, 0)`, false}
}
