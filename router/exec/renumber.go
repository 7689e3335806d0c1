package exec

import (
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
)

// atRow is how a warning that is about a row ends, before the row's number.
const atRow = " at row "

// renumber gives the rows that warnings name, which each group counts by itself,
// the numbers that they have in the whole statement.
func renumber(heard []Diagnostic, number func(row int) int) {
	for i := range heard {
		heard[i].Message = renumbered(heard[i].Message, number)
	}
}

func renumbered(message string, number func(row int) int) string {
	at := strings.LastIndex(message, atRow)
	if at < 0 {
		return message
	}
	at += len(atRow)
	row, err := strconv.Atoi(message[at:])
	if err != nil || row < 1 {
		return message
	}
	return message[:at] + strconv.Itoa(number(row))
}

// renumberPart does so with what the i-th of some parts has said, if they are an
// INSERT's: its warnings, and the error that it was refused with.
func (s *Session) renumberPart(i int, p *part, heard []Diagnostic) {
	number := func(row int) int { return rowAmong(s.rowsAt[i], row) }
	renumber(heard, number)
	if p.sum.Err != nil {
		p.sum.Err.Message = renumbered(p.sum.Err.Message, number)
	}
}

// rowAmong is the number of a group's row-th row among all that were placed.
func rowAmong(placed []int, row int) int {
	if row > len(placed) {
		return row
	}
	return placed[row-1] + 1
}

// rowsOf is how many rows a group's part of a write was about: rows are counted
// on from one group to the next.
func rowsOf(sum *mysql.Summary) int {
	if _, numbers := splitInfo(sum.Info); len(numbers) == 3 {
		return int(numbers[0])
	}
	return int(sum.AffectedRows)
}
