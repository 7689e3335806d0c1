package merge

import (
	"bytes"
	"strconv"

	"github.com/shardway/shardway/mysql"
)

// temporalText reports whether the operand is surely written as a value of the
// type: a date with a year of four digits, or a time. MySQL reads more than
// that, by rules that are not repeated here.
func (o *operand) temporalText(t mysql.FieldType) bool {
	switch o.kind {
	case valueString, valueDate, valueDateTime:
		if t == mysql.TypeTime {
			return false // MySQL compares a TIME and a string as strings
		}
	case valueTime:
		if t != mysql.TypeTime {
			return false
		}
	case valueInt, valueDecimal, valueFloat, valueBinary, valueNull, valueOther:
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
