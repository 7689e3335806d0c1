package tpcc

import (
	"context"
	"database/sql"
	"fmt"
)

// payer says which customer, by id or by last name.
type payer struct {
	warehouse, district, id int
	last                    string
}

// payer chooses a customer of a warehouse, 60 of 100 by name.
func (t *terminal) payer(warehouse, district int) payer {
	p := payer{warehouse: warehouse, district: district}
	if t.IntN(100) < 60 {
		p.last = t.lastName(t.o)
	} else {
		p.id = t.customer(t.o)
	}
	return p
}

// resolve finds the id: of several of one name the one in the middle, by first name.
func (p payer) resolve(ctx context.Context, tx *sql.Tx) (int, error) {
	if p.last == "" {
		return p.id, nil
	}
	rows, err := tx.QueryContext(ctx, "SELECT c_id FROM customer WHERE c_w_id = ? AND c_d_id = ? AND c_last = ? ORDER BY c_first", p.warehouse, p.district, p.last)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return 0, fmt.Errorf("warehouse %d, district %d has no customer %s", p.warehouse, p.district, p.last)
	}
	return ids[(len(ids)-1)/2], nil
}

// payment is clause 2.5. 15 of 100 customers pay in another warehouse than theirs.
func (t *terminal) payment() transaction {
	district, amount := t.between(1, districts), t.between(100, 500_000)
	who := t.payer(t.warehouse, district)
	remote := 0
	if t.IntN(100) >= 85 && t.o.Warehouses > 1 && !t.o.Local {
		who, remote = t.payer(t.elsewhere(), t.between(1, districts)), 1
	}
	return func(ctx context.Context, tx *sql.Tx) (outcome, error) {
		paid := decimal(amount, 2)
		if err := each(ctx, tx,
			step{"UPDATE warehouse SET w_ytd = w_ytd + ? WHERE w_id = ?", []any{paid, t.warehouse}},
			step{"UPDATE district SET d_ytd = d_ytd + ? WHERE d_w_id = ? AND d_id = ?", []any{paid, t.warehouse, district}},
		); err != nil {
			return outcome{}, err
		}
		var names [2]string
		if err := tx.QueryRowContext(ctx, "SELECT w_name, d_name FROM warehouse JOIN district ON d_w_id = w_id WHERE w_id = ? AND d_id = ?",
			t.warehouse, district).Scan(&names[0], &names[1]); err != nil {
			return outcome{}, fmt.Errorf("names: %w", err)
		}
		id, err := who.resolve(ctx, tx)
		if err != nil {
			return outcome{}, err
		}
		if err := t.pay(ctx, tx, who, id, district, paid); err != nil {
			return outcome{}, err
		}
		err = each(ctx, tx, step{
			"INSERT INTO history (h_c_d_id, h_c_w_id, h_c_id, h_d_id, h_w_id, h_date, h_amount, h_data) VALUES (?, ?, ?, ?, ?, NOW(), ?, ?)",
			[]any{who.district, who.warehouse, id, district, t.warehouse, paid, names[0] + "    " + names[1]},
		})
		return outcome{paid: amount, remote: remote}, err
	}
}

// pay changes the customer's row; bad credit is written down.
func (t *terminal) pay(ctx context.Context, tx *sql.Tx, who payer, id, district int, paid string) error {
	var credit, data string
	if err := tx.QueryRowContext(ctx, "SELECT c_credit, c_data FROM customer WHERE c_w_id = ? AND c_d_id = ? AND c_id = ? FOR UPDATE",
		who.warehouse, who.district, id).Scan(&credit, &data); err != nil {
		return fmt.Errorf("customer: %w", err)
	}
	if credit == "BC" {
		data = fmt.Sprintf("%d %d %d %d %d %s|%s", id, who.district, who.warehouse, district, t.warehouse, paid, data)
		data = data[:min(len(data), 500)]
	}
	return each(ctx, tx, step{
		"UPDATE customer SET c_balance = c_balance - ?, c_ytd_payment = c_ytd_payment + ?, c_payment_cnt = c_payment_cnt + 1, c_data = ? WHERE c_w_id = ? AND c_d_id = ? AND c_id = ?",
		[]any{paid, paid, data, who.warehouse, who.district, id},
	})
}
