package plan

import (
	"strconv"
	"strings"
)

// PredicateOp joins or compares.
type PredicateOp uint8

// The operators of a Predicate.
const (
	PredicateAnd PredicateOp = iota
	PredicateOr
	PredicateNot
	PredicateEQ
	PredicateNE
	PredicateLT
	PredicateLE
	PredicateGT
	PredicateGE
	PredicateIsNull
)

// Predicate is a HAVING condition over combined rows: comparisons of numeric
// columns with numbers and of any with NULL, joined by AND, OR and NOT in three-valued logic.
type Predicate struct {
	Op PredicateOp
	// Args are set for And, Or and Not.
	Args []*Predicate
	// Left and Right are set for comparisons, Left alone for PredicateIsNull.
	Left  ColumnRef
	Right Operand
}

// String prints the predicate.
func (p *Predicate) String() string {
	switch p.Op {
	case PredicateNot:
		return "not (" + p.Args[0].String() + ")"
	case PredicateAnd, PredicateOr:
		word := " and "
		if p.Op == PredicateOr {
			word = " or "
		}
		var all []string
		for _, a := range p.Args {
			all = append(all, a.String())
		}
		return "(" + strings.Join(all, word) + ")"
	case PredicateEQ, PredicateNE, PredicateLT, PredicateLE, PredicateGT, PredicateGE:
		sign := [...]string{"=", "<>", "<", "<=", ">", ">="}[p.Op-PredicateEQ]
		return p.Left.String() + " " + sign + " " + p.Right.String()
	case PredicateIsNull:
		return p.Left.String() + " is null"
	default:
		return "?"
	}
}

// String prints the reference: $1 for the first shown column, #1 for the first hidden one.
func (c ColumnRef) String() string {
	if c.Hidden {
		return "#" + strconv.Itoa(c.Index+1)
	}
	return "$" + strconv.Itoa(c.Index+1)
}
