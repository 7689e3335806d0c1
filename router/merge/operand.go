package merge

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/shardway/shardway/router/plan"
)

// valueKind says how a literal or parameter was written: the kinds of the values
// that plan.Args gives, in their order.
type valueKind uint8

const (
	valueOther valueKind = iota
	valueNull
	valueInt
	valueDecimal
	valueFloat
	valueString
	valueBinary
	valueDate
	valueDateTime
	valueTime
)

// operand is the right side of a comparison.
type operand struct {
	kind valueKind
	null bool
	// exact: the value is decimal.
	exact   bool
	decimal decimal
	text    []byte // a number has its sign
}

// readOperand takes the value of one execution.
func readOperand(o plan.Operand, args plan.Args) (operand, error) {
	v := o.Const
	if o.Slot >= 0 {
		if args == nil || args.Len(o.Slot) != 1 {
			return operand{}, &UnsupportedError{What: "a HAVING condition on several values"}
		}
		v = args.Value(o.Slot, 0)
	}
	r := operand{kind: valueKind(v.Kind), text: slices.Clone(v.Bytes)}
	switch r.kind {
	case valueNull:
		r.null = true
		return r, nil
	case valueInt, valueDecimal:
		r.text = signed(r.text, o.Negative)
		var ok bool
		if r.decimal, ok = parseDecimal(r.text); !ok {
			return operand{}, malformed("number in HAVING")
		}
		r.exact = true
		return r, nil
	case valueFloat:
		r.text = signed(r.text, o.Negative)
		return r, nil
	case valueString, valueBinary, valueDate, valueDateTime, valueTime:
		if !o.Negative {
			return r, nil
		}
	case valueOther:
	}
	return operand{}, &UnsupportedError{What: "such a value in HAVING"}
}

// signed puts a minus before a number, or takes it away.
func signed(text []byte, negative bool) []byte {
	switch {
	case !negative:
		return text
	case len(text) > 0 && text[0] == '-':
		return text[1:]
	case len(text) > 0 && text[0] == '+':
		text = text[1:]
	}
	return append([]byte{'-'}, text...)
}

// double is the operand as MySQL makes a DOUBLE of it: of a string what it
// begins with, of bytes the integer that they are.
func (o *operand) double() (float64, bool) {
	text := o.text
	switch o.kind {
	case valueInt, valueDecimal, valueFloat:
	case valueString:
		if text = numberPrefix(text); len(text) == 0 {
			return 0, true
		}
	case valueBinary:
		n, ok := bits(text)
		return float64(n), ok
	case valueNull, valueDate, valueDateTime, valueTime, valueOther:
		return 0, false
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return max(-math.MaxFloat64, min(f, math.MaxFloat64)), true
}

// numberPrefix is the longest beginning of a string that reads as a number.
func numberPrefix(text []byte) []byte {
	text = bytes.TrimLeft(text, " \t\n\v\f\r")
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	whole := digitsAt(text, i)
	i += whole
	fraction := 0
	if i < len(text) && text[i] == '.' {
		fraction = digitsAt(text, i+1)
		if whole+fraction > 0 {
			i += 1 + fraction
		}
	}
	if whole+fraction == 0 {
		return nil
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		e := i + 1
		if e < len(text) && (text[e] == '-' || text[e] == '+') {
			e++
		}
		if n := digitsAt(text, e); n > 0 {
			i = e + n
		}
	}
	return text[:i]
}

func digitsAt(text []byte, i int) int {
	start := i
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return i - start
}
