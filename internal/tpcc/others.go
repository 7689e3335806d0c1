package tpcc

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// orderStatus is clause 2.6: a customer's last order and its lines.
func (t *terminal) orderStatus() transaction {
	who := t.payer(t.warehouse, t.between(1, districts))
	return func(ctx context.Context, tx *sql.Tx) (outcome, error) {
		id, err := who.resolve(ctx, tx)
		if err != nil {
			return outcome{}, err
		}
		var order, lines, found int
		var carrier sql.NullInt64
		err = tx.QueryRowContext(ctx, "SELECT o_id, o_carrier_id, o_ol_cnt FROM orders WHERE o_w_id = ? AND o_d_id = ? AND o_c_id = ? ORDER BY o_id DESC LIMIT 1",
			who.warehouse, who.district, id).Scan(&order, &carrier, &lines)
		if err != nil {
			return outcome{}, fmt.Errorf("last order: %w", err)
		}
		rows, err := tx.QueryContext(ctx, "SELECT ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d FROM order_line WHERE ol_w_id = ? AND ol_d_id = ? AND ol_o_id = ?",
			who.warehouse, who.district, order)
		if err != nil {
			return outcome{}, err
		}
		defer rows.Close()
		for rows.Next() {
			found++
		}
		if err := rows.Err(); err != nil {
			return outcome{}, err
		}
		if found != lines {
			return outcome{}, fmt.Errorf("order %d of warehouse %d, district %d shows %d lines, and says %d", order, who.warehouse, who.district, found, lines)
		}
		return outcome{}, nil
	}
}

// delivery is clause 2.7: the oldest new order of each district, in one transaction.
func (t *terminal) delivery() transaction {
	carrier := t.between(1, 10)
	return func(ctx context.Context, tx *sql.Tx) (outcome, error) {
		for district := 1; district <= districts; district++ {
			if err := t.deliver(ctx, tx, district, carrier); err != nil {
				return outcome{}, fmt.Errorf("district %d: %w", district, err)
			}
		}
		return outcome{}, nil
	}
}

func (t *terminal) deliver(ctx context.Context, tx *sql.Tx, district, carrier int) error {
	var order, customer int
	err := tx.QueryRowContext(ctx, "SELECT no_o_id FROM new_order WHERE no_w_id = ? AND no_d_id = ? ORDER BY no_o_id LIMIT 1 FOR UPDATE", t.warehouse, district).Scan(&order)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // all is delivered
	}
	if err != nil {
		return err
	}
	if err := each(ctx, tx,
		step{"DELETE FROM new_order WHERE no_w_id = ? AND no_d_id = ? AND no_o_id = ?", []any{t.warehouse, district, order}},
		step{"UPDATE orders SET o_carrier_id = ? WHERE o_w_id = ? AND o_d_id = ? AND o_id = ?", []any{carrier, t.warehouse, district, order}},
	); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, "SELECT o_c_id FROM orders WHERE o_w_id = ? AND o_d_id = ? AND o_id = ?", t.warehouse, district, order).Scan(&customer); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE order_line SET ol_delivery_d = NOW() WHERE ol_w_id = ? AND ol_d_id = ? AND ol_o_id = ?", t.warehouse, district, order); err != nil {
		return err
	}
	var amount string
	if err := tx.QueryRowContext(ctx, "SELECT SUM(ol_amount) FROM order_line WHERE ol_w_id = ? AND ol_d_id = ? AND ol_o_id = ?", t.warehouse, district, order).Scan(&amount); err != nil {
		return err
	}
	return each(ctx, tx, step{
		"UPDATE customer SET c_balance = c_balance + ?, c_delivery_cnt = c_delivery_cnt + 1 WHERE c_w_id = ? AND c_d_id = ? AND c_id = ?",
		[]any{amount, t.warehouse, district, customer},
	})
}

// stockLevel is clause 2.8: how many items of the last 20 orders run out.
func (t *terminal) stockLevel() transaction {
	district, threshold := t.between(1, districts), t.between(10, 20)
	return func(ctx context.Context, tx *sql.Tx) (outcome, error) {
		var next, low int
		if err := tx.QueryRowContext(ctx, "SELECT d_next_o_id FROM district WHERE d_w_id = ? AND d_id = ?", t.warehouse, district).Scan(&next); err != nil {
			return outcome{}, err
		}
		return outcome{}, tx.QueryRowContext(ctx, `SELECT COUNT(DISTINCT s_i_id) FROM order_line JOIN stock ON s_w_id = ol_w_id AND s_i_id = ol_i_id
WHERE ol_w_id = ? AND ol_d_id = ? AND ol_o_id < ? AND ol_o_id >= ? AND s_quantity < ?`,
			t.warehouse, district, next, next-20, threshold).Scan(&low)
	}
}
