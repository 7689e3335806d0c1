package merge

import (
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// truth is SQL's third value and the two others, ordered so that AND is the
// least and OR the greatest.
type truth int8

const (
	no truth = iota
	unknown
	yes
)

// condition judges combined rows.
type condition interface {
	judge(cells []mysql.Cell) (truth, error)
}

// newCondition prepares a HAVING predicate: operands are read once.
func newCondition(l *layout, p *plan.Predicate, args plan.Args) (condition, error) {
	switch p.Op {
	case plan.PredicateAnd, plan.PredicateOr, plan.PredicateNot:
	case plan.PredicateEQ, plan.PredicateNE, plan.PredicateLT, plan.PredicateLE, plan.PredicateGT, plan.PredicateGE:
		return newComparison(l, p, args)
	case plan.PredicateIsNull:
		column, err := l.index(p.Left)
		return nullity{column}, err
	default:
		return nil, &UnsupportedError{What: "this HAVING condition"}
	}
	parts := make([]condition, len(p.Args))
	for i, arg := range p.Args {
		var err error
		if parts[i], err = newCondition(l, arg, args); err != nil {
			return nil, err
		}
	}
	if p.Op == plan.PredicateNot {
		if len(parts) != 1 {
			return nil, &UnsupportedError{What: "this HAVING condition"}
		}
		return negation{parts[0]}, nil
	}
	return &junction{parts: parts, or: p.Op == plan.PredicateOr}, nil
}

// nullity is IS NULL.
type nullity struct{ column int }

func (n nullity) judge(cells []mysql.Cell) (truth, error) {
	if cells[n.column].Null {
		return yes, nil
	}
	return no, nil
}

type negation struct{ of condition }

func (n negation) judge(cells []mysql.Cell) (truth, error) {
	is, err := n.of.judge(cells)
	return yes - is, err
}

// junction is AND, or OR.
type junction struct {
	parts []condition
	or    bool
}

func (j *junction) judge(cells []mysql.Cell) (truth, error) {
	all := yes
	if j.or {
		all = no
	}
	for _, part := range j.parts {
		is, err := part.judge(cells)
		if err != nil {
			return unknown, err
		}
		if j.or {
			all = max(all, is)
		} else {
			all = min(all, is)
		}
	}
	return all, nil
}
