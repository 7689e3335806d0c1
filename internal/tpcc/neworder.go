package tpcc

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// orderLine is what a customer orders.
type orderLine struct {
	item, supplier, quantity int
}

// newOrder is clause 2.4. One of a hundred names an item that does not exist
// and is rolled back.
func (t *terminal) newOrder() transaction {
	district, customer := t.between(1, districts), t.customer(t.o)
	lines := make([]orderLine, t.between(5, 15))
	local := 1
	for i := range lines {
		lines[i] = orderLine{item: t.item(t.o), supplier: t.warehouse, quantity: t.between(1, 10)}
		if t.IntN(100) == 0 {
			lines[i].supplier = t.elsewhere()
		}
		if lines[i].supplier != t.warehouse {
			local = 0
		}
	}
	if t.IntN(100) == 0 {
		lines[len(lines)-1].item = t.o.Items + 1
	}
	return func(ctx context.Context, tx *sql.Tx) (outcome, error) {
		var discount, last, credit, warehouseTax, districtTax string
		var order int
		if err := tx.QueryRowContext(ctx, "SELECT c_discount, c_last, c_credit, w_tax FROM customer, warehouse WHERE w_id = ? AND c_w_id = w_id AND c_d_id = ? AND c_id = ?",
			t.warehouse, district, customer).Scan(&discount, &last, &credit, &warehouseTax); err != nil {
			return outcome{}, fmt.Errorf("customer: %w", err)
		}
		if err := tx.QueryRowContext(ctx, "SELECT d_next_o_id, d_tax FROM district WHERE d_w_id = ? AND d_id = ? FOR UPDATE",
			t.warehouse, district).Scan(&order, &districtTax); err != nil {
			return outcome{}, fmt.Errorf("district: %w", err)
		}
		if err := each(ctx, tx,
			step{"UPDATE district SET d_next_o_id = ? WHERE d_w_id = ? AND d_id = ?", []any{order + 1, t.warehouse, district}},
			step{
				"INSERT INTO orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local) VALUES (?, ?, ?, ?, NOW(), ?, ?)",
				[]any{order, district, t.warehouse, customer, len(lines), local},
			},
			step{"INSERT INTO new_order (no_o_id, no_d_id, no_w_id) VALUES (?, ?, ?)", []any{order, district, t.warehouse}},
		); err != nil {
			return outcome{}, err
		}
		for n, line := range lines {
			err := t.line(ctx, tx, district, order, n+1, line)
			if errors.Is(err, sql.ErrNoRows) && line.item > t.o.Items {
				return outcome{rollback: true}, nil
			}
			if err != nil {
				return outcome{}, err
			}
		}
		return outcome{newOrders: 1, remote: 1 - local}, nil
	}
}

// elsewhere is another warehouse, if there is one to go to.
func (t *terminal) elsewhere() int {
	if t.o.Warehouses == 1 || t.o.Local {
		return t.warehouse
	}
	other := t.between(1, t.o.Warehouses-1)
	if other >= t.warehouse {
		other++
	}
	return other
}

// line takes an item from the stock and writes the order's line.
func (t *terminal) line(ctx context.Context, tx *sql.Tx, district, order, number int, l orderLine) error {
	var price, name, itemData, stockData, info string
	if err := tx.QueryRowContext(ctx, "SELECT i_price, i_name, i_data FROM item WHERE i_id = ?", l.item).Scan(&price, &name, &itemData); err != nil {
		return fmt.Errorf("item: %w", err)
	}
	var quantity int
	if err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT s_quantity, s_data, s_dist_%02d FROM stock WHERE s_i_id = ? AND s_w_id = ? FOR UPDATE", district),
		l.item, l.supplier).Scan(&quantity, &stockData, &info); err != nil {
		return fmt.Errorf("stock of item %d in warehouse %d: %w", l.item, l.supplier, err)
	}
	quantity -= l.quantity
	if quantity < 10 {
		quantity += 91
	}
	remote := 0
	if l.supplier != t.warehouse {
		remote = 1
	}
	unit, err := cents(price)
	if err != nil {
		return err
	}
	return each(ctx, tx,
		step{
			"UPDATE stock SET s_quantity = ?, s_ytd = s_ytd + ?, s_order_cnt = s_order_cnt + 1, s_remote_cnt = s_remote_cnt + ? WHERE s_i_id = ? AND s_w_id = ?",
			[]any{quantity, l.quantity, remote, l.item, l.supplier},
		},
		step{
			"INSERT INTO order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_dist_info) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			[]any{order, district, t.warehouse, number, l.item, l.supplier, l.quantity, decimal(l.quantity*unit, 2), strings.TrimSpace(info)},
		})
}

// step is a statement that writes one row.
type step struct {
	sql  string
	args []any
}

// each executes steps one after the other; each must write exactly one row.
func each(ctx context.Context, tx *sql.Tx, steps ...step) error {
	for _, s := range steps {
		result, err := tx.ExecContext(ctx, s.sql, s.args...)
		if err != nil {
			return fmt.Errorf("%s: %w", s.sql, err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return fmt.Errorf("%s: %w", s.sql, err)
		}
		if n != 1 {
			return fmt.Errorf("%s with %v writes %d rows, not 1", s.sql, s.args, n)
		}
	}
	return nil
}
