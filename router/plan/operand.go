package plan

import (
	"strconv"

	"github.com/shardway/shardway/shardkey"
)

// Operand is a value that a statement compares with or stores: a slot of the
// statement, or a constant that its shape kept.
type Operand struct {
	// Slot is -1 for a constant.
	Slot  int
	Const shardkey.Value
	// Negative: the shape has a minus before the slot.
	Negative bool
}

// Len is the number of values that the operand stands for.
func (o Operand) Len(args Args) int {
	if o.Slot < 0 {
		return 1
	}
	return args.Len(o.Slot)
}

// Value is what the operand stands for; i counts the values of its slot. It is
// valid until the next call.
func (o Operand) Value(args Args, i int) shardkey.Value {
	v := o.Const
	if o.Slot >= 0 {
		v = args.Value(o.Slot, i)
	}
	if o.Negative {
		return negated(v)
	}
	return v
}

// String prints the operand, a slot as ?1 for the first, NULL by its name.
func (o Operand) String() string {
	sign := ""
	if o.Negative {
		sign = "-"
	}
	switch {
	case o.Slot >= 0:
		return sign + slotName(o.Slot)
	case o.Const.Kind == shardkey.Null:
		return "NULL"
	case o.Const.Kind == shardkey.Int || o.Const.Kind == shardkey.Decimal:
		return sign + string(o.Const.Bytes)
	default:
		return sign + strconv.Quote(string(o.Const.Bytes))
	}
}

// slotName is how a slot is printed: ?1 for the first.
func slotName(slot int) string { return "?" + strconv.Itoa(slot+1) }
