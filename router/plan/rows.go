package plan

// RowCount is the number of rows that an execution inserts.
func (i *Insert) RowCount(args Args) int {
	if !i.Folded {
		return len(i.Rows)
	}
	for _, v := range i.Rows[0] {
		if v.Literal && v.Operand.Slot >= 0 {
			return args.Len(v.Operand.Slot)
		}
	}
	return 1
}

// Computes reports whether some values are asked for before the rows are placed.
func (i *Insert) Computes() bool {
	for _, op := range i.Compute {
		if op != nil {
			return true
		}
	}
	return false
}

// At returns a row's value at a position, and which of the values of its slot
// is meant: always the first unless the rows are folded.
func (i *Insert) At(row, column int) (v *InsertValue, index int) {
	if i.Folded {
		return &i.Rows[0][column], row
	}
	return &i.Rows[row][column], 0
}

// AppendSQL appends the value as SQL. index is what At returned.
func (v *InsertValue) AppendSQL(dst []byte, args Args, index int, fill func([]byte, HoleKind) []byte) ([]byte, error) {
	if v.Literal && v.Operand.Slot >= 0 {
		if v.Operand.Negative {
			dst = append(dst, '-')
		}
		return args.AppendOneSQL(dst, v.Operand.Slot, index), nil
	}
	return v.Text.Append(dst, args, fill)
}
