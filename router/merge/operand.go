package merge

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// operand is the right side of a comparison.
type operand struct {
	kind shardkey.Kind
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
	r := operand{kind: v.Kind, text: slices.Clone(v.Bytes)}
	switch v.Kind {
	case shardkey.Null:
		r.null = true
		return r, nil
	case shardkey.Int, shardkey.Decimal:
		r.text = signed(r.text, o.Negative)
		var ok bool
		if r.decimal, ok = parseDecimal(r.text); !ok {
			return operand{}, malformed("number in HAVING")
		}
		r.exact = true
		return r, nil
	case shardkey.Float:
		r.text = signed(r.text, o.Negative)
		return r, nil
	case shardkey.String, shardkey.Binary, shardkey.Date, shardkey.DateTime, shardkey.Time:
		if !o.Negative {
			return r, nil
		}
	case shardkey.Other:
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
	case shardkey.Int, shardkey.Decimal, shardkey.Float:
	case shardkey.String:
		if text = numberPrefix(text); len(text) == 0 {
			return 0, true
		}
	case shardkey.Binary:
		n, ok := bits(text)
		return float64(n), ok
	case shardkey.Null, shardkey.Date, shardkey.DateTime, shardkey.Time, shardkey.Other:
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

// temporalText reports whether the operand is surely written as a value of the
// type: a date with a year of four digits, or a time. MySQL reads more than
// that, by rules that are not repeated here.
func (o *operand) temporalText(t mysql.FieldType) bool {
	switch o.kind {
	case shardkey.String, shardkey.Date, shardkey.DateTime:
		if t == mysql.TypeTime {
			return false // MySQL compares a TIME and a string as strings
		}
	case shardkey.Time:
		if t != mysql.TypeTime {
			return false
		}
	case shardkey.Int, shardkey.Decimal, shardkey.Float, shardkey.Binary, shardkey.Null, shardkey.Other:
		return false
	}
	if t == mysql.TypeTime {
		return clockLike(bytes.TrimPrefix(o.text, []byte{'-'}), 838)
	}
	if len(o.text) < 8 || digitsAt(o.text, 0) != 4 {
		return false
	}
	date, clock, has := bytes.Cut(o.text, []byte{' '})
	parts := bytes.Split(date, []byte{'-'})
	if len(parts) != 3 || !within(parts[1], 12) || !within(parts[2], 31) {
		return false
	}
	return !has || clockLike(clock, 23)
}

// clockLike reports whether text is h:m:s with an optional fraction.
func clockLike(text []byte, hoursMax int) bool {
	clock, fraction, has := bytes.Cut(text, []byte{'.'})
	parts := bytes.Split(clock, []byte{':'})
	if len(parts) != 3 || !within(parts[0], hoursMax) || !within(parts[1], 59) || !within(parts[2], 59) {
		return false
	}
	return !has || len(fraction) <= 6 && digitsAt(fraction, 0) == len(fraction)
}

func within(text []byte, most int) bool {
	n, err := strconv.Atoi(string(text))
	return err == nil && n >= 0 && n <= most && digitsAt(text, 0) == len(text)
}
