package merge

import (
	"math/big"
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
	from := words(sum.scale) * decimalWord
	more := max(0, decimals-sum.scale-(from-sum.scale))
	scale := words(from+more) * decimalWord
	n := sum.value()
	q := new(big.Int).Mul(n, powerOfTen(scale-sum.scale))
	q.Quo(q, count)
	// The whole digits take their words first.
	whole := new(big.Int).Quo(q, powerOfTen(scale))
	if room := max(0, decimalWords-words(digitCount(whole))) * decimalWord; room < scale {
		q.Quo(q, powerOfTen(scale-room))
		scale = room
	}
	return scaledText(q, scale, min(decimals, scale))
}

func words(digits int) int { return (digits + decimalWord - 1) / decimalWord }

func digitCount(n *big.Int) int {
	if n.Sign() == 0 {
		return 0
	}
	return len(new(big.Int).Abs(n).Append(nil, 10))
}
