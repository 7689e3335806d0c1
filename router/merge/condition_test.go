package merge

import (
	"errors"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// judged judges one row of one column.
func judged(t *testing.T, column mysql.Column, binary bool, value string, p *plan.Predicate) (truth, error) {
	t.Helper()
	l := &layout{columns: []mysql.Column{column}, shown: 1, binary: binary}
	c, err := newCondition(l, p, nil)
	if err != nil {
		return unknown, err
	}
	cells, err := l.decode(nil, encodeRow(t, l.columns, binary, value))
	if err != nil {
		t.Fatal(err)
	}
	return c.judge(cells)
}

func compared(op plan.PredicateOp, kind shardkey.Kind, text string) *plan.Predicate {
	return &plan.Predicate{Op: op, Left: shown(0), Right: constant(kind, text)}
}

func TestThreeValues(t *testing.T) {
	isTrue := compared(plan.PredicateEQ, shardkey.Int, "1")
	isFalse := compared(plan.PredicateEQ, shardkey.Int, "2")
	isNull := compared(plan.PredicateEQ, shardkey.Null, "")
	of := func(op plan.PredicateOp, args ...*plan.Predicate) *plan.Predicate {
		return &plan.Predicate{Op: op, Args: args}
	}
	for _, c := range []struct {
		p    *plan.Predicate
		want truth
	}{
		{isTrue, yes},
		{isFalse, no},
		{isNull, unknown},
		{of(plan.PredicateNot, isTrue), no},
		{of(plan.PredicateNot, isFalse), yes},
		{of(plan.PredicateNot, isNull), unknown},
		{of(plan.PredicateAnd, isTrue, isTrue), yes},
		{of(plan.PredicateAnd, isTrue, isNull), unknown},
		{of(plan.PredicateAnd, isNull, isFalse), no},
		{of(plan.PredicateOr, isNull, isTrue), yes},
		{of(plan.PredicateOr, isFalse, isNull), unknown},
		{of(plan.PredicateOr, isFalse, isFalse), no},
		{of(plan.PredicateNot, of(plan.PredicateOr, isFalse, isNull)), unknown},
	} {
		if got, err := judged(t, bigint, false, "1", c.p); err != nil || got != c.want {
			t.Errorf("%v is %v, %v; want %v", c.p, got, err, c.want)
		}
	}
	if got, err := judged(t, bigint, false, null, isTrue); err != nil || got != unknown {
		t.Errorf("NULL = 1 is %v, %v", got, err)
	}
}

func TestComparisons(t *testing.T) {
	bit := mysql.Column{Name: "b", Type: mysql.TypeBit, Flags: mysql.FlagUnsigned}
	signs := map[plan.PredicateOp][3]truth{ // less, equal, greater
		plan.PredicateEQ: {no, yes, no}, plan.PredicateNE: {yes, no, yes}, plan.PredicateLT: {yes, no, no},
		plan.PredicateLE: {yes, yes, no}, plan.PredicateGT: {no, no, yes}, plan.PredicateGE: {no, yes, yes},
	}
	for _, c := range []struct {
		column mysql.Column
		value  string
		kind   shardkey.Kind
		text   string
		order  int
	}{
		{bigint, "-5", shardkey.Int, "-5", 0},
		{bigint, "9223372036854775807", shardkey.Decimal, "9223372036854775806.5", 1},
		{bigint, "9223372036854775807", shardkey.Float, "9223372036854775808e0", 0}, // as doubles
		{ubigint, "18446744073709551615", shardkey.Int, "18446744073709551614", 1},
		{dec2, "1.10", shardkey.Decimal, "1.1", 0},
		{dec2, "-1.10", shardkey.Int, "-1", -1},
		{dec2, "10.00", shardkey.String, " 1e1 apples", 0},
		{dec2, "10.00", shardkey.String, "apples", 1},
		{double, "0.1", shardkey.Decimal, "0.1", 0},
		{double, "1e300", shardkey.Float, "1e400", -1},
		{double, "255", shardkey.Binary, "\xff", 0},
		{bit, "\x01\x00", shardkey.Int, "256", 0},
		{bit, "\x01\x00", shardkey.Float, "255.5", 1},
		{day, "2020-02-29", shardkey.String, "2020-2-29", 0},
		{day, "2020-02-29", shardkey.DateTime, "2020-02-29 00:00:01", -1},
		{stamp, "2020-02-29 12:00:00.000001", shardkey.String, "2020-02-29 12:00:00", 1},
		{clock, "-10:00:00.000000", shardkey.Time, "-09:59:59", -1},
	} {
		bothEncodings(t, func(t *testing.T, binary bool) {
			for op, want := range signs {
				got, err := judged(t, c.column, binary, c.value, compared(op, c.kind, c.text))
				if err != nil || got != want[c.order+1] {
					t.Errorf("%s %v %q is %v, %v", c.value, compared(op, c.kind, c.text), c.text, got, err)
				}
			}
		})
	}
}

func TestKindsAreThoseOfValues(t *testing.T) {
	for kind, want := range map[valueKind]shardkey.Kind{
		valueOther: shardkey.Other, valueNull: shardkey.Null, valueInt: shardkey.Int, valueDecimal: shardkey.Decimal,
		valueFloat: shardkey.Float, valueString: shardkey.String, valueBinary: shardkey.Binary,
		valueDate: shardkey.Date, valueDateTime: shardkey.DateTime, valueTime: shardkey.Time,
	} {
		if shardkey.Kind(kind) != want {
			t.Errorf("kind %d stands for %d", kind, want)
		}
	}
}

func TestNegativeOperands(t *testing.T) {
	for text, want := range map[string]string{"5": "-5", "-5": "5", "+5": "-5", "1.5": "-1.5"} {
		o, err := readOperand(plan.Operand{Slot: -1, Negative: true, Const: shardkey.Value{Kind: shardkey.Decimal, Bytes: []byte(text)}}, nil)
		if err != nil || string(o.text) != want {
			t.Errorf("minus %s is %s, %v", text, o.text, err)
		}
	}
}

func TestConditionsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		column mysql.Column
		p      *plan.Predicate
	}{
		{varchar, compared(plan.PredicateEQ, shardkey.String, "a")},
		{day, compared(plan.PredicateEQ, shardkey.Int, "20200229")},
		{day, compared(plan.PredicateEQ, shardkey.String, "20200229")},
		{day, compared(plan.PredicateEQ, shardkey.String, "20-02-29")},
		{day, compared(plan.PredicateEQ, shardkey.String, "2020-13-01")},
		{day, compared(plan.PredicateEQ, shardkey.String, "2020-01-01 25:00:00")},
		{clock, compared(plan.PredicateEQ, shardkey.String, "10:00:00")},
		{clock, compared(plan.PredicateEQ, shardkey.Time, "10")},
		{bigint, compared(plan.PredicateEQ, shardkey.Date, "2020-01-01")},
		{bigint, compared(plan.PredicateEQ, shardkey.Other, "x")},
		{bigint, compared(plan.PredicateEQ, shardkey.Binary, "123456789")},
		{bigint, &plan.Predicate{Op: plan.PredicateNot}},
		{bigint, &plan.Predicate{Op: 77}},
		{bigint, &plan.Predicate{Op: plan.PredicateEQ, Left: shown(0), Right: plan.Operand{Slot: 0}}},
	} {
		var unsupported *UnsupportedError
		if _, err := judged(t, c.column, false, "1", c.p); !errors.As(err, &unsupported) {
			t.Errorf("%s %v: %v", c.column.Name, c.p.Right.Const, err)
		}
	}
}

func TestNumberPrefix(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "x": "", " \t12": "12", "-1.5e3z": "-1.5e3", "1e": "1", "1e+": "1", ".5": ".5", "5.": "5.", ".": "", "+7-": "+7", "-.e1": "",
	} {
		if got := string(numberPrefix([]byte(text))); got != want {
			t.Errorf("%q begins with the number %q, want %q", text, got, want)
		}
	}
}
