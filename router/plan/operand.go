package plan

import (
	"fmt"
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

// Limit is a LIMIT clause whose numbers may be parameters.
type Limit struct {
	Count  LimitNumber
	Offset LimitNumber
}

// LimitNumber is a literal number, or a slot if Slot is not negative.
type LimitNumber struct {
	Slot  int
	Value uint64
}

// Resolve returns the offset and count of an execution.
func (l *Limit) Resolve(args Args) (offset, count uint64, err error) {
	if offset, err = l.Offset.resolve(args); err != nil {
		return 0, 0, err
	}
	count, err = l.Count.resolve(args)
	return offset, count, err
}

func (n LimitNumber) resolve(args Args) (uint64, error) {
	if n.Slot < 0 {
		return n.Value, nil
	}
	text := args.AppendSQL(nil, n.Slot)
	v, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("LIMIT takes a number that is not negative, not %s", text)
	}
	return v, nil
}

func (n LimitNumber) String() string {
	if n.Slot >= 0 {
		return "?"
	}
	return strconv.FormatUint(n.Value, 10)
}

func (l *Limit) sum() string {
	if l.Offset.Slot < 0 && l.Count.Slot < 0 {
		return strconv.FormatUint(saturatingAdd(l.Offset.Value, l.Count.Value), 10)
	}
	return l.Offset.String() + "+" + l.Count.String()
}

// String prints the clause as MySQL writes it.
func (l *Limit) String() string {
	if l.Offset.Slot < 0 && l.Offset.Value == 0 {
		return l.Count.String()
	}
	return l.Offset.String() + ", " + l.Count.String()
}
