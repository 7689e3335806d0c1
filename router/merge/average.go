package merge

import (
	"math/big"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// MySQL's decimals are made of words of nine digits, of which there are nine.
const (
	decimalWord  = 9
	decimalWords = 9
)

// average divides as MySQL's AVG does. The quotient has whole words of
// decimals and is cut off there, not rounded; then it is rounded to the
// column's decimals, which are some more than the sum's. So 5/3 is 1.6667 with
// 4 decimals and 1.666666666 with 9.
func average(sum *exactSum, count *big.Int, decimals int) []byte {
	q, scale := quotient(sum, count, decimals)
	return scaledText(q, scale, min(decimals, scale))
}

// quotient is the average × 10^-scale before it is rounded.
func quotient(sum *exactSum, count *big.Int, decimals int) (q *big.Int, scale int) {
	from := words(sum.scale) * decimalWord
	more := max(0, decimals-sum.scale-(from-sum.scale))
	scale = words(from+more) * decimalWord
	n := sum.value()
	q = new(big.Int).Mul(n, powerOfTen(scale-sum.scale))
	q.Quo(q, count)
	// The whole digits take their words first.
	whole := new(big.Int).Quo(q, powerOfTen(scale))
	if room := max(0, decimalWords-words(digitCount(whole))) * decimalWord; room < scale {
		q.Quo(q, powerOfTen(scale-room))
		scale = room
	}
	return q, scale
}

func words(digits int) int { return (digits + decimalWord - 1) / decimalWord }

func digitCount(n *big.Int) int {
	if n.Sign() == 0 {
		return 0
	}
	return len(new(big.Int).Abs(n).Append(nil, 10))
}

// quotient adds a combiner of an average with all its digits, which only exact
// numbers have.
func (r *roles) quotient(a *plan.Aggregate) error {
	column, err := r.l.index(a.Column)
	if err != nil {
		return err
	}
	average, err := r.l.index(a.Average)
	if err != nil {
		return err
	}
	if formOf(r.l.columns[column].Type) != formDecimal || formOf(r.l.columns[average].Type) != formDecimal {
		return &UnsupportedError{What: "all digits of an average that is not exact"}
	}
	c := combiner{l: r.l, fn: a.Func, form: formDecimal, column: column, weight: average, once: -1}
	if c.sum, err = r.number(plan.AggregateSum, a.Sum, a.Once); err != nil {
		return err
	}
	if c.count, err = r.number(plan.AggregateCount, a.Count, a.Once); err != nil {
		return err
	}
	if r.combiners[c.sum].form == formDouble {
		return &UnsupportedError{What: "all digits of an average that is not exact"}
	}
	r.combiners = append(r.combiners, c)
	return nil
}

func (c *combiner) quotient(sum, count *state) (mysql.Cell, error) {
	n := count.exact.value()
	if n.Sign() <= 0 || !sum.some {
		return mysql.Cell{Null: true}, nil
	}
	q, scale := quotient(&sum.exact, n, int(c.l.columns[c.weight].Decimals))
	if scale > c.decimals() {
		return mysql.Cell{}, &UnsupportedError{What: "an average with so many digits"}
	}
	return c.l.numberCell(c.column, scaledText(q, scale, c.decimals()))
}
