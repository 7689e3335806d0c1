package merge

import (
	"math"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// bits adds a combiner of BIT_AND, BIT_OR or BIT_XOR, which work on integers or
// on strings of bytes of one length.
func (r *roles) bits(a *plan.Aggregate) error {
	column, err := r.l.index(a.Column)
	if err != nil {
		return err
	}
	c := combiner{l: r.l, fn: a.Func, form: formOf(r.l.columns[column].Type), column: column, weight: -1, once: a.Once - 1}
	if c.form != formInt && c.form != formBytes {
		return &UnsupportedError{What: "combining the bits of column " + r.l.columns[column].Name}
	}
	if c.valued, err = r.l.index(a.Count); err != nil {
		return err
	}
	r.combiners = append(r.combiners, c)
	return nil
}

func (c *combiner) addBits(s *state, cells []mysql.Cell) (grown int, err error) {
	values, _, err := c.l.integer(c.valued, cells[c.valued])
	if err != nil {
		return 0, err
	}
	if c.form == formInt {
		if values == 0 {
			return 0, nil
		}
		n, _, err := c.l.integer(c.column, cells[c.column])
		if !s.some {
			s.some, s.bits = true, n
			return 0, err
		}
		s.bits = c.combineBits(s.bits, n)
		return 0, err
	}
	v := cells[c.column].Data
	switch {
	case values == 0 && (s.some || s.key != nil):
		return 0, nil
	case !s.some: // without a value it is neutral and tells the length
		grown = len(v) - len(s.key)
		s.some, s.key = values > 0, append(s.key[:0:0], v...)
		return grown, nil
	case len(v) != len(s.key):
		return 0, &OperandSizeError{}
	}
	for i := range v {
		s.key[i] = byte(c.combineBits(uint64(s.key[i]), uint64(v[i])))
	}
	return 0, nil
}

func (c *combiner) combineBits(a, z uint64) uint64 {
	switch c.fn {
	case plan.AggregateBitAnd:
		return a & z
	case plan.AggregateBitOr:
		return a | z
	default:
		return a ^ z
	}
}

func (c *combiner) bitsResult(s *state) (mysql.Cell, error) {
	neutral := uint64(0)
	if c.fn == plan.AggregateBitAnd {
		neutral = math.MaxUint64
	}
	if c.form == formInt {
		n := neutral
		if s.some {
			n = s.bits
		}
		return c.l.numberCell(c.column, strconv.AppendUint(nil, n, 10))
	}
	if s.key == nil {
		// No shard has sent a row. MySQL's answer is as long as the argument's
		// type, which the column is one longer than.
		s.key = make([]byte, max(int(c.l.columns[c.column].Length)-1, 0))
		for i := range s.key {
			s.key[i] = byte(neutral)
		}
	}
	return mysql.Cell{Data: s.key}, nil
}
