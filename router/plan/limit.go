package plan

import (
	"strconv"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/shardkey"
)

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

// Resolve returns the offset and count of an execution. The error is a
// *Refusal.
func (l *Limit) Resolve(args Args) (offset, count uint64, err error) {
	if offset, err = l.Offset.resolve(args); err != nil {
		return 0, 0, err
	}
	count, err = l.Count.resolve(args)
	return offset, count, err
}

// resolve takes a number, or a text that is one: drivers bind either.
func (n LimitNumber) resolve(args Args) (uint64, error) {
	if n.Slot < 0 {
		return n.Value, nil
	}
	v := args.Value(n.Slot, 0)
	if v.Kind == shardkey.Int || v.Kind == shardkey.String {
		if number, err := strconv.ParseUint(string(v.Bytes), 10, 64); err == nil {
			return number, nil
		}
	}
	return 0, &Refusal{Code: codeWrongArguments, Message: "Incorrect arguments to LIMIT: it takes integers that are not negative"}
}

// String prints the number, a slot as ?1 for the first.
func (n LimitNumber) String() string {
	if n.Slot >= 0 {
		return slotName(n.Slot)
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

// limit reads a LIMIT clause.
func (b *builder) limit(l *ast.Limit) (*Limit, string) {
	if l == nil {
		return nil, ""
	}
	const wrong = "LIMIT takes numbers or parameters"
	count, ok := limitNumber(l.Count)
	if !ok {
		return nil, wrong
	}
	offset := LimitNumber{Slot: -1}
	if l.Offset != nil {
		if offset, ok = limitNumber(l.Offset); !ok {
			return nil, wrong
		}
	}
	return &Limit{Count: count, Offset: offset}, ""
}

func limitNumber(e ast.ExprNode) (LimitNumber, bool) {
	switch x := e.(type) {
	case *test_driver.ParamMarkerExpr:
		return LimitNumber{Slot: x.Order}, true
	case *test_driver.ValueExpr:
		switch x.Kind() {
		case test_driver.KindInt64:
			return LimitNumber{Slot: -1, Value: uint64(x.GetInt64())}, true
		case test_driver.KindUint64:
			return LimitNumber{Slot: -1, Value: x.GetUint64()}, true
		default: // the rest are not numbers
		}
	}
	return LimitNumber{}, false
}

func saturatingAdd(a, b uint64) uint64 {
	if a+b < a {
		return ^uint64(0)
	}
	return a + b
}
