package parser

import "strconv"

// Spellings says how the text spells its numbers with an exponent, which a tree
// keeps as values only: 1e3 is as wide as it is written. A value that is spelled
// in two ways is left out.
func Spellings(sql string, mode Mode) map[float64]string {
	spelled, twice := map[float64]string{}, map[float64]bool{}
	x := lexer{sql: []byte(sql), mode: mode, joint: -1}
	for {
		t := x.next()
		if t.kind == tEnd {
			break
		}
		if t.kind != tLiteral || t.lit != Float {
			continue
		}
		text := sql[t.start:t.end]
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			continue
		}
		if before, known := spelled[value]; known && before != text {
			twice[value] = true
		}
		spelled[value] = text
	}
	for value := range twice {
		delete(spelled, value)
	}
	return spelled
}
