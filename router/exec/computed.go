package exec

import (
	"context"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// computedRows bound what one row's values may be: each is a single one.
const computedRows = 2

// askValues asks for the values of an INSERT that must be known before its rows
// can be placed. It returns the statement with the answers, one for each row.
func (s *Session) askValues(ctx context.Context, op *plan.Insert, st *Statement, rows int) error {
	for row := range rows {
		at := row
		if op.Folded {
			at = 0
		}
		if at >= len(op.Compute) || op.Compute[at] == nil {
			continue
		}
		if st.computed == nil {
			st.computed = make([]*rowArgs, rows)
		}
		asked := *st
		if op.Folded {
			asked.Args = oneRow{Args: st.Args, row: row, of: rows}
		}
		set, err := s.collect(ctx, op.Compute[at], &asked, collectLimits{Rows: computedRows, Bytes: mysql.DefaultResultBytes})
		if err != nil {
			return err
		}
		if err := s.strictly(op.Ignore); err != nil {
			return err
		}
		if set.Len() != 1 {
			return mysql.NewError(mysql.ErUnknown, "the values of row %d are %d rows", row+1, set.Len())
		}
		for column := range op.Width {
			if v, _ := op.At(row, column); v.Computed > 0 {
				if err := storable(&set.Columns[v.Computed-1], v.Stored); err != nil {
					return err
				}
			}
		}
		st.computed[row] = newRowArgs(set)
	}
	return nil
}

// computedValue is a value that was asked for.
func (st *Statement) computedValue(v *plan.InsertValue, row int) shardkey.Value {
	return st.computed[row].Value(v.Computed-1, 0)
}

// oneRow are the arguments of one of a folded statement's rows.
type oneRow struct {
	plan.Args
	row, of int
}

// at is where the row's value stands in a slot.
func (o oneRow) at(slot, i int) int {
	if i == 0 && o.Args.Len(slot) == o.of {
		return o.row
	}
	return i
}

// Len implements plan.Args.
func (o oneRow) Len(slot int) int {
	if n := o.Args.Len(slot); n != o.of {
		return n
	}
	return 1
}

// Value implements plan.Args.
func (o oneRow) Value(slot, i int) shardkey.Value { return o.Args.Value(slot, o.at(slot, i)) }

// AppendSQL implements plan.Args.
func (o oneRow) AppendSQL(dst []byte, slot int) []byte {
	if o.Args.Len(slot) != o.of {
		return o.Args.AppendSQL(dst, slot)
	}
	return o.Args.AppendOneSQL(dst, slot, o.row)
}

// AppendOneSQL implements plan.Args.
func (o oneRow) AppendOneSQL(dst []byte, slot, i int) []byte {
	return o.Args.AppendOneSQL(dst, slot, o.at(slot, i))
}
