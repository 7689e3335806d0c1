package resolve

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/txn"
)

const (
	erXAerNota = mysql.ErXAerNota
	// erLockNowait: a row is locked, and NOWAIT was said.
	erLockNowait uint16 = 3572
)

// askHome reads the rows of branches in their home group, and inserts an abort
// row for each that has none.
func (r *Resolver) askHome(ctx context.Context, home string, due []*Branch, after time.Duration) error {
	seat := r.seat(home)
	err := seat.Look(ctx, func(ctx context.Context, conn *sql.Conn) error { return readRows(ctx, conn, due) })
	if err != nil {
		return err
	}
	var absent []*Branch
	for _, b := range due {
		if Next(*b, after).Verb == VerbAbort {
			absent = append(absent, b)
		}
	}
	if len(absent) == 0 {
		return nil
	}
	return seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		for _, b := range absent {
			if err := insertDecision(ctx, conn, b, txn.Abort, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// readRows sets the Row of all branches from one read.
func readRows(ctx context.Context, conn *sql.Conn, due []*Branch) error {
	byGtrid := make(map[string]Row, len(due))
	for batch := range batches(due, batchRows) {
		var names []any
		for _, b := range batch {
			names = append(names, b.XID.Gtrid)
		}
		rows, err := conn.QueryContext(ctx, "SELECT gtrid, outcome FROM "+txn.DecisionTable+" WHERE gtrid IN ("+marks(len(names))+")", names...)
		if err != nil {
			return fmt.Errorf("read decisions: %w", err)
		}
		if err := scanPairs(rows, func(gtrid, outcome string) { byGtrid[gtrid] = Row(outcome) }); err != nil {
			return fmt.Errorf("read decisions: %w", err)
		}
	}
	for _, b := range due {
		b.Row = RowAbsent
		if row, ok := byGtrid[b.XID.Gtrid]; ok {
			b.Row = row
		}
	}
	return nil
}

// insertDecision decides a transaction that has no decision, unless its home
// session is about to: then its row is locked, and the branch is left for later.
func insertDecision(ctx context.Context, conn *sql.Conn, b *Branch, outcome txn.Outcome, groups []string) error {
	id := b.XID.ID()
	var has string
	err := conn.QueryRowContext(ctx, id.SelectOutcome()+" FOR SHARE NOWAIT").Scan(&has)
	switch {
	case err == nil:
		b.Row = Row(has)
		return nil
	case control.Errno(err) == erLockNowait:
		b.Row = RowBusy
		return nil
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("read the decision of %s: %w", id, err)
	}
	_, err = conn.ExecContext(ctx, id.InsertDecision(outcome, groups))
	switch control.Errno(err) {
	case 0:
		if err != nil {
			return err
		}
		b.Row = Row(outcome)
		return nil
	case mysql.ErLockWaitTimeout:
		b.Row = RowBusy
		return nil
	case mysql.ErDupEntry:
		// Somebody was quicker: that row holds.
		if err := conn.QueryRowContext(ctx, id.SelectOutcome()).Scan(&has); err != nil {
			return fmt.Errorf("read the decision of %s: %w", id, err)
		}
		b.Row = Row(has)
		return nil
	}
	return fmt.Errorf("insert the decision of %s: %w", id, err)
}

// marks are the ? of a list of n values.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// batches cuts a list into pieces of at most n.
func batches[T any](list []T, n int) func(func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			piece := list[:min(n, len(list))]
			list = list[len(piece):]
			if !yield(piece) {
				return
			}
		}
	}
}

// scanPairs reads rows of two texts.
func scanPairs(rows *sql.Rows, each func(a, b string)) error {
	defer rows.Close()
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		each(a, b)
	}
	return rows.Err()
}
