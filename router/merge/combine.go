package merge

import (
	"bytes"
	"math"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// combiner combines the partial values of one column.
type combiner struct {
	l      *layout
	fn     plan.AggregateFunc
	form   form
	column int
	// key compares for MIN and MAX; weight is the column that goes with the
	// value, -1 if there is none.
	key    keys
	weight int
	// sum and count are the combiners that AVG divides.
	sum, count int
	// once is the place of what counts once in a group, -1 if all rows count.
	once int
	// valued is the column with the number of values in a partial result of
	// BIT_AND and its kind, -1 if there is none.
	valued int
	list   *lister
}

// state is what a combiner keeps for one group of rows.
type state struct {
	some  bool // a value that is not NULL was seen
	exact exactSum
	float float64
	// key compares MIN and MAX; for others it is what has been put together.
	key     []byte
	bits    uint64
	list    *list
	members map[string][]byte
}

// stateSize is about what a state takes, in bytes.
const stateSize = 104

// add takes one row's partial value into a group. cells are the group's own; it
// returns by how much they have grown.
func (c *combiner) add(s *state, group, cells []mysql.Cell) (grown int, err error) {
	cell := cells[c.column]
	if c.fn == plan.AggregateList {
		return c.addList(s, cells)
	}
	if cell.Null {
		return 0, nil
	}
	switch c.fn {
	case plan.AggregateSum, plan.AggregateCount:
		err = c.addNumber(s, cell)
		s.some = true
		return 0, err
	case plan.AggregateMin, plan.AggregateMax:
		return c.addExtreme(s, group, cells)
	case plan.AggregateBitAnd, plan.AggregateBitOr, plan.AggregateBitXor:
		return c.addBits(s, cells)
	case plan.AggregateArray:
		return c.addArray(s, cell)
	case plan.AggregateObject:
		return c.addObject(s, cell)
	case plan.AggregateAvg, plan.AggregateQuotient, plan.AggregateFirst, plan.AggregateList:
	}
	return 0, nil
}

func (c *combiner) addNumber(s *state, cell mysql.Cell) error {
	if c.form == formDouble {
		f, err := c.l.double(c.column, cell)
		s.float += f
		return err
	}
	var scratch [32]byte
	text, err := c.l.text(scratch[:0], c.column, cell)
	if err != nil {
		return err
	}
	d, ok := parseDecimal(text)
	if !ok {
		return malformed("number in a row")
	}
	s.exact.add(d)
	return nil
}

// addExtreme keeps the least or the greatest value, and its weight.
func (c *combiner) addExtreme(s *state, group, cells []mysql.Cell) (grown int, err error) {
	var scratch [128]byte
	k, err := c.key.append(scratch[:0], cells)
	if err != nil {
		return 0, err
	}
	if s.some {
		order := bytes.Compare(k, s.key)
		if order == 0 || (order < 0) != (c.fn == plan.AggregateMin) {
			return 0, nil
		}
	}
	s.some = true
	grown = len(k) - len(s.key)
	s.key = append(s.key[:0], k...)
	grown += replace(&group[c.column], cells[c.column])
	if c.weight >= 0 {
		grown += replace(&group[c.weight], cells[c.weight])
	}
	return grown, nil
}

func replace(dst *mysql.Cell, src mysql.Cell) (grown int) {
	grown = len(src.Data) - len(dst.Data)
	dst.Data, dst.Null = append(dst.Data[:0], src.Data...), src.Null
	return grown
}

// result makes the combined value of a group. states are the group's.
func (c *combiner) result(states []state, self int) (mysql.Cell, error) {
	s := &states[self]
	switch c.fn {
	case plan.AggregateCount:
		return c.l.numberCell(c.column, s.exact.text(0))
	case plan.AggregateSum:
		if !s.some {
			return mysql.Cell{Null: true}, nil
		}
		if c.form == formDouble {
			return c.double(s.float)
		}
		return c.l.numberCell(c.column, s.exact.text(c.decimals()))
	case plan.AggregateQuotient:
		return c.quotient(&states[c.sum], &states[c.count])
	case plan.AggregateAvg:
		return c.average(&states[c.sum], &states[c.count])
	case plan.AggregateBitAnd, plan.AggregateBitOr, plan.AggregateBitXor:
		return c.bitsResult(s)
	case plan.AggregateList:
		return c.listResult(s)
	case plan.AggregateArray:
		return arrayResult(s), nil
	case plan.AggregateObject:
		return objectResult(s), nil
	case plan.AggregateMin, plan.AggregateMax, plan.AggregateFirst:
	}
	return mysql.Cell{}, &UnsupportedError{What: "this aggregate"}
}

func (c *combiner) average(sum, count *state) (mysql.Cell, error) {
	n := count.exact.value()
	if n.Sign() <= 0 || !sum.some {
		return mysql.Cell{Null: true}, nil
	}
	if c.form == formDouble {
		count, _ := n.Float64()
		return c.double(sum.float / count)
	}
	return c.l.numberCell(c.column, average(&sum.exact, n, c.decimals()))
}

func (c *combiner) double(f float64) (mysql.Cell, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return mysql.Cell{}, &RangeError{What: "DOUBLE"}
	}
	return c.l.doubleCell(c.column, f)
}

// decimals is the scale of a decimal column; integers have none.
func (c *combiner) decimals() int {
	const decimalsMax = 30
	if c.form == formInt {
		return 0
	}
	return min(int(c.l.columns[c.column].Decimals), decimalsMax)
}
